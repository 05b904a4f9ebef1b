import TabularFrame
import TabularPreprocessing
import Testing

@testable import TabularLoading

// What PyTorch refuses (torch 2.15.0) is refused here, in words that say what to change. What the
// type system refuses has no test: a sample count or `replacement` of a wrong type, weights of two
// dimensions, arguments that are set after the loader was made, `dropLast` without a batch size, and
// shuffle, sampler or batchSampler for a stream (`DataLoader(stream, ...)` is unavailable, and says
// that a `StreamLoader` has none of them).

/// Arguments that are refused, and what is said of them.
struct Refusal: CustomTestStringConvertible {
  let name: String
  let message: String
  let body: @Sendable () throws -> Void
  var testDescription: String { name }

  init(_ name: String, _ message: String, _ body: @escaping @Sendable () throws -> Void) {
    self.name = name
    self.message = message
    self.body = body
  }

  /// Checks what is thrown.
  func check(_ location: SourceLocation = #_sourceLocation) {
    let error = #expect(throws: LoadingError.self, sourceLocation: location) { try body() }
    #expect(error?.kind == .argument, sourceLocation: location)
    #expect(error?.message == message, sourceLocation: location)
  }
}

@Suite struct RefusalTests {
  private static let matrix = numberedMatrix(3)
  private static let rows = SequentialSampler(count: 3)

  private static func batches() throws -> BatchSampler { try BatchSampler(rows, batchSize: 2) }

  @Test(arguments: [
    Refusal("batchSize 0", "batchSize is 0; give 1 or more") {
      _ = try DataLoader(matrix, batchSize: 0)
    },
    Refusal("batchSize below 0", "batchSize is -3; give 1 or more") {
      _ = try DataLoader(matrix, batchSize: -3)
    },
    Refusal(
      "sampler and shuffle",
      "shuffle with a sampler, which has the order; leave shuffle or the sampler out"
    ) {
      _ = try DataLoader(matrix, shuffle: true, sampler: rows)
    },
    Refusal(
      "batchSampler and batchSize",
      "batchSize is 2 with a batchSampler, which has the sizes; leave one of them out"
    ) {
      _ = try DataLoader(matrix, batchSize: 2, batchSampler: batches())
    },
    Refusal(
      "batchSampler and shuffle",
      "shuffle with a batchSampler, which has the order; leave shuffle or the batchSampler out"
    ) {
      _ = try DataLoader(matrix, shuffle: true, batchSampler: batches())
    },
    Refusal(
      "batchSampler and sampler",
      "a sampler with a batchSampler, which has the order; leave one of them out"
    ) {
      _ = try DataLoader(matrix, sampler: rows, batchSampler: batches())
    },
    Refusal(
      "batchSampler and dropLast",
      "dropLast with a batchSampler, which has the sizes; leave dropLast or the batchSampler out"
    ) {
      _ = try DataLoader(matrix, batchSampler: batches(), dropLast: true)
    },
  ])
  func batchesAndOrders(refusal: Refusal) { refusal.check() }

  @Test(arguments: [
    Refusal("workers below 0", "workers is -1; give 1 or more, or 0 for none") {
      _ = try DataLoader(matrix, workers: -1)
    },
    Refusal("timeout below 0", "timeout is -1.0 seconds; give more than 0, or leave it out") {
      _ = try DataLoader(matrix, workers: 1, timeout: .seconds(-1))
    },
    Refusal(
      "timeout without workers",
      "timeout is 5.0 seconds without workers; give workers 1 or more, or leave timeout out"
    ) {
      _ = try DataLoader(matrix, timeout: .seconds(5))
    },
    Refusal(
      "prefetchFactor without workers",
      "prefetchFactor is 4 without workers; give workers 1 or more, or leave prefetchFactor out"
    ) {
      _ = try DataLoader(matrix, prefetchFactor: 4)
    },
    Refusal("prefetchFactor below 0", "prefetchFactor is -1; give 1 or more, or leave it out") {
      _ = try DataLoader(matrix, workers: 1, prefetchFactor: -1)
    },
    Refusal("prefetchFactor 0", "prefetchFactor is 0; give 1 or more, or leave it out") {
      _ = try DataLoader(matrix, workers: 1, prefetchFactor: 0)
    },
    Refusal(
      "persistentWorkers without workers",
      "persistentWorkers without workers; give workers 1 or more, or leave persistentWorkers out"
    ) {
      _ = try DataLoader(matrix, persistentWorkers: true)
    },
  ])
  func workers(refusal: Refusal) { refusal.check() }

