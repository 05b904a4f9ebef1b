import Foundation
import TabularPreprocessing
import TabularTensor
import Testing

/// `convert --split`: a file a part, the recipe fitted on train alone.
struct ConvertSplitTests {
  private static let titanic = packaged("datasets/titanic-synthetic.csv")
  private static let parts = "train=0.8,valid=0.1,test=0.1"

  private func matrix(_ path: String) throws -> FeatureMatrix<Float> {
    try FeatureMatrix<Float>.read(path).matrix
  }

  private func read(_ path: String) throws -> [[Substring]] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
  }

  @Test func writesAFileAPart() throws {
    let work = try Workdir()
    let run = try Command(
      ["convert", Self.titanic, "--target", "Survived", "--split", Self.parts]
        + ["-o", work.path("out.safetensors"), "--save-recipe", work.path("r.json")]
    )
    #expect(run.exitCode == 0 && run.output.isEmpty, "\(run.errors)")
    #expect(
      work.contents == [
        "out-test.safetensors", "out-train.safetensors", "out-valid.safetensors", "r.json",
      ]
    )
    #expect(run.errors.contains("split, seed 0: train 712, valid 89, test 90 rows\n"))
    #expect(run.errors.contains("fitted on the 712 rows of train\n"))
    let names = ["train", "valid", "test"]
    let made = try names.map { try matrix(work.path("out-\($0).safetensors")) }
    #expect(made.map(\.rowCount) == [712, 89, 90])
    #expect(made.allSatisfy { $0.featureNames == made[0].featureNames })
    let recipe = try Recipe(contentsOf: work.path("r.json"))
    #expect(recipe.fittedRows == 712)
    let inFile = try FeatureMatrix<Float>.read(work.path("out-valid.safetensors")).recipe
    #expect(try inFile?.json() == recipe.json())
    // Fitted on train alone: its numbers have mean 0 there, and not in the other parts.
    func mean(_ matrix: FeatureMatrix<Float>) throws -> Double {
      let column = try #require(matrix.featureNames.firstIndex(of: "Age"))
      let width = matrix.features.shape[1]
      return matrix.features.withUnsafeScalars { scalars in
        (0..<matrix.rowCount).reduce(0.0) { $0 + Double(scalars[$1 * width + column]) }
      } / Double(matrix.rowCount)
    }
    #expect(try abs(mean(made[0])) < 1e-6)
    #expect(try abs(mean(made[1])) > 1e-4 && abs(mean(made[2])) > 1e-4)
  }

  @Test func theSeedDecidesAndStrataAreAlike() throws {
    let work = try Workdir()
    func split(_ name: String, _ more: String...) throws -> [FeatureMatrix<Float>] {
      let run = try Command(
        ["convert", Self.titanic, "--target", "Survived", "--split", "train=0.75,test=0.25"]
          + ["-o", work.path("\(name).safetensors"), "--quiet"] + more
      )
      #expect(run.exitCode == 0 && run.errors.isEmpty, "\(run.errors)")
      return try ["train", "test"].map { try matrix(work.path("\(name)-\($0).safetensors")) }
    }
    func survivors(_ matrix: FeatureMatrix<Float>) -> Int {
      guard case .classes(let tensor) = matrix.labels else { return -1 }
      return Int(tensor.scalars.reduce(0, +))
    }
    let first = try split("a", "--stratify", "Survived")
    let all = first.map(survivors).reduce(0, +)
    // The share of 223 rows of 891, to a row.
    #expect(abs(Double(survivors(first[1])) - Double(all) * 223 / 891) < 1)
    let again = try split("b", "--stratify", "Survived", "--seed", "0")
    #expect(again[1].features == first[1].features)
    let other = try split("c", "--stratify", "Survived", "--seed", "1")
    #expect(other[1].features != first[1].features)
  }

  /// `g` groups rows, `day` orders them.
  private static let grouped =
    "g,day,x,y\n"
    + (0..<200).map { i in
      let day = String(format: "2024-%02d-%02d", 1 + i % 12, 1 + i % 28)
      return "g\(i * 7 % 40),\(day),\(i).5,\(i % 2)"
    }.joined(separator: "\n") + "\n"

  @Test(arguments: ["--group", "--split-key"])
  func equalValuesStayTogether(option: String) throws {
    let work = try Workdir()
    let input = try work.file("in.csv", Self.grouped)
    let run = try Command(
      ["convert", input, "--split", "train=0.6,valid=0.2,test=0.2", option, "g"]
        + ["--encode", "g=ordinal", "--features", "x", "--scale", "none", "--impute", "none"]
        + ["-o", work.path("out.csv")]
    )
    #expect(run.exitCode == 0, "\(run.errors)")
    var seen: [String: Set<Int>] = [:]
    for part in ["train", "valid", "test"] {
      let rows = try read(work.path("out-\(part).csv")).dropFirst()
      #expect(!rows.isEmpty)
      for row in rows {
        let x = try #require(Double(row[0]))
        seen[part, default: []].insert(Int(x) * 7 % 40)
      }
    }
    let groups = seen.values.flatMap(\.self)
    #expect(groups.count == Set(groups).count && groups.count == 40)
  }

  @Test func timeSplitsInOrder() throws {
    let work = try Workdir()
    let input = try work.file("in.csv", Self.grouped)
    let run = try Command(
      ["convert", input, "--split", "train=0.5,valid=0.25,test=0.25", "--time", "x"]
        + ["--features", "x", "--scale", "none", "--impute", "none", "-o", work.path("out.csv")]
    )
    #expect(run.exitCode == 0, "\(run.errors)")
    let times = try ["train", "valid", "test"].map { part in
      try read(work.path("out-\(part).csv")).dropFirst().map { Double($0[0]) }
    }
    #expect(times[0] == (0..<100).map { Double($0) + 0.5 })
    #expect(times[1] == (100..<150).map { Double($0) + 0.5 })
    #expect(times[2] == (150..<200).map { Double($0) + 0.5 })
  }

  struct Bad: Sendable, CustomTestStringConvertible {
    let arguments: [String]
    let message: String
    var code: Int32 = 64
    var testDescription: String { arguments.joined(separator: " ") }
  }

  static let bad = [
    Bad(
      arguments: ["--split", "train=0.8,test=0.1"],
      message: "--split: the fractions sum to 0.9, expected 1"
    ),
    Bad(
      arguments: ["--split", "train=0.8,test=x"],
      message: "--split test=x: expected a fraction above 0 and below 1"
    ),
    Bad(
      arguments: ["--split", "valid=0.5,test=0.5"],
      message: "--split begins with train, on which the recipe is fitted, and has another part; "
        + "found 'valid=0.5,test=0.5'"
    ),
    Bad(
      arguments: ["--split", "train=0.5,test=0.25,test=0.25"],
      message: "--split has the part 'test' twice"
    ),
    Bad(
      arguments: ["--split", "train=0.5,../x=0.5"],
      message: "--split ../x=0.5: a part is named by letters and digits"
    ),
    Bad(
      arguments: ["--split", "train=0.8,test=0.2", "--group", "g", "--time", "day"],
      message: "--group and --time exclude each other: one decides the split"
    ),
    Bad(
      arguments: ["--stratify", "y"],
      message: "--stratify needs --split, such as --split train=0.8,test=0.2"
    ),
    Bad(
      arguments: ["--split", "train=0.8,test=0.2", "--group", "gg"],
      message: "no column 'gg'; did you mean 'g'?",
      code: 1
    ),
    Bad(
      arguments: ["--split", "train=0.8,test=0.2", "--time", "g"],
      message: "column 'g' is of type string, expected dates, datetimes or numbers",
      code: 1
    ),
    Bad(
      arguments: ["--split", "train=0.5,valid=0.2,test=0.3", "--stratify", "x"],
      message: "column 'x' is of type float64, expected text, integers or bools; cast or bin it",
      code: 1
    ),
    Bad(
      arguments: ["--split", "train=0.999,test=0.001", "--limit", "1"],
      message: "1 rows cannot be split: the part of 0.999 is left without rows",
      code: 1
    ),
  ]

  @Test(arguments: bad)
  func badInputIsOneLine(bad: Bad) throws {
    let work = try Workdir()
    let input = try work.file("in.csv", Self.grouped)
    let run = try Command(
      ["convert", input, "--target", "y", "-o", work.path("out.npy"), "--quiet"] + bad.arguments
    )
    #expect(run.exitCode == bad.code && run.output.isEmpty)
    let first = run.errors.split(separator: "\n").first.map(String.init)
    #expect(first == "Error: \(bad.message)")
    if bad.code == 1 { #expect(run.errors.split(separator: "\n").count == 1) }
    #expect(work.contents == ["in.csv"])
  }

  @Test func allPartsAppearOrNone() throws {
    let work = try Workdir()
    let input = try work.file("in.csv", Self.grouped)
    // The last part cannot be written: a folder has its name.
    try FileManager.default.createDirectory(
      atPath: work.path("out-test.npy"),
      withIntermediateDirectories: true
    )
    let run = try Command(
      ["convert", input, "--split", Self.parts, "-o", work.path("out.npy"), "--quiet"]
        + ["--save-recipe", work.path("r.json")]
    )
    #expect(run.exitCode == 1)
    #expect(run.errors == "Error: cannot write '\(work.path("out-test.npy"))': it is a folder\n")
    #expect(work.contents == ["in.csv", "out-test.npy"])
    // A class that train does not know: the last file fails after the first is made.
    let rare = try work.file(
      "rare.csv",
      "x,y\n" + (0..<40).map { "\($0).5,\($0 == 39 ? 2 : $0 % 2)\n" }.joined()
    )
    let unknown = try Command(
      ["convert", rare, "--target", "y", "--split", Self.parts, "--time", "x"]
        + ["-o", work.path("new.npy"), "--quiet"]
    )
    #expect(unknown.exitCode == 1)
    #expect(unknown.errors == "Error: the target 'y' is '2' in row 39, expected one of 0, 1\n")
    #expect(work.contents == ["in.csv", "out-test.npy", "rare.csv"])
  }
}
