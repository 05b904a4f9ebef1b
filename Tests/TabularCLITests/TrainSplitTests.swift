import Foundation
import Testing

/// Which rows `train` validates with, and with which recipe.
struct TrainSplitTests {
  private static let csv =
    "g,day,x,y\n"
    + (0..<120).map { i in
      "g\(i % 10),2024-\(i < 60 ? "01" : i < 90 ? "02" : "03")-01,\(i * 37 % 120).5,\(i * 7 % 2)"
    }.joined(separator: "\n") + "\n"

  private func train(_ work: Workdir, _ arguments: [String]) throws -> Command {
    let input = try work.file("in.csv", Self.csv)
    return try Command(["train", input, "--epochs", "1", "--hidden", "none"] + arguments)
  }

  @Test func groupsStayTogetherAndTimesInOrder() throws {
    let work = try Workdir()
    // Two of ten groups, which have 12 rows each.
    let group = try train(work, ["--target", "y", "--group", "g"])
    #expect(group.exitCode == 0, "\(group.errors)")
    #expect(group.errors.contains("96 training rows, 24 validation rows, "))
    // The last 24 rows begin among the 30 of March.
    let time = try train(work, ["--target", "y", "--time", "day"])
    #expect(time.exitCode == 0, "\(time.errors)")
    #expect(time.errors.contains("90 training rows, 30 validation rows, "))
    #expect(!time.errors.contains("2 features"))
    let plain = try train(work, ["--target", "y"])
    #expect(plain.errors.contains("96 training rows, 24 validation rows, "))
    #expect(plain.output != group.output)
  }

  struct Bad: Sendable, CustomTestStringConvertible {
    let arguments: [String]
    let message: String
    let code: Int32
    var testDescription: String { arguments.joined(separator: " ") }
  }

  static let bad = [
    Bad(
      arguments: ["--target", "y", "--group", "g", "--time", "day"],
      message: "--group and --time exclude each other: one decides the split",
      code: 64
    ),
    Bad(
      arguments: ["--target", "y", "--time", "day", "--valid", "0"],
      message:
        "--time splits off the validation rows, of which --valid 0 and --valid-input have none",
      code: 64
    ),
    Bad(
      arguments: ["--target", "y", "--group", "gg"],
      message: "no column 'gg'; did you mean 'g'?",
      code: 1
    ),
    Bad(
      arguments: ["--target", "y", "--time", "g"],
      message: "column 'g' is of type string, expected dates, datetimes or numbers",
      code: 1
    ),
    Bad(
      arguments: ["--target", "y", "--group", "day", "--valid", "0.9"],
      message: "the 3 groups of column 'day' cannot be split: a fraction of 0.9 leaves no group on "
        + "one side",
      code: 1
    ),
  ]

  @Test(arguments: bad)
  func badInputIsOneLine(bad: Bad) throws {
    let work = try Workdir()
    let run = try train(work, bad.arguments + ["--quiet", "--save", work.path("m.safetensors")])
    #expect(run.exitCode == bad.code && run.output.isEmpty)
    #expect(run.errors.split(separator: "\n").first.map(String.init) == "Error: \(bad.message)")
    #expect(work.contents == ["in.csv"])
  }

  @Test func aFittedRecipeIsApplied() throws {
    let work = try Workdir()
    let input = try work.file("in.csv", Self.csv)
    let recipe = work.path("r.json")
    _ = try Command(
      ["convert", input, "--target", "y", "-o", work.path("c.safetensors"), "--quiet"]
        + ["--save-recipe", recipe]
    )
    // The same features, the same split: the same weights as of what convert wrote.
    let run = try train(work, ["--recipe", recipe, "--json"])
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.errors.contains("applied the recipe of '\(recipe)', fitted on 120 rows\n"))
    let other = try Command(
      ["train", work.path("c.safetensors"), "--epochs", "1", "--hidden", "none", "--json"]
    )
    let hashes = try [run, other].map { try $0.json.last?["weights_sha256"] as? String }
    #expect(hashes[0] != nil && hashes[0] == hashes[1])

    let converted = work.path("c.safetensors")
    let group = try Command("train", converted, "--group", "g")
    #expect(
      group.exitCode == 1
        && group.errors == "Error: '\(converted)' is converted already and has no column 'g' to "
          + "split by: give convert --split\n"
    )
    let twice = try Command("train", converted, "--recipe", recipe)
    #expect(
      twice.exitCode == 1
        && twice.errors
          == "Error: '\(converted)' is converted already: no recipe is planned or applied\n"
    )
  }
}
