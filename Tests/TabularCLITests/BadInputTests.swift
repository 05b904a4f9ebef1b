import Foundation
import Testing

/// One clear line on standard error, exit code 1, and nothing left behind.
struct BadInputTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let content: String?
    let arguments: [String]
    let message: String
    var testDescription: String { name }
  }

  static let cases = [
    Case(
      name: "missing file",
      content: nil,
      arguments: [],
      message: "cannot open 'IN': No such file or directory"
    ),
    Case(
      name: "empty file",
      content: "",
      arguments: [],
      message: "IN, line 1, byte 0: expected a header, found an empty file"
    ),
    Case(
      name: "header alone",
      content: "a,y\n",
      arguments: [],
      message: "there are no rows, only a header"
    ),
    Case(
      name: "bad row",
      content: "a,y\n1,0\n2,1,5\n",
      arguments: [],
      message: "IN, line 3, byte 8: expected 2 cells, found 3"
    ),
    Case(
      name: "unclosed quote",
      content: "a,y\n1,\"0\n2,1\n",
      arguments: [],
      message: "IN, line 2, byte 6: expected a closing quote, found the end of the input"
    ),
    Case(
      name: "unknown target",
      content: "a,yy\n1,0\n2,1\n",
      arguments: [],
      message: "no column 'y'; did you mean 'yy'?"
    ),
    Case(
      name: "unknown column",
      content: "alpha,y\n1,0\n2,1\n",
      arguments: ["--drop", "alfa"],
      message: "no column 'alfa'; did you mean 'alpha'?"
    ),
    Case(
      name: "text given as a number",
      content: "a,y\n1,0\nx,1\n",
      arguments: ["--types", "a=float64"],
      message: "IN, line 3, byte 8, column 'a': expected float64, found 'x'"
    ),
    Case(
      name: "null target",
      content: "a,y\n1,0\n2,\n3,1\n",
      arguments: [],
      message:
        "the target 'y' is null in 1 of 3 rows, first in row 1; drop them with --drop-null-targets (dropNullTargets)"
    ),
    Case(
      name: "one class",
      content: "a,y\n1.5,0\n2.5,0\n",
      arguments: [],
      message: "the target 'y' has one value only, '0': nothing to learn"
    ),
    Case(
      name: "infinity",
      content: "a,y\n1.5,0\ninf,1\n2.5,0\n",
      arguments: [],
      message: "column 'a' holds inf in row 1; replace or drop it"
    ),
    Case(
      name: "nothing left",
      content: "a,y\n5,0\n5,1\n",
      arguments: [],
      message: "no column is left to make features of"
    ),
    Case(
      name: "folder",
      content: nil,
      arguments: ["FOLDER"],
      message: "cannot open 'IN': it is a folder"
    ),
  ]

  @Test(arguments: cases)
  func convertSaysOneLine(bad: Case) throws {
    let work = try Workdir()
    let input = work.path("in.csv")
    var arguments = bad.arguments
    if arguments == ["FOLDER"] {
      arguments = []
      try FileManager.default.createDirectory(atPath: input, withIntermediateDirectories: true)
    } else if let content = bad.content {
      _ = try work.file("in.csv", content)
    }
    let before = work.contents
    let run = try Command(
      ["convert", input, "--target", "y", "-o", work.path("out.safetensors"), "--quiet"] + arguments
    )
    #expect(run.exitCode == 1 && run.output.isEmpty)
    #expect(run.errors == "Error: \(bad.message.replacing("IN", with: input))\n")
    #expect(work.contents == before)
  }

  @Test func wrongUsageIs64() throws {
    for arguments in [
      ["convert", "x.csv", "-o", "x.xyz"], ["cat", "x.csv", "--types", "a=integer"], ["frobnicate"],
      ["train", "x.csv", "--epochs", "0"], ["train", "x.csv", "--hidden", "a"],
      ["train", "x.csv", "--shards", "3"], ["cat", "x.csv", "--bad-rows", "ignore"],
    ] {
      let run = try Command(arguments)
      #expect(run.exitCode == 64, "\(arguments) \(run.errors)")
    }
  }

  @Test func anUnwritableOutputIsOneLine() throws {
    let work = try Workdir()
    let run = try Command(
      "convert",
      packaged("datasets/iris.csv"),
      "--target",
      "species",
      "--quiet",
      "-o",
      work.path("no/such/folder/out.npy")
    )
    #expect(run.exitCode == 1 && run.errors.split(separator: "\n").count == 1)
    #expect(run.errors.contains("No such file or directory"))
  }
}
