import Foundation
import TabularFrame
import TabularPreprocessing
import TabularTensor
import Testing

@testable import TabularLoading

struct ShardDatasetTests {
  /// A folder of shards that goes with the test.
  private final class Folder {
    let path = FileManager.default.temporaryDirectory.appending(path: "shards-\(UUID())").path
    let matrix: FeatureMatrix<Float>

    init(rows: Int, columns: Int = 3, shardRows: Int, classes: Int = 2) throws {
      var frame = DataFrame()
      for column in 0..<columns {
        frame["x\(column)"] = Column((0..<rows).map { Double($0) * 0.25 + Double(column) })
      }
      frame["y"] = Column((0..<rows).map { Int64($0 % classes) })
      let (recipe, matrix) = try Recipe.automatic(for: frame, target: "y").fitTransform(frame)
      self.matrix = matrix
      let writer = try ShardFolder<Float>(
        path: path,
        layout: FeatureLayout(recipe, hasTarget: true),
        rowCount: rows,
        shardRows: shardRows,
        key: "test",
        recipe: recipe.json()
      )
      try writer.append(matrix)
      try writer.commit()
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  @Test(arguments: [0, 2])
  func servesWhatTheMatrixOfTheFolderServes(workers: Int) throws {
    let folder = try Folder(rows: 1_003, shardRows: 100)
    let shards = try ShardDataset<Float>(folder.path)
    #expect(shards.count == 1_003)
    #expect(shards.featureNames == folder.matrix.featureNames)
    #expect(shards.classes == ["0", "1"])
    #expect(try shards.recipe().featureNames == shards.featureNames)
    let expected = try DataLoader(folder.matrix, batchSize: 64, shuffle: true, seed: 9)
    let loader = try DataLoader(shards, batchSize: 64, shuffle: true, seed: 9, workers: workers)
    var batches: [MatrixBatch] = []
    try expected.forEachBatch(epoch: 0) { batches.append($0) }
    try loader.forEachBatch(epoch: 0) { batch in
      #expect(batch.features == batches[batch.index].features)
      #expect(batch.target == batches[batch.index].target)
      #expect(batch.rowIDs == batches[batch.index].rowIDs)
    }
  }

  /// Ids of embeddings, which lie in a tensor of their own, come at their places.
  @Test(arguments: [0, 2]) func putsIdsAmongTheFeatures(workers: Int) throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "shards-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    var frame = DataFrame()
    frame["a"] = Column((0..<230).map { "a\($0 % 7)" })
    frame["x"] = Column((0..<230).map { Double($0) * 0.5 })
    frame["b"] = Column((0..<230).map { "b\($0 * 3 % 5)" })
    frame["y"] = Column((0..<230).map { Int64($0 % 2) })
    let plan = RecipePlan(
      features: ["a", "x", "b"],
      steps: [CategoryEncoder(columns: ["a", "b"])],
      target: "y"
    )
    let (recipe, matrix) = try plan.fitTransform(frame)
    #expect(recipe.categories.positions == [0, 2] && recipe.categories.cardinalities == [10, 8])
    let writer = try ShardFolder<Float>(
      path: path,
      layout: FeatureLayout(recipe, hasTarget: true),
      rowCount: 230,
      shardRows: 60,
      key: "test",
      recipe: recipe.json()
    )
    try writer.append(matrix)
    try writer.commit()
    let shards = try ShardDataset<Float>(path)
    #expect(shards.featureNames == ["a", "x", "b"])
    #expect(try FeatureMatrix<Float>.read(path).matrix.features == matrix.features)
    let expected = try DataLoader(matrix, batchSize: 32, shuffle: true, seed: 9)
    var batches: [MatrixBatch] = []
    try expected.forEachBatch(epoch: 0) { batches.append($0) }
    let loader = try DataLoader(shards, batchSize: 32, shuffle: true, seed: 9, workers: workers)
    try loader.forEachBatch(epoch: 0) { batch in
      #expect(batch.features == batches[batch.index].features)
      #expect(batch.target == batches[batch.index].target)
    }
  }

  /// Blocks that lie in several parts, in room for all, for a window, and for less than a batch needs.
  @Test(arguments: [0, 3], [256 << 20, 2_000, 1_000])
  func servesWindowsFromCopies(workers: Int, memory: Int) throws {
    let folder = try Folder(rows: 1_003, shardRows: 100)
    let large = try ShardDataset<Float>(folder.path)
    let shards = try ShardDataset<Float>(folder.path, memory: memory)
    // A row takes 12 bytes, and 8 of target; a block 700.
    let window = try large.windowShuffle(blockSize: 35, windowBlocks: 4, seed: 5)
    let expected = try DataLoader(folder.matrix, batchSize: 64, sampler: window)
    for rank in 0..<2 {
      let loader = try DataLoader(
        shards,
        batchSize: 64,
        sampler: window,
        workers: workers,
        rank: rank,
        worldSize: 2
      )
      var batches: [MatrixBatch] = []
      try expected.forEachBatch(epoch: 2) { batches.append($0) }
      try loader.forEachBatch(epoch: 2) { batch in
        let rows = Array(batch.offset..<(batch.offset + batch.count))
        let whole = batches[batch.index]
        #expect(batch.features == whole.features.gathered(rows, in: .alone))
        #expect(batch.target == whole.target?.gathered(rows, in: .alone))
        #expect(batch.rowIDs == Array(whole.rowIDs[batch.offset..<(batch.offset + batch.count)]))
      }
    }
    // Another order: what was copied goes.
    try DataLoader(shards, batchSize: 64).forEachBatch(epoch: 0) { batch in
      let rows = Array(batch.index * 64..<(batch.index * 64 + batch.count))
      #expect(batch.features == folder.matrix.features.gathered(rows, in: .alone))
    }
  }

