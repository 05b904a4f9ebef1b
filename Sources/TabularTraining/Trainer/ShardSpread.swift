internal import TabularLoading

/// How the shards of a batch are spread over devices.
///
/// Each way of it computes the same gradient of each shard, and adds them in the order of the tree.
protocol ShardSpread: AnyObject {
  /// What is worth saying once room was made, such as that a device has little memory.
  var notices: [String] { get }

  /// The devices' threads, for the batches that are made while they wait; nil where they are of no use.
  var crew: GatheringCrew? { get }

  /// Makes room for shards of up to `rows` rows.
  ///
  /// - Throws: `OutOfMemory` when a device has not enough for one shard at a time.
  func reserve(rows: Int) throws(OutOfMemory)

  /// Computes the sum over all shards of a batch, whose memory is written by the next one.
  ///
  /// - Throws: `TrainingError` of kind `ranks` when another rank cannot be reached.
  func sum(of job: BatchJob) throws(TrainingError) -> StepSum

  /// What the layers observed of a shard that has rows, in the order of the model's buffers.
  func observations(of shard: Int) -> UnsafeMutablePointer<Float>
}

/// What a batch brings; the pointers are valid until it is computed.
struct BatchJob {
  let parameters: UnsafeMutablePointer<Float>
  let buffers: UnsafeMutablePointer<Float>
  /// The features of the rows that are here.
  let features: DeviceMatrix
  /// The targets of these rows.
  let targets: Targets
  /// What the losses of these rows are multiplied by; nil for 1 each.
  let weights: UnsafePointer<Float>?
  /// Where these rows stand in the whole batch.
  let place: BatchPlace
  /// The random numbers of the whole batch.
  let randomness: RowRandomness
}
