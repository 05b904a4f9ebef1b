import Foundation
import TabularPreprocessing
import TabularTensor
import Testing

/// `--recipe`, `--dry-run` and `--text`, of `convert` and `train`.
struct RecipeOptionsTests {
  private static let titanic = packaged("datasets/titanic-synthetic.csv")

  private static let csv =
    "a,word,y\n" + (0..<40).map { "\($0).5,\($0 % 3 == 0 ? "red" : "blue"),\($0 % 2)\n" }.joined()

  private func matrix(_ path: String) throws -> FeatureMatrix<Float> {
    try FeatureMatrix<Float>.read(path).matrix
  }

  /// A recipe fitted to `csv`.
  private func recipe(in work: Workdir) throws -> (input: String, recipe: String) {
    let input = try work.file("in.csv", Self.csv)
    let run = try Command(
      ["convert", input, "--target", "y", "-o", work.path("fit.safetensors"), "--quiet"]
        + ["--save-recipe", work.path("r.json")]
    )
    #expect(run.exitCode == 0, "\(run.errors)")
    return (input, work.path("r.json"))
  }

  @Test func aFittedRecipeIsApplied() throws {
    let work = try Workdir()
    let (input, recipe) = try recipe(in: work)
    let out = work.path("again.safetensors")
    let run = try Command("convert", input, "--recipe", recipe, "-o", out)
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.errors.contains("applied the recipe of '\(recipe)', fitted on 40 rows\n"))
    #expect(!run.errors.contains("fitted on all"))
    let (made, fitted) = (try matrix(out), try matrix(work.path("fit.safetensors")))
    #expect(made.features == fitted.features && made.labels == fitted.labels)

