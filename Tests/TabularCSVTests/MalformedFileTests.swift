import Foundation
import Testing

@testable import TabularCSV

#if canImport(Glibc)
import Glibc
#endif

/// What is said of files that cannot be read, or not to their end.
struct MalformedFileTests {
  static let text = "a,b\n" + (0..<3_000).map { "\($0),ä\($0 * 7)\n" }.joined()

  /// Runs a shell command in a folder with `t.csv`, and reads; nil where a tool is missing.
  private static func message(
    _ command: String,
    _ names: [String],
    _ change: (inout CSVReadingOptions) -> Void = { _ in }
  ) throws -> String? {
    try withTemporaryFolder { folder in
      try Data(text.utf8).write(to: folder.appending(path: "t.csv"))
      let process = Process()
      process.executableURL = URL(filePath: "/bin/sh")
      process.arguments = ["-c", command]
      process.currentDirectoryURL = folder
      process.standardError = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      guard process.terminationStatus == 0 else { return nil }
      let paths = names.map { folder.appending(path: $0).path }
      return Malformed.messages(change) { options throws(CSVError) in
        try CSVReader(paths: paths, options: options).read()
      }.replacing(folder.path + "/", with: "")
    }
  }

  @Test(arguments: [
    (":", "none.csv", "cannot open 'none.csv': No such file or directory"),
    ("mkdir d", "d", "cannot open 'd': it is a folder"),
    ("ln -s l l", "l", "cannot open 'l': Too many levels of symbolic links"),
    (":", "*.parquet", "cannot open '*.parquet': no file matches the pattern"),
    (
      "gzip -c t.csv | head -c 5000 > o", "o",
      "cannot read 'o': the gzip data ends in the middle; is the file complete?"
    ),
    (
      "gzip -c t.csv | head -c 3 > o", "o",
      "cannot read 'o': the gzip data ends in the middle; is the file complete?"
    ),
    (
      "gzip -c t.csv > o && echo and more >> o", "o",
      "cannot read 'o': behind the gzip data, at packed byte SIZE, stands something else"
    ),
    (
      "zstd -q -c t.csv | head -c 3000 > o", "o",
      "cannot read 'o': the zstd data ends in the middle; is the file complete?"
    ),
  ])
  func aFileThatCannotBeRead(command: String, name: String, message: String) throws {
    guard var found = try Self.message(command, [name]) else {
      print("skipped: \(command)")
      return
    }
    // How well gzip packs is its own business.
    found.replace(#/packed byte \d+,/#, with: "packed byte SIZE,")
    #expect(found == message)
  }

  /// One bit of the checksum at the end of a gzip file is wrong.
  @Test func aChecksumThatIsWrong() throws {
    let command =
      "gzip -c t.csv > p && s=$(wc -c < p) && head -c $((s-8)) p > o && printf '\\001\\002\\003\\004' >> o"
      + " && tail -c 4 p >> o"
    let found = try #require(try Self.message(command, ["o"]))
    #expect(found.hasPrefix("cannot read 'o': the gzip data is damaged at packed byte "))
    #expect(found.hasSuffix(": incorrect data check") && !found.contains("\n"))
  }

  @Test(.enabled(if: geteuid() != 0, "root may read everything"))
  func aFileThatMayNotBeRead() throws {
    let found = try #require(try Self.message("chmod 0 t.csv", ["t.csv"]))
    #expect(found == "cannot open 't.csv': Permission denied")
  }

  @Test(arguments: [
    ("printf '\\377\\376a\\0\\n\\0001' > o", "half a character at byte 6"),
    ("printf '\\377\\376a\\0\\n\\0\\0\\330' > o", "half a surrogate pair at byte 6"),
    ("printf '\\376\\377\\0a\\0\\n\\334\\0' > o", "half a surrogate pair at byte 6"),
  ])
  func textThatIsNotUTF16(command: String, reason: String) throws {
    let found = try Self.message(command, ["o"]) { $0.encoding = .utf16 }
    #expect(found == "cannot read 'o': it is not UTF-16: \(reason)")
  }

  @Test func severalFilesMustHaveOneHeader() throws {
    let command = "printf 'a,b\\n1,2\\n' > 1 && printf 'a,c\\n' > 2 && printf 'a\\n' > 3"
    #expect(
      try Self.message(command, ["[12]"])
        == "2, line 1, byte 0: expected the header of 1, 'a,b', found 'a,c'"
    )
    #expect(
      try Self.message(command, ["1", "3"]) { $0.hasHeader = false }
        == "3, line 1, byte 0: expected 2 columns, as in 1, found 1"
    )
    // The line is that of the header.
    #expect(
      try Self.message("printf '#\\na\\n1\\n' > 1 && printf '#\\n\\nb\\n' > 2", ["1", "2"]) {
        $0.comment = "#"
      } == "2, line 3, byte 3: expected the header of 1, 'a', found 'b'"
    )
    #expect(try Self.message(": > 4", ["t.csv", "4"])?.hasPrefix("4, line 1, byte 0: ") == true)
  }

  @Test func aFooterNeedsAFileOfKnownSize() throws {
    let found = try Self.message("gzip -c t.csv > o", ["o"]) { $0.skipFooterLines = 1 }
    #expect(
      found == "o: expected a file that is neither packed nor transcoded, to leave out lines at "
        + "its end, found a stream"
    )
  }

  /// A bad row in the second of several files, behind quoted line ends.
  @Test func theFileOfABadRowIsNamed() throws {
    let command = "printf 'a,b\\r\\n\"x\\r\\ny\",2\\r\\n3\\r\\n' > u.csv"
    #expect(
      try Self.message(command, ["t.csv", "u.csv"])
        == "u.csv, line 4, byte 15: expected 2 cells, found 1"
    )
  }
}
