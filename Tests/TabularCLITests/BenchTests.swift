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

  @Test func checksAndTimesTheVerbsOfTables() throws {
    let lines = try Command("bench", "frame", "--rows", "2000", "--runs", "1", "--json").json
    #expect(
      lines.map { $0["case"] as? String } == [
        "group mean, 1,000 keys", "group mean, 100,000 keys", "sort by float", "filter half",
        "inner join 2000 x 50k",
      ]
    )
    #expect(lines.allSatisfy { $0["subject"] as? String == "frame" })
    #expect(lines.allSatisfy { $0["seconds"] as? Double ?? 0 > 0 })
  }

  @Test func checksAndTimesTheAutomaticRecipe() throws {
    let file = packaged("datasets/titanic-synthetic.csv")
    let run = try Command(
      "bench",
      "preprocess",
      file,
      "--target",
      "Survived",
      "--runs",
      "1",
      "--json"
    )
    let line = try #require(try run.json.first)
    #expect(line["subject"] as? String == "preprocess")
    #expect(line["case"] as? String == "titanic-synthetic.csv")
    #expect(line["seconds"] as? Double ?? 0 > 0)
    let unknown = try Command("bench", "preprocess", file, "--target", "Survivd")
    #expect(unknown.exitCode == 1)
    #expect(unknown.errors.contains("did you mean 'Survived'?"))
  }
}