    // One row without the target, whose text looks like a number: read as the fitted one was.
    let row = try work.file("row.csv", "a,word\n0.5,7\n")
    let one = try Command("convert", row, "--recipe", recipe, "-o", work.path("row.safetensors"))
    #expect(one.exitCode == 0, "\(one.errors)")
    #expect(one.errors.contains("column 'word': 1 of a category unseen in the fit\n"))
    #expect(one.errors.contains("the target 'y' is no column: features alone\n"))
    let single = try matrix(work.path("row.safetensors"))
    #expect(single.labels == nil && single.features.shape == [1, 3])
    #expect(single.features[0, 0] == fitted.features[0, 0])
    #expect(single.features[0, 1] == 0 && single.features[0, 2] == 0)
  }

  struct Bad: Sendable, CustomTestStringConvertible {
    let content: String
    let arguments: [String]
    let message: String
    var code: Int32 = 1
    var testDescription: String { message }
  }

  static let bad = [
    Bad(
      content: "b,word\n1,x\n",
      arguments: [],
      message: "the recipe needs a column 'a' of type float64; there are: b, word"
    ),
    Bad(
      content: "a,wort\n1,x\n",
      arguments: [],
      message: "DATA, line 1, column 'word': expected one of the columns 'a', 'wort', "
        + "found no such column; the recipe of 'RECIPE' needs it"
    ),
    Bad(
      content: "a,word\nx,red\n",
      arguments: [],
      message: "column 'a': expected float64 as in the recipe, found string, such as 'x' in row 0"
    ),
    Bad(
      content: "a,word,y\n1,red,5\n",
      arguments: [],
      message: "the target 'y' is '5' in row 0, expected one of 0, 1"
    ),
    Bad(
      content: "a,word,y\n1,red,\n",
      arguments: [],
      message: "the target 'y' is null in 1 of 1 rows, first in row 0; drop them with "
        + "--drop-null-targets (dropNullTargets)"
    ),
    Bad(
      content: "a,word\n",
      arguments: [],
      message: "there are no rows, only a header"
    ),
    Bad(
      content: "a,word\n1,red\n",
      arguments: ["--target", "a"],
      message: "'RECIPE' was fitted to the target 'y', not 'a'"
    ),
    Bad(
      content: "a,word\n1,red\n",
      arguments: ["--drop", "a"],
      message: "--recipe says what becomes of columns: options that choose or treat them do not go "
        + "with it",
      code: 64
    ),
    Bad(
      content: "a,word\n1,red\n",
      arguments: ["--split", "train=0.5,test=0.5"],
      message: "--recipe is fitted already, and --split fits one on a part"
    ),
  ]

  @Test(arguments: bad)
  func aTableThatDoesNotFitIsOneLine(bad: Bad) throws {
    let work = try Workdir()
    let (_, recipe) = try recipe(in: work)
    let data = try work.file("data.csv", bad.content)
    let before = work.contents
    let run = try Command(
      ["convert", data, "--recipe", recipe, "-o", work.path("out.npy"), "--quiet"] + bad.arguments
    )
    #expect(run.exitCode == bad.code && run.output.isEmpty)
    let expected = bad.message.replacing("DATA", with: data).replacing("RECIPE", with: recipe)
    #expect(run.errors.split(separator: "\n").first.map(String.init) == "Error: \(expected)")
    #expect(work.contents == before)
  }

  @Test func whatIsNoRecipeIsSaid() throws {
    let work = try Workdir()
    let input = try work.file("in.csv", Self.csv)
    for (path, message) in [
      (input, "'\(input)' is not a recipe: it is no JSON"),
      (
        work.path("none.json"), "cannot open '\(work.path("none.json"))': No such file or directory"
      ),
    ] {
      let run = try Command("convert", input, "--recipe", path, "-o", work.path("out.npy"))
      #expect(run.exitCode == 1 && run.errors == "Error: \(message)\n")
      #expect(work.contents == ["in.csv"])
    }
  }

  @Test func aDryRunPrintsTheDecisionsAndWritesNothing() throws {
    let work = try Workdir()
    for command in ["convert", "train"] {
      let run = try Command(
        [command, Self.titanic, "--target", "Survived", "--dry-run", "--text", "Name=count"]
          + ["--save-recipe", work.path("r.json")]
      )
      #expect(run.exitCode == 0 && run.errors.isEmpty, "\(run.errors)")
      #expect(run.lines.contains("Sex: one-hot columns of 2 categories"))
      #expect(run.lines.contains("Name: counts of its words, the 1000 most frequent at most"))
      #expect(run.lines.last == "target Survived: 2 classes, 0 = 0, 1 = 1")
    }
    #expect(work.contents.isEmpty)
    let lines = try Command("train", Self.titanic, "--target", "Survived", "--dry-run", "--json")
    let decisions = try #require(try lines.json.first?["decisions"] as? [String])
    #expect(decisions.contains("Sex: one-hot columns of 2 categories"))
    let bad = try Command("convert", Self.titanic, "--target", "Survved", "--dry-run")
    #expect(bad.exitCode == 1 && bad.output.isEmpty)
    #expect(bad.errors == "Error: no column 'Survved'; did you mean 'Survived'?\n")
    #expect(try Command("convert", Self.titanic).exitCode == 64)
  }

  /// A dry run writes its plan; edited, it is what `--recipe` fits.
  @Test func aPlanIsWrittenEditedAndFitted() throws {
    let work = try Workdir()
    let plan = work.path("plan.json")
    let run = try Command("convert", Self.titanic, "--target", "Survived", "--dry-run", "-o", plan)
    #expect(run.exitCode == 0 && work.contents == ["plan.json"], "\(run.errors)")
    let out = ["-o", work.path("out.safetensors"), "--quiet"]
    let plain = try Command(["convert", Self.titanic, "--target", "Survived"] + out)
    #expect(plain.exitCode == 0, "\(plain.errors)")
    let automatic = try matrix(work.path("out.safetensors"))
    let planned = try Command(["convert", Self.titanic, "--recipe", plan] + out)
    #expect(planned.exitCode == 0, "\(planned.errors)")
    let same = try matrix(work.path("out.safetensors"))
    #expect(same.features == automatic.features && same.labels == automatic.labels)

    let text = try String(contentsOfFile: plan, encoding: .utf8)
    let edited = text.replacing(#""standardize""#, with: #""maxabs""#)
    #expect(edited != text)
    try edited.write(toFile: plan, atomically: true, encoding: .utf8)
    let saved = ["--save-recipe", work.path("fitted.json"), "--split", "train=0.7,test=0.3"]
    let scaled = try Command(["convert", Self.titanic, "--recipe", plan] + out + saved)
    #expect(scaled.exitCode == 0, "\(scaled.errors)")
    #expect(try matrix(work.path("out-train.safetensors")).features.scalars.max() == 1)
    let fitted = try String(contentsOfFile: work.path("fitted.json"), encoding: .utf8)
    #expect(fitted.contains(#""maxabs""#) && !fitted.contains(#""standardize""#))

    let wrong = try Command(["convert", Self.titanic, "--recipe", plan, "--target", "Fare"] + out)
    #expect(wrong.exitCode == 1)
    #expect(wrong.errors == "Error: '\(plan)' plans for the target 'Survived', not for 'Fare'\n")
    try text.replacing("impute", with: "inpute")
      .write(toFile: plan, atomically: true, encoding: .utf8)
    let slip = try Command(["convert", Self.titanic, "--recipe", plan] + out)
    #expect(slip.exitCode == 1)
    #expect(slip.errors.contains("it has the unknown step 'inpute'; did you mean 'impute'?"))
  }

  @Test func wordsBecomeFeatures() throws {
    let work = try Workdir()
    let input = try work.file("in.csv", "t,x\nred red fox,1.5\nthe fox,2.5\nthe dog,3.5\n")
    let out = work.path("out.csv")
    func run(_ text: String) throws -> [String] {
      let run = try Command(
        ["convert", input, "--text", text, "--scale", "none", "-o", out, "--quiet"]
      )
      #expect(run.exitCode == 0, "\(run.errors)")
      return try String(contentsOfFile: out, encoding: .utf8).split(separator: "\n").map(
        String.init
      )
    }
    #expect(
      try run("t=count") == [
        "x,t_dog,t_fox,t_red,t_the", "1.5,0.0,1.0,2.0,0.0", "2.5,0.0,1.0,0.0,1.0",
        "3.5,1.0,0.0,0.0,1.0",
      ]
    )
    #expect(try run("t=count=2")[0] == "x,t_fox,t_red")
    let weighed = try run("t=tfidf")
    #expect(weighed[0] == "x,t_dog,t_fox,t_red,t_the")
    // scikit-learn 1.9.1: TfidfVectorizer().fit_transform(texts)[1]
    let second = weighed[2].split(separator: ",").compactMap { Double($0) }
    #expect(zip(second, [2.5, 0, 0.70710678, 0, 0.70710678]).allSatisfy { abs($0 - $1) < 1e-6 })
    for (text, message) in [
      ("t=bm25", "--text t=bm25: expected count, tfidf, count=N or tfidf=N"),
      ("t=count=0", "--text t=count=0: expected count, tfidf, count=N or tfidf=N"),
      ("t", "--text takes col=value, separated by commas; found 't'"),
    ] {
      let bad = try Command("convert", input, "--text", text, "-o", work.path("bad.npy"))
      #expect(bad.exitCode == 64 && bad.errors.hasPrefix("Error: \(message)\n"), "\(bad.errors)")
    }
    let number = try Command("convert", input, "--text", "x=count", "-o", work.path("bad.npy"))
    #expect(number.errors.contains("x: left out, a float64 has no words to count\n"))
    let unknown = try Command("convert", input, "--text", "u=count", "-o", work.path("bad.npy"))
    #expect(unknown.exitCode == 1 && unknown.errors.hasPrefix("Error: no column 'u'"))
    #expect(work.contents == ["in.csv", "out.csv"])
  }
}