  @Test(arguments: [
    Refusal("rank of none", "worldSize is 0; give 1 or more") {
      _ = try DataLoader(matrix, worldSize: 0)
    },
    Refusal("rank past the last", "rank is 2 and worldSize 2; ranks go from 0 to 1") {
      _ = try DataLoader(matrix, rank: 2, worldSize: 2)
    },
    Refusal("rank below 0", "rank is -1 and worldSize 1; ranks go from 0 to 0") {
      _ = try DataLoader(matrix, rank: -1)
    },
    Refusal("no shards", "shards is 0; give 1 or more, or leave it out") {
      _ = try DataLoader(matrix, shards: 0)
    },
    Refusal(
      "rows divided twice",
      "worldSize is 2 with a DistributedSampler, which takes a rank's rows itself; leave one of them out"
    ) {
      let sampler = try DistributedSampler(count: 3, worldSize: 2, rank: 0)
      _ = try DataLoader(matrix, sampler: sampler, worldSize: 2)
    },
    Refusal(
      "batches divided twice",
      "the batches are a ShardedSampler's, one rank's part already; give those of all ranks"
    ) {
      let sampler = try ShardedSampler(batches(), rank: 0, of: 2)
      _ = try DataLoader(matrix, batchSampler: sampler, worldSize: 2)
    },
    Refusal("sharded rank", "rank is 3 and worldSize 3; ranks go from 0 to 2") {
      _ = try ShardedSampler(batches(), rank: 3, of: 3)
    },
    Refusal("sharded without shards", "shards is -2; give 1 or more, or leave it out") {
      _ = try ShardedSampler(batches(), rank: 0, of: 1, shards: -2)
    },
    Refusal("distributed rank", "rank is 2 and worldSize 2; ranks go from 0 to 1") {
      _ = try DistributedSampler(count: 3, worldSize: 2, rank: 2)
    },
    Refusal("distributed rank below 0", "rank is -1 and worldSize 2; ranks go from 0 to 1") {
      _ = try DistributedSampler(count: 3, worldSize: 2, rank: -1)
    },
    Refusal("distributed over none", "worldSize is 0; give 1 or more") {
      _ = try DistributedSampler(count: 3, worldSize: 0, rank: 0)
    },
  ])
  func ranks(refusal: Refusal) { refusal.check() }

