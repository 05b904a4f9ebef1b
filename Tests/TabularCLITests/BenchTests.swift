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

  @Test func checksAndTimesTraining() throws {
    let small = ["bench", "train", "--rows", "1000", "--batch-size", "32,64", "--runs", "1"]
    let lines = try Command(small + ["--json"]).json
    #expect(
      lines.map { $0["case"] as? String } == [
        "batch 32, 1 device", "batch 32, 2 devices", "batch 64, 1 device", "batch 64, 2 devices",
      ]
    )
    // Whole epochs that make 200 steps.
    for (line, samples) in zip(lines, [7_000.0, 7_000, 13_000, 13_000]) {
      #expect(line["subject"] as? String == "train")
      let seconds = try #require(line["seconds"] as? Double)
      #expect(line["samples_per_s"] as? Double == (samples / seconds).rounded())
    }
    let missing = try Command(small + ["--against", "torch", "--python", "/bin/false"])
    #expect(missing.lines.count == 4)
    #expect(missing.errors == "/bin/false has no torch; left out\n")
    let refused = [
      (["--against", "keras"], "--against takes torch, jax"),
      (
        ["--batch-size", "64,many"], "--batch-size takes numbers from 1 to 100000, found '64,many'"
      ),
      (["--devices", "0"], "--devices takes numbers from 1 to 64, found '0'"),
    ]
    for (arguments, message) in refused {
      let run = try Command(["bench", "train"] + arguments)
      #expect(run.exitCode == 64)
      #expect(run.errors.contains(message))
    }
  }
}
