import Foundation
import TabularFiles
import TabularFrame
import TabularTensor
import Testing

@testable import TabularPreprocessing

struct ShardFolderTests {
  private static let layout = try? FeatureLayout(recipe(), hasTarget: false)

  private static func recipe() throws -> Recipe {
    let frame = try DataFrame([("a", Column([1.0, 2, 4])), ("b", Column([3.0, 1, 0]))])
    return try RecipePlan(features: ["a", "b"], steps: []).fitted(to: frame)
  }

  private static func matrix(_ rows: Range<Int>) -> FeatureMatrix<Float> {
    FeatureMatrix(
      features: Tensor(rows.map { [Float($0), Float($0) / 8] }),
      featureNames: ["a", "b"]
    )
  }

  /// Rows 0 ..< `count`, converted in chunks of seven, up to `end`.
  @discardableResult
  private static func convert(
    _ path: String,
    count: Int = 50,
    shardRows: Int = 12,
    key: String = "key",
    until end: Int = .max
  ) throws -> (parts: Int, rows: Int) {
    let folder = try ShardFolder<Float>(
      path: path,
      layout: try #require(layout),
      rowCount: count,
      shardRows: shardRows,
      key: key,
      recipe: "{}"
    )
    let resumed = folder.resumed
    var first = 0
    while first < count {
      if first >= end { return resumed }
      let next = min(count, first + 7)
      if next > resumed.rows {
        try folder.append(matrix(first..<next))
      } else {
        folder.skip(next - first)
      }
      first = next
    }
    try folder.commit()
    return resumed
  }

  private static func files(_ work: Workdir, _ folder: String) throws -> [String: [UInt8]] {
    let names = try work.contents(folder)
    return Dictionary(
      uniqueKeysWithValues: try names.map { ($0, try work.bytes("\(folder)/\($0)")) }
    )
  }

