import Foundation
import Testing

@testable import TabularCSV

#if canImport(Glibc)
import Glibc
#endif

/// Inputs of unusual size: a result or an error, in bounded memory, never a crash.
struct GiantInputTests {
  @Test func aMillionColumns() throws {
    let count = LongTests.areWanted ? 1_000_000 : 50_000
    var text: [UInt8] = []
    for line in 0..<3 {
      for column in 0..<count {
        text += String(line == 0 ? column : column * line).utf8
        text.append(column == count - 1 ? 10 : 44)
      }
    }
    let table = try CSVReader(bytes: text).read()
    #expect(table.rowCount == 2 && table.columns.count == count)
    let last = try #require(table.columns.last)
    #expect(last.name == "\(count - 1)" && last.described(1) == "\(2 * (count - 1))")
  }

  /// One cell, in forms that each part of the reader takes: unquoted, quoted, irregular, lenient.
  @Test(arguments: ["", "\"", "x\""])
  func oneCell(opening: String) throws {
    let size = LongTests.areWanted ? 1 << 30 : 4 << 20
    let bytes = Array("h\n\(opening)".utf8) + [UInt8](repeating: 120, count: size)
    for quoting in CSVReadingOptions.Quoting.allCases {
      let options = CSVReadingOptions(quoting: quoting)
      do throws(CSVError) {
        let table = try CSVReader(bytes: bytes, options: options).read()
        #expect(table.rowCount == 1 && !LongTests.areWanted)
      } catch {
        let kind = LongTests.areWanted ? CSVError.Kind.tooLong : .quoting
        #expect(error.kind == kind && error.line == 2, "\(error)")
      }
    }
  }

  /// A file that is cut off between its opening and its reading, at many places.
  @Test func aFileThatShrinks() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "s.csv").path
      let bytes = Array(("a,b\n" + String(repeating: "1,\"x\ny\"\n", count: 4_000)).utf8)
      for size in [0, 1, 4, 100, 4_095, 4_096, 20_000, bytes.count - 1] {
        for threads in [1, 3] {
          try Data(bytes).write(to: URL(filePath: path))
          var options = CSVReadingOptions(threads: threads)
          options.chunkSize = 1_024
          let reader = try CSVReader(path: path, options: options)
          #expect(truncate(path, size) == 0)
          let error = #expect(throws: CSVError.self) { try reader.read() }
          #expect(
            error?.description
              == "\(path), byte \(max(size, 4)): expected \(bytes.count) bytes, as when it was opened, "
              + "found the end of the file (it changes while it is read)"
          )
        }
      }
    }
  }

  /// A file that is cut off and grows while it is read: a table or an error, never a crash.
  @Test func aFileThatChangesAllTheTime() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "s.csv").path
      let bytes = Array(("a,b\n" + String(repeating: "1,\"x\ny\"\n", count: 60_000)).utf8)
      try Data(bytes).write(to: URL(filePath: path))
      let done = Locked(false)
      let thread = Thread {
        var random = TestRandom(seed: 1)
        while !done.withLock({ $0 }) {
          truncate(path, Int.random(in: 0...bytes.count, using: &random))
          usleep(200)
          truncate(path, bytes.count)
        }
      }
      thread.start()
      defer { done.withLock { $0 = true } }
      for round in 0..<(LongTests.areWanted ? 2_000 : 30) {
        var options = CSVReadingOptions(badRows: .skip(), threads: round % 3 + 1)
        options.chunkSize = 4_096
        do throws(CSVError) {
          let table = try CSVReader(path: path, options: options).read()
          #expect(table.columns.count <= 2)
        } catch {
          #expect([.file, .empty, .quoting, .encoding].contains(error.kind), "\(error)")
        }
      }
    }
  }
}
