import Foundation
import Testing

/// What `train` is told of the model, of learning and of the rows to compare with.
struct TrainOptionsTests {
  /// Two classes that a line parts, one of them rare, and a category that tells them too.
  private static func table(_ rows: Int = 240) -> String {
    "x,city,y,size\n"
      + (0..<rows).map { i in
        let x = i * 37 % rows
        return "\(x).5,c\(x * 4 / rows)_\(i % 9),\(x * 5 < rows ? "yes" : "no"),\(x / 3).25"
      }.joined(separator: "\n") + "\n"
  }

  private func train(_ work: Workdir, _ arguments: String...) throws -> Command {
    let input = try work.file("in.csv", Self.table())
    return try Command(["train", input, "--json", "--epochs", "3"] + arguments)
  }

  private func last(_ run: Command) throws -> [String: Any] {
    #expect(run.exitCode == 0, "\(run.errors)")
    return try #require(try run.json.last)
  }

  /// Each option changes what is trained, and no device count does.
  @Test(arguments: [
    ["--hidden", "16,16"], ["--activation", "gelu"], ["--activation", "silu"],
    ["--activation", "tanh"], ["--normalization", "batch"], ["--normalization", "layer"],
    ["--dropout", "0.2"], ["--class-weight", "balanced"], ["--loss", "cross-entropy"],
    ["--optimizer", "adagrad"], ["--optimizer", "adamw", "--weight-decay", "0.1"],
    ["--schedule", "cosine"], ["--schedule", "step"], ["--schedule", "onecycle"],
    ["--warmup", "4"], ["--accumulate", "2"], ["--clip-norm", "0.1"], ["--encode", "city=ordinal"],
    ["--weight", "size"],
  ])
  func trainsAsTold(_ options: [String]) throws {
    let work = try Workdir()
    let input = try work.file("in.csv", Self.table())
    func hash(_ more: [String]) throws -> String {
      let base = ["train", input, "--target", "y", "--json", "--epochs", "2", "--batch-size", "64"]
      return try #require(try last(try Command(base + more))["weights_sha256"] as? String)
    }
    let told = try hash(options)
    #expect(try told != hash([]))
    #expect(try told == hash(options + ["--devices", "2", "--workers", "1"]))
    let layers = ["--devices", "2", "--strategy", "model-parallel"]
    #expect(try told == hash(options + layers))
  }

  /// The column of weights is no feature, and rows that weigh nothing teach nothing.
  @Test func weighsRows() throws {
    let work = try Workdir()
    let lines = (0..<200).map { i in
      "\(i % 40).5,\(i % 2 == 0 ? i % 40 >= 20 : i % 40 < 20),\((i + 1) % 2)"
    }
    let input = try work.file("in.csv", "x,y,w\n" + lines.joined(separator: "\n") + "\n")
    let base = ["train", input, "--target", "y", "--json", "--epochs", "30", "--lr", "0.05"]
    // Every second row says the opposite of the others.
    let weighted = try Command(
      base + ["--weight", "w", "--valid", "0.5", "--save", work.path("m")]
    )
    let plain = try Command(base + ["--drop", "w", "--valid", "0.5"])
    #expect(weighted.errors.contains(", 1 features, "), "\(weighted.errors)")
    let (left, right) = (try last(weighted), try last(plain))
    let rows = [
      try work.file(
        "even.csv",
        "x,y\n"
          + stride(from: 0, to: 200, by: 2).map {
            lines[$0].split(separator: ",").prefix(2).joined(separator: ",")
          }.joined(separator: "\n") + "\n"
      )
    ]
    let scores = try Command(["evaluate", "--model", work.path("m"), "--json"] + rows)
    let accuracy = try #require(try scores.json.last?["accuracy"] as? Double, "\(scores.errors)")
    #expect(accuracy > 0.9)
    #expect(left["weights_sha256"] as? String != right["weights_sha256"] as? String)
    let folds = try Command(base + ["--weight", "w", "--folds", "2"])
    #expect(folds.exitCode == 0, "\(folds.errors)")
  }

