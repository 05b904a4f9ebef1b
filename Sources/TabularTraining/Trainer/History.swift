/// What a call of `fit` did, epoch by epoch.
public struct History: Sendable {
  /// One pass over the rows.
  public struct Epoch: Sendable {
    /// The number of the epoch, from 0, over all calls of `fit`.
    public let epoch: Int
    /// The mean of the step losses, each weighted by its rows.
    public let trainLoss: Double
    /// The loss of each step, before the step.
    public let stepLosses: [Double]
    /// The comparison with the validation rows after the epoch; nil without them.
    public let validation: Evaluation?
    /// The number of rows trained on.
    public let rows: Int
    /// Rows a second while training, the loader's work included, validation not.
    public let samplesPerSecond: Double
    /// The part of that time spent waiting for batches, 0 to 1.
    public let loaderWaitFraction: Double
  }

  /// The epochs in order.
  public internal(set) var epochs: [Epoch] = []

  /// The loss of each step of all epochs.
  public var stepLosses: [Double] { epochs.flatMap(\.stepLosses) }
}

/// What an epoch adds up while it runs.
struct EpochMeter {
  private let start: ContinuousClock.Instant
  private var stepEnd: ContinuousClock.Instant
  private var waiting = Duration.zero
  private var weightedLoss = 0.0
  private(set) var rows = 0
  private(set) var stepLosses: [Double] = []

  init() {
    start = .now
    stepEnd = start
  }

  /// The number of steps so far.
  var steps: Int { stepLosses.count }

  /// A batch has come: what passed since the last step was the loader's time.
  mutating func stepBegins() { waiting += stepEnd.duration(to: .now) }

  mutating func stepEnds(loss: Double, rows count: Int) {
    stepLosses.append(loss)
    weightedLoss += loss * Double(count)
    rows += count
    stepEnd = .now
  }

  /// A batch is added to the step to come.
  mutating func batchEnds() { stepEnd = .now }

  /// Closes the epoch: validation comes after.
  mutating func finish() {
    waiting += stepEnd.duration(to: .now)
    stepEnd = .now
  }

  /// What the epoch came to.
  func epoch(_ number: Int, validation: Evaluation?) -> History.Epoch {
    let total = start.duration(to: stepEnd)
    return History.Epoch(
      epoch: number,
      trainLoss: weightedLoss / Double(rows),
      stepLosses: stepLosses,
      validation: validation,
      rows: rows,
      samplesPerSecond: Double(rows) / max(total / .seconds(1), 1e-9),
      loaderWaitFraction: total > .zero ? min(waiting / total, 1) : 0
    )
  }
}