  @Test func holdsAllRowsInOrder() throws {
    let work = try Workdir()
    try Self.convert(work.path("a"))
    #expect(
      try work.contents("a") == ["index.json"]
        + (0..<5).map { "part-0000\($0).safetensors" } + ["recipe.json"]
    )
    let index = try ShardIndex.read(folder: work.path("a"))
    #expect(index.rows == 50 && index.parts.map(\.rows) == [12, 12, 12, 12, 2])
    #expect(index.featureNames == ["a", "b"] && index.dtype == "F32" && index.target == nil)
    var scalars: [Float] = []
    for part in index.parts {
      #expect(part.isIntact(in: work.path("a")))
      scalars += try FeatureMatrix<Float>.read(work.path("a/\(part.file)")).matrix.features.scalars
    }
    #expect(scalars == Self.matrix(0..<50).features.scalars)
    // Fewer rows than a part, and none.
    try Self.convert(work.path("b"), count: 3, shardRows: 1_000)
    #expect(try ShardIndex.read(folder: work.path("b")).parts.map(\.rows) == [3])
    try Self.convert(work.path("c"), count: 0)
    #expect(try ShardIndex.read(folder: work.path("c")).parts.map(\.rows) == [0])
  }

  /// Wherever it was interrupted, it goes on behind the parts that are whole.
  @Test func goesOnWhereItWasInterrupted() throws {
    let work = try Workdir()
    try Self.convert(work.path("whole"))
    let whole = try Self.files(work, "whole")
    for end in stride(from: 0, through: 49, by: 7) {
      try Self.convert(work.path("a-\(end)"), until: end)
      #expect(
        message { try ShardIndex.read(folder: work.path("a-\(end)")) }
          == "'\(work.path("a-\(end)"))' has no index.json: its conversion was interrupted; "
          + "run it again, and it goes on"
      )
      let resumed = try Self.convert(work.path("a-\(end)"))
      #expect(resumed.parts == end / 12 && resumed.rows == end / 12 * 12)
      #expect(try Self.files(work, "a-\(end)") == whole)
    }
  }

  @Test func aDamagedPartIsWrittenAgain() throws {
    let work = try Workdir()
    try Self.convert(work.path("whole"))
    let whole = try Self.files(work, "whole")
    let damages: [(name: String, damage: ([UInt8]) -> [UInt8]?)] = [
      ("flipped", { bytes in bytes.dropLast() + [bytes[bytes.count - 1] ^ 1] }),
      ("truncated", { Array($0.dropLast(3)) }), ("longer", { $0 + [0] }), ("empty", { _ in [] }),
      ("removed", { _ in nil }),
    ]
    for (name, damage) in damages {
      try Self.convert(work.path(name), until: 42)
      let part = "\(name)/part-00001.safetensors"
      if let bytes = damage(try work.bytes(part)) {
        try work.file(part, bytes)
      } else {
        try FileManager.default.removeItem(atPath: work.path(part))
      }
      // What comes behind it is written again too.
      #expect(try Self.convert(work.path(name)).parts == 1, "\(name)")
      #expect(try Self.files(work, name) == whole, "\(name)")
    }
    // A journal that is none is no journal.
    try Self.convert(work.path("journal"), until: 42)
    try work.file("journal/conversion.json", Array("{\"key".utf8))
    #expect(try Self.convert(work.path("journal")).parts == 0)
    #expect(try Self.files(work, "journal") == whole)
  }

  @Test func anotherConversionBeginsAnew() throws {
    let work = try Workdir()
    try Self.convert(work.path("a"), until: 42)
    #expect(try Self.convert(work.path("a"), key: "another").parts == 0)
    try Self.convert(work.path("b"), until: 42)
    #expect(try Self.convert(work.path("b"), shardRows: 13).parts == 0)
    try Self.convert(work.path("c"), until: 42)
    #expect(try Self.convert(work.path("c"), count: 49).parts == 0)
    // A folder is not complete while another conversion is under way.
    try Self.convert(work.path("a"), key: "third", until: 7)
    #expect(try !work.contents("a").contains("index.json"))
  }

  @Test func removesWhatIsLeftAndNothingElse() throws {
    let work = try Workdir()
    try Self.convert(work.path("a"), count: 150)
    let foreign = [
      "notes.txt", "part-1.safetensors", "part-00001.csv", "part-00001-x.safetensors",
      "x.partial-1",
    ]
    let left = [
      "part-00002.safetensors.partial-12-34", "index.json.partial-1-2", "recipe.json.partial-1-2",
      "conversion.json.partial-77-1", "part-123456.safetensors",
    ]
    for name in foreign + left { try work.file("a/\(name)", [1, 2, 3]) }
    try Self.convert(work.path("a"))
    let expected =
      ["index.json", "recipe.json"] + (0..<5).map { "part-0000\($0).safetensors" } + foreign
    #expect(try work.contents("a") == expected.sorted())
  }

  @Test func refusesWhatItCannotWrite() throws {
    let work = try Workdir()
    let file = try work.file("file", "text")
    #expect(
      message { try Self.convert(file) } == "cannot write '\(file)': Not a directory"
        || message { try Self.convert(file) } == "cannot write '\(file)': it is no folder"
    )
    // Somebody else's index is not replaced.
    try FileManager.default.createDirectory(
      atPath: work.path("site"),
      withIntermediateDirectories: true
    )
    let index = try work.file("site/index.json", "{\"pages\": 3}")
    #expect(
      message { try Self.convert(work.path("site")) }
        == "'\(index)' is not what convert wrote, and would be replaced: name another folder"
    )
    #expect(try work.contents("site") == ["index.json"])
  }

  /// Rows that were not counted would be lost, or never end.
  @Test func refusesMoreRowsThanWereCounted() throws {
    let work = try Workdir()
    let folder = try ShardFolder<Float>(
      path: work.path("a"),
      layout: try #require(Self.layout),
      rowCount: 9,
      shardRows: 4,
      key: "key",
      recipe: "{}"
    )
    try folder.append(Self.matrix(0..<7))
    #expect(
      message { try folder.append(Self.matrix(7..<14)) }
        == "there are no longer the 9 rows that were counted: the input has changed while it was "
        + "read; convert it again"
    )
    #expect(try !work.contents("a").contains("index.json"))
  }
}
