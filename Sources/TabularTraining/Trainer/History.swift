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
    /// The learning rate of the last step.
    public let learningRate: Double
    /// The number of rows trained on, also by a process before this one.
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

extension History {
  /// What is kept of an epoch in checkpoints and reports.
  public struct Summary: Sendable, Codable {
    /// A figure of the validation rows, such as `accuracy`.
    public struct Figure: Sendable, Codable {
      /// The name, as `Evaluation.figures` has it.
      public let name: String
      /// The value.
      public let value: Double
    }

    /// The number of the epoch, from 0.
    public let epoch: Int
    /// The mean training loss.
    public let trainLoss: Double
    /// The validation loss; nil without validation rows.
    public let validationLoss: Double?
    /// The other figures of the validation rows, the headline first.
    public let figures: [Figure]
    /// The learning rate of the last step.
    public let learningRate: Double
    /// Rows a second while training.
    public let samplesPerSecond: Double
    /// The part of that time spent waiting for batches, 0 to 1.
    public let loaderWaitFraction: Double

    init(_ epoch: Epoch) {
      self.epoch = epoch.epoch
      trainLoss = epoch.trainLoss
      validationLoss = epoch.validation?.loss
      figures = (epoch.validation?.figures ?? []).map { Figure(name: $0.name, value: $0.value) }
      learningRate = epoch.learningRate
      samplesPerSecond = epoch.samplesPerSecond
      loaderWaitFraction = epoch.loaderWaitFraction
    }
  }
}
