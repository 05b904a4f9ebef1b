import Foundation
import Testing

struct CatTests {
  @Test func isCSVWhenPiped() throws {
    let run = try Command("cat", "-", input: "n,s\r\n1.50,\"a,b\"\r\n,\"\"\r\n")
    #expect(run.exitCode == 0 && run.errors.isEmpty)
    #expect(run.output == "n,s\n1.5,\"a,b\"\n,\"\"\n")
  }

  @Test func isJSONLinesOnRequest() throws {
    let run = try Command(
      "cat",
      "-",
      "--format",
      "jsonl",
      input: "n,s,d\n1,\"q\"\"\",2020-02-29\n,x,\n"
    )
    #expect(
      run.output
        == #"{"n":1,"s":"q\"","d":"2020-02-29"}"# + "\n" + #"{"n":null,"s":"x","d":null}"# + "\n"
    )
  }

  @Test func isAlignedTextOnRequestAndByEnding() throws {
    let work = try Workdir()
    let path = work.path("t.txt")
    #expect(try Command("cat", "-", "-o", path, input: "n,s\n1,ab\n20,\n").exitCode == 0)
    #expect(
      try String(contentsOfFile: path, encoding: .utf8)
        == """
            n  s
        int64  string
        0   1  ab
        1  20  null
        [2 rows x 2 columns]

        """.replacing("\n0   1", with: "\n0      1").replacing("\n1  20", with: "\n1     20")
        .replacing("    n  s", with: "       n  s").replacing("\nint64", with: "\n   int64")
    )
  }

  @Test func takesReadingOptions() throws {
    let run = try Command(
      "cat",
      "-",
      "--no-header",
      "--delimiter",
      ";",
      "--columns",
      "column_2,column_1",
      "--limit",
      "2",
      "--types",
      "column_1=string",
      "--null-values",
      "-9",
      input: "1;-9\n02;5\n3;6\n"
    )
    #expect(run.output == "column_2,column_1\n,1\n5,02\n", "\(run.errors)")
  }

  @Test func skipsOrCollectsBadRows() throws {
    let work = try Workdir()
    let text = "a,b\n1,2\n3\n4,5\n"
    let skipped = try Command("cat", "-", "--bad-rows", "skip", input: text)
    #expect(skipped.output == "a,b\n1,2\n4,5\n")
    #expect(
      skipped.errors.contains("left out 1 bad row; the first: standard input, line 3, byte 8")
    )
    let bad = work.path("bad.csv")
    let collected = try Command("cat", "-", "--bad-rows", "collect=\(bad)", input: text)
    #expect(collected.exitCode == 0)
    #expect(
      try String(contentsOfFile: bad, encoding: .utf8)
        == "line,byte_offset,column,expected,found,text\n3,8,,2 cells,1,3\n"
    )
  }

  @Test func selectsSortsAndSamples() throws {
    let text = "n,s\n3,a\n1,b\n,c\n2,a\n10,a\n"
    func cat(_ options: String...) throws -> String {
      try Command(["cat", "-"] + options, input: text).output
    }
    #expect(try cat("--where", "s == a", "--where", "n < 10", "--sort", "n") == "n,s\n2,a\n3,a\n")
    #expect(try cat("--sort", "s:desc", "--sort", "n") == "n,s\n,c\n1,b\n2,a\n3,a\n10,a\n")
    let sampled = try cat("--sample", "2", "--seed", "5")
    #expect(try sampled == cat("--sample", "2", "--seed", "5"))
    #expect(sampled.split(separator: "\n").count == 3)
    let wrong = try Command("cat", "-", "--where", "x > 1", input: text)
    #expect(wrong.exitCode == 1)
    #expect(
      wrong.errors
        == "Error: --where 'x > 1': expected COL OP VALUE with one of the columns n, s\n"
    )
  }

  /// As `tabular cat t.csv | head -1` ends it: quietly.
  @Test(arguments: ["cat --format text", "cat --format csv", "cat --format jsonl", "inspect"])
  func endsQuietlyWhenTheReaderLeaves(command: String) throws {
    let work = try Workdir()
    let rows = (0..<200_000).map { "\($0),some text" }.joined(separator: "\n")
    let path = try work.file("t.csv", "n,s\n" + rows)
    let run = try Command(
      shell: "trap '' PIPE; (sleep 0.1; $TABULAR \(command) \(path); echo $? >&2) | true"
    )
    #expect(run.errors == "141\n")
  }
}
