package import TabularCollectives

/// How a model is spread over devices.
public enum Strategy: String, Sendable, CaseIterable {
  /// Each device computes the gradients of some shards of each batch.
  case dataParallel
  /// Each of the processes that `mpirun` started computes the gradients of some shards of each batch,
  /// with its own devices; see `Ranks`. One process alone is `dataParallel`.
  case distributed
  /// Each device computes some of the layers, for all shards of each batch: while one device is at
  /// one shard, the next one is at the shard before. Which layers follows from how long each takes.
  case modelParallel
}

/// Trains a model, with the same bits for any number of devices.
///
/// Each batch is cut into logical shards, by default as many as leave a shard 32 rows, a power of
/// two up to 64. A shard's gradient is computed alone on the device that holds it, and the
/// gradients are summed in one fixed tree. So losses and weights depend on the shards and not on
/// the devices; on processors of one family, since OpenBLAS's products depend on that.
///
/// ```swift
/// let trainer = Trainer(
///   model: Sequential(Linear(7, 64), ReLU(), Linear(64, 1)),
///   loss: .binaryCrossEntropyWithLogits, optimizer: .adam(learningRate: 0.01),
///   devices: .cpu(count: 2), seed: 7)
/// let history = try trainer.fit(loader, epochs: 20, validation: valid)
/// ```
public final class Trainer {
  /// The model as trained so far.
  public internal(set) var model: Sequential
  /// The optimizer as of the last step.
  public internal(set) var optimizer: Optimizer
  /// The loss that is made small.
  public let loss: Loss
  /// How the learning rate changes.
  public let schedule: Schedule
  /// How large the gradient of a step may be; nil for any.
  public let clipping: GradientClipping?
  /// The number of batches whose gradients make one step; the last step of an epoch may have fewer.
  public let accumulation: Int
  /// The devices.
  public let devices: [any Device]
  /// How the model is spread over the devices.
  public let strategy: Strategy
  /// The number of logical shards; nil lets the batch size decide.
  public let shards: Int?
  /// What initial parameters and dropout are drawn from.
  public let seed: UInt64
  /// The number of epochs trained; the next `fit` goes on from here.
  public internal(set) var epochCount = 0
  /// What all epochs came to, also those before a checkpoint.
  public internal(set) var summaries: [History.Summary] = []
  /// What all steps were, as hashes.
  public internal(set) var steps = StepRecord()
  /// The epoch with the lowest validation loss so far, where `fit` was told to stop early.
  public var bestEpoch: Int? { best.numbers?.epoch }
  var best = BestEpoch()
  var hasTold = false
  /// The epoch that is under way, which a checkpoint went on with or is about to hold.
  var partial: PartialEpoch?
  /// What the loss of each training row is multiplied by; nil for 1 each.
  ///
  /// Comparisons with validation rows count each row alike.
  public var rowWeights: RowWeights?
  /// Gets each step as it ends.
  public var onStep: ((StepProgress) -> Void)?
  /// Gets what a training has to say once, such as that a device has little memory.
  public var onNotice: ((String) -> Void)?
  /// The processes of `distributed`; nil for those that mpirun started.
  package var communicator: (any Communicator)?
  /// The runs of layers that `modelParallel` gives the devices; nil for those that take alike long.
  var stages: [Range<Int>]?
  /// How a gradient is cut into what ranks send at once; nil for the usual sizes.
  var buckets: GradientBuckets?

  /// Puts a training together.
  ///
  /// A model whose parameters are not the caller's own is initialised from `seed`. No devices, an
  /// accumulation below 1, or an optimizer or clipping setting out of its range, trap;
  /// `Optimizer.Configuration.check` says beforehand.
  public init(
    model: Sequential,
    loss: Loss,
    optimizer: Optimizer.Configuration,
    schedule: Schedule = .constant,
    clipping: GradientClipping? = nil,
    accumulation: Int = 1,
    devices: [any Device] = .cpu(count: 1),
    strategy: Strategy = .dataParallel,
    seed: UInt64 = 0,
    shards: Int? = nil
  ) {
    precondition(!devices.isEmpty, "a trainer without devices")
    precondition(accumulation >= 1, "steps of \(accumulation) batches")
    precondition(clipping?.isValid ?? true, "clipping to \(clipping.map { "\($0)" } ?? "")")
    self.schedule = schedule
    self.clipping = clipping
    self.accumulation = accumulation
    self.model = model
    self.loss = loss
    self.optimizer = Optimizer(optimizer)
    self.devices = devices
    self.strategy = strategy
    self.shards = shards
    self.seed = seed
    if !model.ownsParameters { self.model.initialize(seed: seed) }
  }
}

/// How far a training is.
public struct StepProgress: Sendable {
  /// The number of the epoch, from 0.
  public let epoch: Int
  /// The number of the step in its epoch, from 0.
  public let step: Int
  /// The loss of the step, before it.
  public let loss: Double
  /// The rows of the epoch so far.
  public let rows: Int
}
