import Foundation
import TabularPreprocessing
import TabularTensor
import Testing

/// Ids of embeddings: a tensor of their own in what `convert` writes, the same features to `train`.
struct ConvertEmbeddingTests {
  private static let cities = ["Bonn", "Oslo", "Rome", "", "Kyiv"]

  private static func csv(_ rows: Int = 120) -> String {
    "x,city,size,tag,y\n"
      + (0..<rows).map { i in
        "\(i * 37 % rows).5,\(cities[i % 5]),\(i % 11),t\(i % 3),\(i * 7 % 4 == 0 ? "yes" : "no")"
      }.joined(separator: "\n") + "\n"
  }

  private static let options = [
    "--target", "y", "--encode", "city=embedding,tag=embedding", "--scale", "none",
  ]

  private func convert(_ work: Workdir, _ output: String, _ more: [String] = []) throws -> Command {
    let input = try work.file("in.csv", Self.csv())
    return try Command(["convert", input, "-o", work.path(output)] + Self.options + more)
  }

  @Test func writesTheIdsBesideTheFeatures() throws {
    let work = try Workdir()
    let run = try convert(work, "out.safetensors")
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.errors.contains("features F32 [120, 2], categories I32 [120, 2], target [120]"))
    let file = try Safetensors(contentsOf: work.path("out.safetensors"))
    #expect(file.metadata["feature_names"] == "[\"x\", \"size\"]")
    #expect(file.metadata["category_names"] == "[\"city\", \"tag\"]")
    // Padding, null, one bucket; then the most frequent first, of equally frequent ones in order.
    #expect(file.metadata["cardinalities"] == "[7, 6]")
    let categories = try Tensor<Int32>(try #require(file.tensors["categories"]))
    let city = ["Bonn": 3, "Kyiv": 4, "Oslo": 5, "Rome": 6, "": 1] as [String: Int32]
    for row in 0..<120 {
      #expect(categories[row, 0] == city[Self.cities[row % 5]], "row \(row)")
      #expect(categories[row, 1] == 3 + Int32(row % 3), "row \(row)")
    }
    let features = try Tensor<Float>(try #require(file.tensors["features"]))
    #expect(features[1, 0] == 37.5 && features[1, 1] == 1)
  }

  /// Files and folders give `train` the features that the table gives it, in its order.
  @Test(arguments: ["out.safetensors", "out/"]) func trainsAsTheTableDoes(_ output: String) throws {
    let work = try Workdir()
    let run = try convert(work, output, output == "out/" ? ["--shard-rows", "50"] : [])
    #expect(run.exitCode == 0, "\(run.errors)")
    let path = output == "out/" ? work.path("out") : work.path(output)
    let learning = ["--epochs", "2", "--valid", "0", "--batch-size", "16", "--json"]
    let table = try Command(["train", work.path("in.csv")] + Self.options + learning)
    let tensors = try Command(["train", path] + learning)
    let hash = try #require(try table.json.last?["weights_sha256"] as? String, "\(table.errors)")
    #expect(try tensors.json.last?["weights_sha256"] as? String == hash, "\(tensors.errors)")
    let (matrix, recipe) = try FeatureMatrix<Float>.read(path)
    #expect(matrix.featureNames == recipe?.featureNames)
    #expect(matrix.featureNames == ["x", "size", "city", "tag"])
  }

  @Test func npzHoldsThemForOthers() throws {
    let work = try Workdir()
    let run = try convert(work, "out.npz")
    #expect(run.exitCode == 0, "\(run.errors)")
    let tensors = try NPZ.read(work.path("out.npz"))
    #expect(tensors["categories"]?.shape == [120, 2] && tensors["categories"]?.dtype == .int32)
    let trained = try Command("train", work.path("out.npz"), "--epochs", "1")
    #expect(trained.exitCode == 1)
    #expect(trained.errors.contains("no metadata that tells how many there are of each"))
  }

  @Test(arguments: ["out.npy", "out.csv", "out.arrow", "out.svm"])
  func refusesFormatsWithoutThem(_ output: String) throws {
    let work = try Workdir()
    let run = try convert(work, output)
    #expect(run.exitCode == 1 && work.contents == ["in.csv"])
    #expect(
      run.errors.contains(
        "the ids of embeddings (city, tag) are a tensor of their own, which .safetensors, .npz and "
          + "folders of shards hold; found .\(output.dropFirst(4))"
      ),
      "\(run.errors)"
    )
  }

  @Test func refusesTypesThatRoundIds() throws {
    let work = try Workdir()
    let lines = (0..<4_200).map { "\($0).5,c\($0 % 2_100),\($0 % 2)" }
    let input = try work.file("in.csv", "x,city,y\n" + lines.joined(separator: "\n") + "\n")
    let base = ["convert", input, "-o", work.path("x.safetensors"), "--target", "y"]
    let run = try Command(base + ["--encode", "city=embedding", "--dtype", "float16"])
    #expect(run.exitCode == 1)
    #expect(
      run.errors.contains("--dtype float16 makes ids up to 2048, and there are 2103 categories"),
      "\(run.errors)"
    )
  }

  @Test func refusesIdsOutsideTheirTables() throws {
    let work = try Workdir()
    _ = try convert(work, "out.safetensors")
    let path = work.path("out.safetensors")
    var file = try Safetensors(contentsOf: path, mapped: false)
    let ids = try Tensor<Int32>(try #require(file.tensors["categories"]))
    file.tensors["categories"] = AnyTensor(
      Tensor<Int32>(shape: ids.shape) { target in
        for (place, id) in ids.scalars.enumerated() { target[place] = place == 9 ? 6 : id }
      }
    )
    try file.write(to: path)
    let run = try Command("train", path, "--epochs", "1")
    #expect(run.exitCode == 1)
    #expect(
      run.errors.contains("row 4, category 'tag': 6, expected 0 to 5"),
      "\(run.errors)"
    )
  }
}