  @Test func keepsToItsMemory() throws {
    // 20 MB of rows in 1 MB.
    let folder = try Folder(rows: 80_000, columns: 64, shardRows: 30_000)
    let shards = try ShardDataset<Float>(folder.path, memory: 1 << 20)
    let window = try shards.windowShuffle(blockSize: 500, windowBlocks: 4, seed: 3)
    for workers in [0, 2] {
      let loader = try DataLoader(shards, batchSize: 512, sampler: window, workers: workers)
      var sum = 0.0
      var seen: Set<Int> = []
      try loader.forEachBatch(epoch: 1) { batch in
        batch.features.withUnsafeScalars { sum += $0.reduce(0) { $0 + Double($1) } }
        seen.formUnion(batch.rowIDs.lazy.map(\.record))
        // A batch at the border of two windows has both.
        #expect(shards.residentBytes <= 3 << 20)
      }
      #expect(seen.count == 80_000)
      let all = folder.matrix.features.withUnsafeScalars { $0.reduce(0) { $0 + Double($1) } }
      #expect(abs(sum - all) < 1e-3)
    }
    let everything = try DataLoader(shards, batchSize: 1_000)
    try everything.forEachBatch(epoch: 0) { _ in #expect(shards.residentBytes <= 2 << 20) }
  }

  @Test func refusesAWindowThatMemoryIsTooSmallFor() throws {
    let folder = try Folder(rows: 1_000, shardRows: 500)
    let shards = try ShardDataset<Float>(folder.path, memory: 5_000)
    let error = #expect(throws: LoadingError.self) { try shards.windowShuffle(windowBlocks: 2) }
    #expect(error?.kind == .argument)
    #expect(error?.description.contains("memory is 5000") == true)
    let window = try shards.windowShuffle(blockSize: 50, windowBlocks: 2)
    // Memory is not part of the order.
    let large = try ShardDataset<Float>(folder.path)
    #expect(try large.windowShuffle(blockSize: 50, windowBlocks: 2).identity == window.identity)
    #expect(large.fingerprint == shards.fingerprint)
  }

  @Test func refusesFoldersThatAreNotAsTheyShouldBe() throws {
    let folder = try Folder(rows: 100, shardRows: 50)
    let type = #expect(throws: PreprocessingError.self) { try ShardDataset<Double>(folder.path) }
    #expect(type?.description.contains("F32, and F64 was asked for") == true)
    #expect(throws: PreprocessingError.self) { try ShardDataset<Float>(folder.path + "-none") }
    let (first, second) = ("part-00000.safetensors", "part-00001.safetensors")
    try FileManager.default.removeItem(atPath: "\(folder.path)/\(second)")
    #expect(throws: PreprocessingError.self) { try ShardDataset<Float>(folder.path) }
    // A part of other rows.
    let other = try Folder(rows: 100, shardRows: 70)
    try FileManager.default.copyItem(
      atPath: "\(other.path)/\(first)",
      toPath: "\(folder.path)/\(second)"
    )
    let rows = #expect(throws: PreprocessingError.self) { try ShardDataset<Float>(folder.path) }
    #expect(
      rows?.description.contains("is not as the index says: expected features [50, 3]") == true
    )
  }

  /// Shuffles more than fits, with TABULAR_LONG_TESTS=1.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["TABULAR_LONG_TESTS"] == "1"))
  func shufflesFourGigabytesIn256MB() throws {
    let columns = 256
    let rows = (4 << 30) / (columns * 4)
    let path = FileManager.default.temporaryDirectory.appending(path: "shards-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    var frame = DataFrame()
    for column in 0..<columns { frame["x\(column)"] = Column([0.0, 1.0, 2.0]) }
    let (recipe, _) = try Recipe.automatic(for: frame).fitTransform(frame)
    let writer = try ShardFolder<Float>(
      path: path,
      layout: FeatureLayout(recipe, hasTarget: false),
      rowCount: rows,
      shardRows: 1 << 18,
      key: "test",
      recipe: recipe.json()
    )
    let piece = FeatureMatrix(
      features: Tensor<Float>(zeros: [1 << 14, columns]),
      featureNames: recipe.featureNames
    )
    for _ in 0..<rows / (1 << 14) { try writer.append(piece) }
    try writer.commit()
    let shards = try ShardDataset<Float>(path, memory: 128 << 20)
    let before = residentKilobytes()
    for sampler in [nil, try shards.windowShuffle(seed: 1) as (any Sampler)?] {
      let loader = try DataLoader(shards, batchSize: 1_024, sampler: sampler)
      var peak = 0
      let start = ContinuousClock.now
      try loader.forEachBatch(epoch: 0) { batch in
        if batch.index % 64 == 0 { peak = max(peak, residentKilobytes()) }
      }
      print("4 GB, \(sampler == nil ? "in order" : "shuffled"):", start.duration(to: .now), peak)
      #expect(peak - before < 256 << 10)
    }
  }
}

/// The resident memory of this process.
func residentKilobytes() -> Int {
  let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
  let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS") }
  return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
}