  @Test(arguments: [
    Refusal("no samples", "sampleCount is 0; give 1 or more, or leave it out") {
      _ = try RandomSampler(count: 3, sampleCount: 0)
    },
    Refusal("samples below 0", "sampleCount is -1; give 1 or more, or leave it out") {
      _ = try RandomSampler(count: 3, replacement: true, sampleCount: -1)
    },
    Refusal("samples of nothing", "there are no rows to draw from; give a count of 1 or more") {
      _ = try RandomSampler(count: 0, sampleCount: 2)
    },
    Refusal("order of nothing", "there are no rows to draw from; give a count of 1 or more") {
      _ = try RandomSampler(count: 0)
    },
    Refusal("replacement of nothing", "there are no rows to draw from; give a count of 1 or more") {
      _ = try RandomSampler(count: 0, replacement: true)
    },
    Refusal("row below 0", "row -2 at position 1 of the sampler's rows; rows count from 0") {
      _ = try SubsetRandomSampler([0, -2])
    },
    Refusal(
      "row of a list below 0",
      "row -1 at position 0 of the sampler's rows; rows count from 0"
    ) {
      _ = try SubsetSequentialSampler([-1])
    },
    Refusal("no draws", "sampleCount is 0; give 1 or more") {
      _ = try WeightedRandomSampler(weights: [1], sampleCount: 0)
    },
    Refusal("no weights", "there are no weights; give one a row") {
      _ = try WeightedRandomSampler(weights: [], sampleCount: 1)
    },
    Refusal("weights of nothing", "all weights are 0; give one above") {
      _ = try WeightedRandomSampler(weights: [0, 0], sampleCount: 1)
    },
    Refusal("weight below 0", "weight -1.0 of row 1; give 0 or more, and finite") {
      _ = try WeightedRandomSampler(weights: [1, -1], sampleCount: 1)
    },
    Refusal("weight that is no number", "weight nan of row 0; give 0 or more, and finite") {
      _ = try WeightedRandomSampler(weights: [.nan, 1], sampleCount: 1)
    },
    Refusal("infinite weight", "weight inf of row 1; give 0 or more, and finite") {
      _ = try WeightedRandomSampler(weights: [1, .infinity], sampleCount: 1)
    },
    Refusal(
      "more draws than rows",
      "sampleCount is 3 without replacement, and 2 rows have a weight above 0; give 2 or fewer, or replacement: true"
    ) {
      _ = try WeightedRandomSampler(weights: [1, 0, 2], sampleCount: 3, replacement: false)
    },
    Refusal("batches of nothing", "batchSize is 0; give 1 or more") {
      _ = try BatchSampler(rows, batchSize: 0)
    },
    Refusal("stratified batches of nothing", "batchSize is -1; give 1 or more") {
      _ = try StratifiedBatchSampler(labels: [0, 1], batchSize: -1)
    },
    Refusal("blocks of nothing", "blockSize is 0; give 1 row or more") {
      _ = try WindowShuffleSampler(count: 3, blockSize: 0, windowBlocks: 1)
    },
    Refusal("windows of nothing", "windowBlocks is 0; give 1 block or more") {
      _ = try WindowShuffleSampler(count: 3, blockSize: 1, windowBlocks: 0)
    },
  ])
  func samplers(refusal: Refusal) { refusal.check() }

  @Test(arguments: [[0, 1, 3], [-1]])
  func rowsThatTheDatasetHasNot(rows: [Int]) throws {
    struct Rows: Sampler {
      let rows: [Int]
      var count: Int { rows.count }
      let identity = "Rows"
      func order(epoch: Int) -> any RowOrder { RowList(rows) }
    }
    let loader = try DataLoader(Self.matrix, batchSize: 2, sampler: Rows(rows: rows))
    let error = #expect(throws: LoadingError.self) { try loader.forEachBatch(epoch: 4) { _ in } }
    #expect(
      error?.message
        == "epoch 4, batch \(rows.count / 2): the sampler gives row \(rows.last ?? 0), "
        + "and the dataset has 3 rows; give a sampler for rows 0 ..< 3"
    )
  }

  // As in PyTorch: nothing can be gone through, but not be shuffled.
  @Test(arguments: [
    Refusal(
      "shuffled",
      "shuffle with a dataset of 0 rows; leave shuffle out, or give a dataset that has rows"
    ) {
      _ = try DataLoader(numberedMatrix(0), batchSize: 2, shuffle: true)
    },
    Refusal(
      "shuffled rows",
      "shuffle with a dataset of 0 rows; leave shuffle out, or give a dataset that has rows"
    ) {
      _ = try DataLoader(Numbers(count: 0), shuffle: true, workers: 1)
    },
  ])
  func anEmptyDataset(refusal: Refusal) throws {
    refusal.check()
    #expect(try DataLoader(numberedMatrix(0)).rows(0).isEmpty)
    let sampler = try SubsetRandomSampler([])
    #expect(try DataLoader(numberedMatrix(0), sampler: sampler).rows(0).isEmpty)
  }
}
