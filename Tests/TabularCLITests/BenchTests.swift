import Foundation
import Testing

struct BenchTests {
  @Test func readsAFileAndSaysHowFast() throws {
    let folder = try Workdir()
    let file = try folder.file("two.csv", "a,b\n1,x\n2,y\n")
    let line = try #require(try Command("bench", "csv", file, "--runs", "2", "--json").json.first)
    #expect(line["subject"] as? String == "csv")
    #expect(line["case"] as? String == "two.csv")
    let seconds = try #require(line["seconds"] as? Double)
    #expect(seconds > 0)
    #expect(line["rows_per_s"] as? Double == (2 / seconds).rounded())
    #expect(line["peak_mb"] as? Int ?? 0 > 0)
    #expect(line["peer"] == nil)
  }

  @Test func timesAPeerInTurn() throws {
    let folder = try Workdir()
    let file = try folder.file("two.csv", "a,b\n1,x\n2,y\n")
    // A Python without the peer: it is left out, and said.
    let run = try Command(
      "bench",
      "csv",
      file,
      "--against",
      "polars",
      "--python",
      "/bin/false",
      "--runs",
      "1"
    )
    #expect(run.exitCode == 0)
    #expect(run.lines.count == 1)
    #expect(run.errors == "/bin/false has no polars; left out\n")
  }

  @Test func refusesWhatItCannotDo() throws {
    let unknown = try Command("bench", "csv", "x.csv", "--against", "excel")
    #expect(unknown.exitCode == 64)
    #expect(unknown.errors.contains("--against takes polars, polars-dates"))
    let missing = try Command("bench", "csv", "is-not-there.csv")
    #expect(missing.exitCode == 1)
    #expect(missing.errors.contains("is-not-there.csv"))
    #expect(try Command("bench", "csv").exitCode == 64)
  }
}