  @Test(arguments: [
    ("y", "--weight and --target both name the column 'y'"),
    ("city", "column 'city' is of type string, expected numbers to weigh rows by"),
    ("siz", "no column 'siz'; did you mean 'size'?"),
    ("minus", "column 'minus': row 1 has the weight -1.0, expected 0 or more"),
    ("gaps", "column 'gaps': row 2 has no weight, expected 0 or more"),
    ("nothing", "column 'nothing': no row has a weight above 0"),
  ])
  func refusesWeights(_ column: String, _ message: String) throws {
    let work = try Workdir()
    let lines = (0..<40).map { i in
      "\(i),c\(i % 3),\(i % 2),1.5,\(i == 1 ? -1 : 1),\(i == 2 ? "" : "1"),0"
    }
    let header = "x,city,y,size,minus,gaps,nothing\n"
    let input = try work.file("in.csv", header + lines.joined(separator: "\n") + "\n")
    let run = try Command("train", input, "--target", "y", "--weight", column, "--epochs", "1")
    #expect(run.exitCode == 1)
    #expect(run.errors.contains(message), "\(run.errors)")
  }

  @Test func embedsTextOfManyCategories() throws {
    let work = try Workdir()
    let input = try work.file("in.csv", Self.table())
    let trained = try Command("train", input, "--target", "y", "--epochs", "1")
    #expect(trained.errors.contains("city: an embedding of 36 categories"), "\(trained.errors)")
  }

  @Test func balancedClassesFindTheRareOne() throws {
    let work = try Workdir()
    let arguments = ["--target", "y", "--features", "x", "--hidden", "none", "--lr", "0.05"]
    let input = try work.file("in.csv", Self.table())
    func recall(_ more: String...) throws -> Double {
      let run = try Command(["train", input, "--json", "--epochs", "4"] + arguments + more)
      return try #require(try last(run)["valid_recall"] as? Double)
    }
    #expect(try recall("--class-weight", "balanced") > recall())
    // Whoever takes more rows for the second class finds more of it.
    #expect(try recall("--threshold", "0.05") > recall("--threshold", "0.95"))
  }

  @Test func testRowsAreScoredOnce() throws {
    let work = try Workdir()
    let run = try train(work, "--target", "y", "--test", "0.25", "--valid", "0.25")
    #expect(run.errors.contains("120 training rows, 60 validation rows, 60 test rows, "))
    let end = try last(run)
    #expect(end["test_accuracy"] is Double && end["test_accuracy_low"] is Double)
    #expect(try run.json.dropLast().allSatisfy { $0["test_loss"] == nil })
    // Without validation rows too, of tensors too.
    let alone = try train(work, "--target", "y", "--test", "0.25", "--valid", "0")
    #expect(try last(alone)["test_accuracy"] is Double)
    let tensors = work.path("t.safetensors")
    _ = try Command("convert", work.path("in.csv"), "--target", "y", "-o", tensors, "--quiet")
    let converted = try Command("train", tensors, "--test", "0.25", "--json", "--epochs", "1")
    #expect(converted.errors.contains("132 training rows, 48 validation rows, 60 test rows, "))
    #expect(try last(converted)["test_loss"] is Double)
  }

