import Foundation
import Testing

@Suite struct TuneRefusalTests {
  private let folder: Workdir
  private let data: String
  private let study: String

  init() throws {
    folder = try Workdir()
    data = packaged("datasets/titanic-synthetic.csv")
    study = folder.path("study")
  }

  private func tune(_ space: String, _ more: [String]) throws -> Command {
    let path = try folder.file("space.json", space)
    return try Command(
      ["tune", data, "--space", path, "--epochs", "1", "--trials", "2", "--study", study] + more
    )
  }

  @Test(
    arguments: [
      (
        ["--epohcs", "3"], 64,
        "neither tune nor train has an option '--epohcs'; did you mean 'epochs'?"
      ),
      (
        ["--parallell", "3"], 64,
        "neither tune nor train has an option '--parallell'; did you mean 'parallel'?"
      ),
      (["--hidden", "x"], 64, "--hidden takes widths such as 128,64, or none; found 'x'"),
      (
        ["--checkpoint", "x"], 64,
        "--checkpoint is of a single training: give it to the command that the end prints"
      ),
      (
        ["--parallel", "2", "--lag", "1"], 64,
        "--lag takes at least --parallel, which is 2, found 1"
      ),
      (["--save", "x"], 64, "--save keeps what --refit trains: give both"),
      (["--target", "Survive"], 1, "no column 'Survive'; did you mean 'Survived'?"),
      (
        ["--target", "Survived", "--metric", "valid_los"], 1,
        "the trials print no metric 'valid_los'; did you mean 'valid_loss'?"
      ),
      (
        ["--target", "Survived", "--resume"], 1,
        "there is no study 'STUDY' to resume: begin it without resuming"
      ),
      (
        ["--target", "Survived", "--report", "no/such/study.html"], 1,
        "'no/such/study.html' cannot be written: there is no folder 'no/such'"
      ),
      (
        ["--target", "Survived", "--report", "/"], 1, "'/' cannot be written: it is a folder"
      ),
      ([], 1, "--target is missing: the column to learn"),
    ] as [([String], Int32, String)]
  ) func options(arguments: [String], code: Int32, message: String) throws {
    let run = try tune(#"{"lr": {"log": [1e-3, 1e-1]}}"#, arguments)
    #expect(run.exitCode == code)
    let lines = run.errors.split(separator: "\n").filter { $0.hasPrefix("Error: ") }
    #expect(lines == ["Error: \(message.replacing("STUDY", with: study))"], "\(run.errors)")
    #expect(run.output.isEmpty)
    #expect(!folder.contents.contains("study"), "nothing is left that would have to be resumed")
  }

  @Test(
    arguments: [
      (
        #"{"lrr": {"log": [1e-3, 1e-1]}}"#,
        "'SPACE': 'lrr' is no option of train that can be searched; did you mean 'lr'?"
      ),
      (
        #"{"save": {"choice": ["a", "b"]}}"#,
        "'SPACE': 'save' is no option of train that can be searched; did you mean 'scale'?"
      ),
      (
        #"{"hidden": {"choice": ["64", "x"]}}"#,
        "'SPACE': train does not take --hidden=x: --hidden takes widths such as 128,64, or none; found 'x'"
      ),
      (
        #"{"dropout": {"uniform": [0, 1.5]}}"#,
        "'SPACE': train does not take --dropout=1.5: --dropout takes 0 or a probability below 1, found 1.5"
      ),
      (
        #"{"batch_size": {"int": [1, 2]}, "batch-size": {"int": [1, 2]}}"#,
        "'SPACE': two names stand for the option --batch-size: choose one"
      ),
      (#"{"epochs": {"int": [1, 2]}}"#, "--epochs is given, and searched in 'SPACE': choose one"),
      (#"{"lr": {"log": [0, 1]}}"#, "'SPACE'"),
      (#"{"lr": {"log": [1, 2]"#, "'SPACE'"),
    ]
  ) func spaces(space: String, message: String) throws {
    let run = try tune(space, ["--target", "Survived"])
    #expect(run.exitCode == 1)
    let expected = "Error: \(message.replacing("SPACE", with: folder.path("space.json")))"
    #expect(run.errors.hasPrefix(expected), "\(run.errors)")
    #expect(run.errors.split(separator: "\n").count == 1)
    #expect(!folder.contents.contains("study"))
  }

  @Test func twoWriters() throws {
    let space = try folder.file("a.json", #"{"lr": {"log": [1e-3, 1e-1]}}"#)
    let process = Process()
    process.executableURL = Command.executable
    process.arguments = [
      "tune", data, "--space", space, "--target", "Survived", "--trials", "500", "--study", study,
    ]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    defer { kill(process.processIdentifier, SIGKILL) }
    while !folder.contents.contains("study") {
      #expect(process.isRunning)
      usleep(20_000)
    }
    usleep(50_000)
    let run = try tune(#"{"lr": {"log": [1e-3, 1e-1]}}"#, ["--target", "Survived", "--resume"])
    #expect(run.exitCode == 1)
    #expect(
      run.errors.contains(
        "is being written by process \(process.processIdentifier): wait for its end"
      )
    )
  }

  @Test func anotherSpaceOnResume() throws {
    #expect(try tune(#"{"lr": {"log": [1e-3, 1e-1]}}"#, ["--target", "Survived"]).exitCode == 0)
    let before = try Data(contentsOf: URL(filePath: study))
    let run = try tune(#"{"lr": {"log": [1e-4, 1e-1]}}"#, ["--target", "Survived", "--resume"])
    #expect(run.exitCode == 1)
    #expect(
      run.errors.contains("'lr' as log, 0.001 to 0.1, this one has 'lr' as log, 0.0001 to 0.1")
    )
    #expect(try Data(contentsOf: URL(filePath: study)) == before)
  }

  /// What was half written when the disk was full is cut off when the study is resumed.
  @Test func aFullDisk() throws {
    let space = try folder.file("a.json", #"{"lr": {"log": [1e-3, 1e-1]}}"#)
    let line =
      "$TABULAR tune '\(data)' --target Survived --epochs 1 --trials 9 --space '\(space)' --study '\(study)'"
    let run = try Command(shell: "trap '' XFSZ; ulimit -f 6; \(line)")
    #expect(run.exitCode == 1)
    #expect(run.errors.contains("Error: cannot write '\(study)': File too large"), "\(run.errors)")
    let resumed = try Command(shell: "\(line) --resume")
    #expect(resumed.exitCode == 0, "\(resumed.errors)")
    #expect(resumed.errors.contains("the last line was cut off after"))
  }
}
