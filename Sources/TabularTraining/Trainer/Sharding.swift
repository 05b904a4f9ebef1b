/// How the rows of a step are cut into logical shards, and the shards dealt to devices.
///
/// The cut depends on the batch alone; devices only decide who computes a shard.
struct Sharding: Equatable {
  /// The number of shards, a power of two.
  let count: Int

  static let largestDefault = 64
  static let fewestRows = 32

  /// Takes a number of shards as given.
  init(count: Int) throws(TrainingError) {
    guard count >= 1, count & (count - 1) == 0 else {
      throw TrainingError(.configuration, "\(count) shards, expected a power of two")
    }
    self.count = count
  }

  /// The largest power of two up to 64 that leaves a shard 32 rows or more, else 1.
  init(batchSize: Int) {
    var count = 1
    while count < Self.largestDefault, batchSize / (2 * count) >= Self.fewestRows { count *= 2 }
    self.count = count
  }

  /// The rows of a shard in a batch of `total` rows: none, when there are more shards than rows.
  func rows(of shard: Int, outOf total: Int) -> Range<Int> {
    rows(of: shard..<shard + 1, outOf: total)
  }

  /// The most rows that a shard has in a batch of `total` rows.
  func mostRows(outOf total: Int) -> Int { (total + count - 1) / count }

  /// The shards of a device, a contiguous run: none, when there are more devices than shards.
  func shards(of device: Int, outOf devices: Int) -> Range<Int> {
    shards(of: device, outOf: devices, in: 0..<count)
  }

  /// The shards of a device of a rank, which has the shards of `run`.
  func shards(of device: Int, outOf devices: Int, in run: Range<Int>) -> Range<Int> {
    let start = run.lowerBound
    return (start + device * run.count / devices)..<(start + (device + 1) * run.count / devices)
  }

  /// The rows of a run of shards in a batch of `total` rows.
  func rows(of run: Range<Int>, outOf total: Int) -> Range<Int> {
    (run.lowerBound * total / count)..<(run.upperBound * total / count)
  }
}
