import Foundation
import Testing

@Suite(.enabled(if: hasShared, "../shared is missing"))
struct TrainTests {
  private static func train(_ arguments: String...) throws -> (last: [String: Any], hash: String) {
    let run = try Command(["train"] + arguments + ["--json", "--quiet"])
    #expect(run.exitCode == 0, "\(run.errors)")
    let last = try #require(try run.json.last)
    return (last, try #require(last["weights_sha256"] as? String))
  }

  @Test func reachesItsAccuracyWithTheSameWeightsOnAnyDevices() throws {
    var sum = 0.0
    for seed in 1...20 {
      let base = [realTitanic, "--target", "Survived", "--epochs", "30", "--valid", "0.2"]
      let seeded = ["train"] + base + ["--seed", "\(seed)", "--json", "--quiet", "--devices"]
      let two = try #require(try Command(seeded + ["2"]).json.last)
      let one = try #require(try Command(seeded + ["1"]).json.last)
      #expect(two["weights_sha256"] as? String == one["weights_sha256"] as? String, "seed \(seed)")
      sum += try #require(two["valid_accuracy"] as? Double)
    }
    #expect(sum / 20 >= 0.79, "mean validation accuracy \(sum / 20)")
  }

  @Test func workersAndShardsOfOneDeviceChangeNothing() throws {
    let base = [realTitanic, "--target", "Survived", "--epochs", "3", "--batch-size", "256"]
    func hash(_ more: String...) throws -> String {
      let run = try Command(["train"] + base + more + ["--json", "--quiet"])
      return try #require(try run.json.last?["weights_sha256"] as? String, "\(run.errors)")
    }
    let reference = try hash("--devices", "1")
    #expect(try hash("--devices", "2", "--workers", "2") == reference)
    #expect(try hash("--devices", "3", "--workers", "1", "--prefetch", "5") == reference)
    #expect(try hash("--devices", "8", "--shards", "8") == reference)
    #expect(try hash("--shards", "1") != reference)
    #expect(try hash("--seed", "1") != reference)
  }

  @Test func printsALineAnEpoch() throws {
    let run = try Command(
      "train",
      realTitanic,
      "--target",
      "Survived",
      "--epochs",
      "3",
      "--json",
      "--quiet"
    )
    let lines = try run.json
    #expect(lines.count == 4 && run.errors.isEmpty)
    for (i, line) in lines.dropLast().enumerated() {
      #expect(line["epoch"] as? Int == i)
      for key in [
        "train_loss", "valid_loss", "valid_accuracy", "samples_per_second", "loader_wait_fraction",
      ] {
        #expect(line[key] is NSNumber, "\(key)")
      }
    }
    #expect(lines[3]["done"] as? Bool == true)
    let text = try Command("train", realTitanic, "--target", "Survived", "--epochs", "2")
    #expect(text.lines.count == 8)
    #expect(text.lines[0] == "epoch  train loss  valid loss  accuracy   roc auc     rows/s  waited")
    #expect(text.lines[3].split(separator: " ").prefix(2) == ["rows", "accuracy"])
    for (line, name) in zip(
      text.lines[4...],
      ["validation ", "majority class ", "logistic regression ", "weights_sha256 "]
    ) {
      #expect(line.hasPrefix(name), "\(line)")
    }
  }

  @Test func readsWhatConvertWrote() throws {
    let work = try Workdir()
    let tensors = work.path("t.safetensors")
    _ = try Command("convert", realTitanic, "--target", "Survived", "-o", tensors, "--quiet")
    let run = try Command(
      "train",
      tensors,
      "--devices",
      "2",
      "--json",
      "--save",
      work.path("m.safetensors")
    )
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(try #require(try run.json.last?["valid_accuracy"] as? Double) > 0.75)
    #expect(run.errors.contains("fitted on all of its rows"))
    // The recipe came along, so the model predicts from a table.
    let predicted = try Command("predict", realTitanic, "--model", work.path("m.safetensors"))
    #expect(predicted.exitCode == 0 && predicted.lines.count == 892)
  }

  @Test func classifiesTextAndRegressesNumbers() throws {
    let iris = packaged("datasets/iris.csv")
    let classes = try #require(
      try Command("train", iris, "--target", "species", "--json", "--quiet").json.last
    )
    #expect(try #require(classes["valid_accuracy"] as? Double) >= 0.85)
    let numbers = try #require(
      try Command("train", iris, "--target", "petal_width", "--json", "--quiet").json.last
    )
    let rmse = try #require(numbers["valid_rmse"] as? Double)
    #expect(try rmse < #require(numbers["mean_rmse"] as? Double) / 2)
  }

  @Test func listsCandidatesWithoutATarget() throws {
    let run = try Command("train", realTitanic)
    #expect(run.exitCode == 1)
    #expect(
      run.errors.hasPrefix(
        "Error: name the column to learn with --target; candidates are: Survived"
      )
    )
  }
}
