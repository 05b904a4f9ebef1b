import Foundation
import Testing

struct TrainReportTests {
  private static let csv =
    "x,city,y\n"
    + (0..<160).map { "\($0 * 37 % 101).5,c<\($0 % 3)>,\($0 * 7 % 2 == 0 ? "no & no" : "yes")" }
    .joined(separator: "\n") + "\n"

  @Test func writesOnePageOfTheRun() throws {
    let work = try Workdir()
    let input = try work.file("in.csv", Self.csv)
    let page = work.path("run.html")
    let run = try Command(
      "train",
      input,
      "--target",
      "y",
      "--test",
      "0.2",
      "--epochs",
      "4",
      "--report",
      page,
      "--json"
    )
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.errors.contains("the report is in \(page)"))
    let html = try String(contentsOfFile: page, encoding: .utf8)
    let hash = try #require(try run.json.last?["weights_sha256"] as? String)
    for text in [
      "<!doctype html>", "in.csv", "learning y", "logistic regression", "majority class",
      "model, test rows", "city: one-hot columns of 3 categories", "no &amp; no", "city_c&lt;0&gt;",
      hash,
    ] {
      #expect(html.lowercased().contains(text.lowercased()), "\(text)")
    }
    #expect(!html.contains("<script") && !html.contains("http://") && !html.contains("https://"))
    // A regression, without validation rows.
    let bare = try Command(
      "train",
      input,
      "--target",
      "x",
      "--valid",
      "0",
      "--epochs",
      "1",
      "--report",
      page
    )
    #expect(bare.exitCode == 0, "\(bare.errors)")
    let missing = work.path("no/such/folder.html")
    let refused = try Command("train", input, "--target", "y", "--epochs", "1", "--report", missing)
    #expect(refused.exitCode == 1 && refused.errors.contains("folder.html"))
  }

  @Test func batchSizesAreFoundInProcessesOfTheirOwn() throws {
    let work = try Workdir()
    let input = try work.file("in.csv", Self.csv)
    let base = ["train", input, "--target", "y", "--epochs", "2", "--batch-size", "auto", "--json"]
    let all = try Command(base)
    #expect(all.exitCode == 0, "\(all.errors)")
    #expect(all.errors.contains("--batch-size auto: 128 rows fit"), "\(all.errors)")
    let few = try Command(base + ["--device-memory", "40K", "--shards", "1"])
    #expect(few.exitCode == 0, "\(few.errors)")
    let found = few.errors.firstMatch(of: /--batch-size auto: (\d+) rows fit/)
    let rows = try #require(found.flatMap { Int($0.1) })
    #expect(rows < 128)
    // Told the size that was found, it trains alike.
    let told = try Command(
      "train",
      input,
      "--target",
      "y",
      "--epochs",
      "2",
      "--batch-size",
      "\(rows)",
      "--shards",
      "1",
      "--json"
    )
    #expect(
      try told.json.last?["weights_sha256"] as? String
        == few.json.last?["weights_sha256"] as? String
    )
    let none = try Command(base + ["--device-memory", "1K"])
    #expect(none.exitCode == 1)
    #expect(none.errors.contains("not even a batch of one row fits into memory"), "\(none.errors)")
    let small = try Command(base.dropLast(2) + ["64", "--device-memory", "1K"])
    #expect(small.exitCode == 1)
    #expect(small.errors.contains("cpu:0 is out of memory: "), "\(small.errors)")
  }
}
