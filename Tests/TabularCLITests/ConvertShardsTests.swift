import Foundation
import TabularFrame
import Testing

@testable import TabularPreprocessing

/// `tabular convert IN -o FOLDER/`, killed at any moment and run again.
struct ConvertShardsTests {
  private static func input(_ work: Workdir, rows: Int) throws -> String {
    var random = SplitMix64(seed: 5)
    var text = "x,word,when,y\n"
    for row in 0..<rows {
      text += "\(random.unit()),w\(random.below(9)),2024-01-\(10 + row % 20),\(row % 2)\n"
    }
    return try work.file("in.csv", text)
  }

  private static func files(_ folder: String) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
      files[name] = try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))
    }
    return files
  }

  /// What is there is whole: parts of the journal, or of the index.
  private static func check(_ folder: String, _ comment: Comment) throws -> Int {
    guard FileManager.default.fileExists(atPath: folder) else { return 0 }
    var parts: [ShardIndex.Part] = []
    if FileManager.default.fileExists(atPath: "\(folder)/index.json") {
      parts = try ShardIndex.read(folder: folder).parts
    } else if FileManager.default.fileExists(atPath: "\(folder)/conversion.json") {
      let journal: ShardJournal = try ShardIndex.decode("\(folder)/conversion.json")
      parts = journal.parts
      #expect(
        throws: PreprocessingError.self,
        "a folder without an index is none"
      ) { try ShardIndex.read(folder: folder) }
    }
    for part in parts { #expect(part.isIntact(in: folder), comment) }
    return parts.count
  }

  private static let isLong = ProcessInfo.processInfo.environment["TABULAR_LONG_TESTS"] == "1"

  /// `TABULAR_LONG_TESTS=1`: 20 kills, else a few.
  @Test func survivesBeingKilled() throws {
    let work = try Workdir()
    let input = try Self.input(work, rows: Self.isLong ? 60_000 : 12_000)
    func arguments(_ folder: String) -> [String] {
      ["convert", input, "--target", "y", "-o", work.path("\(folder)/"), "--quiet"]
        + ["--shard-rows", Self.isLong ? "500" : "200", "--threads", "1"]
    }
    let begun = Date()
    let whole = try Command(arguments("whole"))
    let seconds = Date().timeIntervalSince(begun)
    #expect(whole.exitCode == 0, "\(whole.errors)")
    let expected = try Self.files(work.path("whole"))
    #expect(expected.count == (Self.isLong ? 120 : 60) + 2)

    let seed = UInt64.random(in: 0...999_999)
    var random = SplitMix64(seed: seed)
    var kept = 0
    for round in 0..<(Self.isLong ? 20 : 4) {
      // Into the same folder twice, so that a conversion that goes on is killed too.
      let folder = "a-\(round / 2)"
      let process = Process()
      process.executableURL = Command.executable
      process.arguments = arguments(folder)
      process.standardError = FileHandle.nullDevice
      try process.run()
      // Most of the time is the reading: the later half is where parts are written.
      Thread.sleep(forTimeInterval: seconds * (0.3 + 0.8 * random.unit()))
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      let comment: Comment = "seed \(seed), round \(round)"
      kept += try Self.check(work.path(folder), comment)
      if round % 2 == 1 {
        let run = try Command(arguments(folder))
        #expect(run.exitCode == 0 && run.errors.isEmpty, comment)
        #expect(try Self.files(work.path(folder)) == expected, comment)
      }
    }
    if Self.isLong { print("ConvertShardsTests: \(kept) parts were there after the kills") }
  }

  @Test func goesOnAndSaysSo() throws {
    let work = try Workdir()
    let input = try Self.input(work, rows: 900)
    let command = ["convert", input, "--target", "y", "-o", work.path("a/"), "--shard-rows", "100"]
    let first = try Command(command)
    #expect(first.exitCode == 0)
    #expect(
      first.errors.hasSuffix("/a/: features F32 [900, 13], target [900]\n"),
      "\(first.errors)"
    )
    let whole = try Self.files(work.path("a"))
    // Another conversion in the same folder begins anew, and fails where a part cannot be written.
    let blocked = work.path("a/part-00006.safetensors")
    try FileManager.default.removeItem(atPath: blocked)
    try FileManager.default.createDirectory(atPath: blocked, withIntermediateDirectories: true)
    let stopped = try Command(command + ["--quiet"])
    #expect(stopped.exitCode == 1)
    #expect(stopped.errors == "Error: cannot write '\(blocked)': it is a folder\n")
    #expect(try Self.check(work.path("a"), "stopped") == 6)
    try FileManager.default.removeItem(atPath: blocked)
    let resumed = try Command(command + ["--quiet"])
    #expect(resumed.exitCode == 0 && resumed.errors.isEmpty, "\(resumed.errors)")
    #expect(try Self.files(work.path("a")) == whole)
    // Said where something may be said.
    try FileManager.default.removeItem(atPath: blocked)
    try FileManager.default.createDirectory(atPath: blocked, withIntermediateDirectories: true)
    #expect(try Command(command).exitCode == 1)
    try FileManager.default.removeItem(atPath: blocked)
    let said = try Command(command)
    #expect(said.errors.contains("/a/: went on behind 6 parts that were there\n"), "\(said.errors)")
    #expect(try Self.files(work.path("a")) == whole)
  }

  /// Each part of a split is a folder.
  @Test func partsOfASplitAreFolders() throws {
    let work = try Workdir()
    let input = try Self.input(work, rows: 500)
    let run = try Command(
      ["convert", input, "--target", "y", "--split", "train=0.8,test=0.2", "-o", work.path("a/")]
        + ["--shard-rows", "150", "--quiet"]
    )
    #expect(run.exitCode == 0 && run.errors.isEmpty)
    #expect(work.contents == ["a-test", "a-train", "in.csv"])
    #expect(try ShardIndex.read(folder: work.path("a-train")).parts.map(\.rows) == [150, 150, 100])
    #expect(try ShardIndex.read(folder: work.path("a-test")).rows == 100)
  }
}
