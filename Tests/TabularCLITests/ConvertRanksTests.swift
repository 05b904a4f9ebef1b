import Foundation
import TabularCollectives
import TabularPreprocessing
import TabularTensor
import TestRanks
import Testing

/// `mpirun -n R tabular convert` writes what one process writes, but for the borders of the parts.
struct ConvertRanksTests {
  private static func run(_ ranks: Int, _ arguments: String) throws -> Command {
    try Command(shell: "\(MPIRun.line(ranks: ranks)) \"$TABULAR\" convert \(arguments)")
  }

  /// Rows with texts of several lines, integers that are fractions late, and gaps.
  private static func table(_ work: Workdir) throws -> [String] {
    func rows(_ range: Range<Int>) -> String {
      range.map { row in
        let late = row < 900 ? "\(row % 13)" : "\(row % 13).5"
        let gap = row % 7 == 0 ? "" : row % 50 == 3 ? "NA" : "\(row % 5)"
        return "\(row),\(late),\(gap),\"text \(row % 40),\nof two \"\"lines\"\"\","
          + "2020-0\(1 + row % 9)-11,\(row * row % 3 == 0 ? "no" : "yes")\n"
      }.joined()
    }
    let header = "id,late,gap,text,day,y\n"
    return [
      try work.file("a.csv", header + rows(0..<700)),
      try work.file("b.csv", header + rows(700..<1_000)),
    ]
  }

  /// The index without its parts, the recipe, and the rows of all parts.
  private struct Folder: Equatable {
    var index: ShardIndex
    var recipe: Data
    var features: [Float] = []
    var target: [Int64] = []

    init(_ path: String) throws {
      index = try ShardIndex.read(folder: path)
      recipe = try Data(contentsOf: URL(filePath: path).appending(path: "recipe.json"))
      for part in index.parts {
        let file = try Safetensors(contentsOf: "\(path)/\(part.file)")
        features += try file.tensor("features", as: Float.self).scalars
        target += try file.tensor("target", as: Int64.self).scalars
      }
      index.parts = []
    }
  }

  @Test(.enabled(if: MPIRun.isPossible, "\(MPIRun.whyNot)"), arguments: [2, 3])
  func writesWhatOneProcessWrites(ranks: Int) throws {
    let work = try Workdir()
    let inputs = try Self.table(work).joined(separator: " ")
    let fitted = "\(work.path("one"))/recipe.json"
    let variants = [
      "--target y --shard-rows 150", "--target y --encode ordinal --scale robust --memory 64M",
      "--recipe \(fitted)",
    ]
    for options in variants {
      let alone = try Command(
        shell: "\"$TABULAR\" convert \(inputs) \(options) -o \(work.path("one"))/"
      )
      #expect(alone.exitCode == 0, "\(alone.errors)")
      // What an earlier conversion has left goes.
      let together = try Self.run(ranks, "\(inputs) \(options) -o \(work.path("many"))/")
      #expect(together.exitCode == 0, "\(together.errors)")
      #expect(together.output.isEmpty)
      let notes = together.errors.replacingOccurrences(
        of: work.path("many"),
        with: work.path("one")
      )
      #expect(notes == alone.errors)
      let (one, many) = (try Folder(work.path("one")), try Folder(work.path("many")))
      #expect(one == many, "\(options)")
      #expect(
        many.index.rows == 1_000 && many.features.count == 1_000 * many.index.featureNames.count
      )
      let parts = try ShardIndex.read(folder: work.path("many")).parts
      #expect(parts.count >= ranks)
      let names = try FileManager.default.contentsOfDirectory(atPath: work.path("many")).sorted()
      let expected: [String] = ["index.json", "recipe.json"] + parts.map(\.file)
      #expect(names == expected.sorted())
    }
  }

  @Test(.enabled(if: MPIRun.isPossible, "\(MPIRun.whyNot)"))
  func anErrorEndsAllWithOneLine() throws {
    let work = try Workdir()
    var rows = (0..<900).map { "\($0 * 7 % 100),\($0)\n" }
    rows[800] = "1\n"
    let input = try work.file("bad.csv", "a,b\n" + rows.joined())
    let out = "-o \(work.path("out"))/"
    func errors(_ arguments: String) throws -> [Substring] {
      let run = try Self.run(3, arguments)
      #expect(run.exitCode != 0 && run.output.isEmpty)
      return run.errors.split(separator: "\n").filter { $0.contains("Error: ") }
    }
    let byte = rows[..<800].joined().utf8.count + 4
    let ragged = "\(input), line 802, byte \(byte): expected 2 cells, found 1"
    #expect(try errors("\(input) \(out)") == ["rank 2 of 3: Error: \(ragged)"])
    // What all find is said once.
    #expect(
      try errors("\(input) --limit 3 \(out)")
        == [
          "rank 0 of 3: Error: several processes read all rows, without --limit: start one for this"
        ]
    )
    #expect(
      try errors("\(input) -o \(work.path("out.npy"))") == [
        "rank 0 of 3: Error: several processes write a folder of shards (--output name/): "
          + "start one for this"
      ]
    )
    #expect(try errors("\(input) --nonsense \(out)") == ["Error: Unknown option '--nonsense'"])
    #expect(work.contents == ["bad.csv"])
  }

  /// Else each would convert everything, and one over the other.
  @Test(.enabled(if: !Launch.isMPIBuilt, "a build with --traits MPI speaks with other processes"))
  func severalAreRefusedWithoutTheTrait() throws {
    let work = try Workdir()
    let input = try work.file("a.csv", "a,b\n1,2\n2,2\n")
    for rank in 0..<2 {
      let launch = "OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=\(rank)"
      let run = try Command(
        shell: "\(launch) \"$TABULAR\" convert \(input) -o \(work.path("out"))/"
      )
      #expect(run.exitCode == 1 && work.contents == ["a.csv"])
      let line =
        "Error: 2 processes were started, but this build speaks with no other one (build with "
        + "--traits MPI, or start one process)\n"
      #expect(run.errors == (rank == 0 ? line : ""))
    }
  }
}