  @Test func foldsScoreEveryRowOnce() throws {
    let work = try Workdir()
    let run = try train(work, "--target", "y", "--folds", "4")
    let end = try last(run)
    let folds = try run.json.dropLast()
    #expect(folds.count == 4 && end["folds"] as? Int == 4)
    let losses = folds.compactMap { $0["valid_loss"] as? Double }
    let mean = try #require(end["valid_loss"] as? Double)
    #expect(abs(losses.reduce(0, +) / 4 - mean) < 1e-12)
    #expect(end["valid_roc_auc_deviation"] is Double && end["regression_loss"] is Double)
    let text = try Command("train", work.path("in.csv"), "--target", "size", "--folds", "3")
    #expect(
      text.lines.map { $0.prefix { $0 != " " } }
        == ["", "fold", "fold", "fold", "mean", "deviation", "linear", "mean"]
    )
    #expect(text.lines[1...3].allSatisfy { $0.split(separator: " ")[2] == "80" })
  }

  @Test func theWorstRowsHaveFileAndLine() throws {
    let work = try Workdir()
    // A comment, a blank line and a cell of two lines stand before the row that is wrong.
    var lines = ["# notes", "x,note,y"]
    lines += (0..<60).map { "\($0),a,\($0 < 30 ? 0 : 1)" }
    lines += ["", "7,\"two", "lines\",0", "3,a,1"]
    let input = try work.file("in.csv", lines.joined(separator: "\n") + "\n")
    let run = try Command([
      "train", input, "--target", "y", "--features", "x", "--valid-input", input, "--comment", "#",
      "--epochs", "40", "--worst", "2", work.path("worst.csv"),
    ])
    #expect(run.exitCode == 0, "\(run.errors)")
    let worst = try Command("cat", work.path("worst.csv")).lines
    #expect(worst.count == 3)
    #expect(worst[0] == "loss,prediction,file,row,line,x,note,y")
    let cells = worst[1].split(separator: ",")
    #expect(cells[1] == "0" && cells[3] == "61" && cells[4] == "66", "\(worst[1])")
    #expect(cells.suffix(3) == ["3", "a", "1"])
  }

  static let bad: [(arguments: [String], message: String, code: Int32)] = [
    (["--dropout", "1"], "--dropout takes 0 or a probability below 1, found 1.0", 64),
    (["--threshold", "0"], "--threshold takes a probability above 0 and below 1, found 0.0", 64),
    (["--clip-norm", "0"], "--clip-norm takes a number above 0, found 0.0", 64),
    (["--accumulate", "0"], "--accumulate takes a number above 0, found 0", 64),
    (["--early-stop", "0"], "--early-stop takes a number above 0, found 0", 64),
    (
      ["--early-stop", "2", "--valid", "0"],
      "--early-stop looks at validation rows, of which --valid 0 has none", 64
    ),
    (["--test", "0.5", "--valid", "0.5"], "--valid 0.5 and --test 0.5 leave no row", 64),
    (["--momentum", "0.9"], "--momentum is for --optimizer sgd, and adam has its own", 64),
    (["--save", "no/such/m"], "'no/such/m' cannot be written: there is no folder 'no/such'", 1),
    (["--report", "/nowhere/r.html"], "there is no folder '/nowhere'", 1),
    (["--worst", "3", "nowhere/w.csv"], "there is no folder 'nowhere'", 1),
    (
      ["--target", "size", "--threshold", "0.3"],
      "--threshold is for two classes, and the target is a number", 1
    ),
    (["--folds", "1"], "--folds takes 2 or more, found 1", 64),
    (["--folds", "3", "--save", "m"], "leaves no model: --save does not go with it", 64),
    (["--folds", "3", "--test", "0.1"], "--valid-input and --test do not go with it", 64),
    (["--resume"], "--resume needs the folder of --checkpoint", 64),
    (["--worst", "x"], "--worst takes a number of rows and a file, such as", 64),
    (["--loss", "mse"], "--loss mse learns numbers, and the target is of 2 classes", 1),
    (
      ["--target", "size", "--class-weight", "balanced"],
      "--class-weight weighs classes, and the target is a number", 1
    ),
    (
      ["--target", "size", "--loss", "bce"],
      "--loss bce learns classes, and the target is a number", 1
    ),
    (["--target", "city", "--keep", "city", "--loss", "bce"], "learns two classes, and the", 1),
  ]

  @Test(arguments: bad.indices)
  func refuses(_ number: Int) throws {
    let (arguments, message, code) = Self.bad[number]
    let work = try Workdir()
    let input = try work.file("in.csv", Self.table())
    let target = arguments.contains("--target") ? [] : ["--target", "y"]
    let run = try Command(["train", input, "--epochs", "1"] + target + arguments)
    #expect(run.exitCode == code, "\(run.errors)")
    #expect(run.errors.contains(message), "\(run.errors)")
  }
}
