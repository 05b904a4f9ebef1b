internal import TabularTensor

/// When a training ends before its last epoch: the validation loss has not become lower for some
/// epochs.
///
/// The model is then, and at the end of the last epoch too, the one of the epoch with the lowest
/// loss; Keras calls that `restore_best_weights`.
public struct EarlyStopping: Sendable, Hashable, Codable {
  /// The number of epochs without a lower loss after which the training ends, above 0.
  public var patience: Int
  /// How much lower a loss must be to count, 0 or more.
  public var minimumDelta: Double

  /// Says when to stop; a patience below 1, or a delta below 0, traps.
  public init(patience: Int, minimumDelta: Double = 0) {
    precondition(patience >= 1, "a patience of \(patience) epochs")
    precondition(minimumDelta >= 0, "a loss lower by \(minimumDelta)")
    (self.patience, self.minimumDelta) = (patience, minimumDelta)
  }
}

/// How a training stands with its best epoch.
struct BestEpoch {
  /// The epoch, its validation loss, and how many epochs have passed since.
  struct Numbers: Codable, Equatable {
    var epoch: Int
    var loss: Double
    var since: Int
  }

  private(set) var numbers: Numbers?
  private(set) var parameters = Tensor<Float>(zeros: [0])
  private(set) var buffers = Tensor<Float>(zeros: [0])

  init() {}

  /// Goes on where a checkpoint stands.
  init(_ numbers: Numbers, parameters: Tensor<Float>, buffers: Tensor<Float>) {
    (self.numbers, self.parameters, self.buffers) = (numbers, parameters, buffers)
  }

  mutating func take(_ model: Sequential, epoch: Int, loss: Double, _ rule: EarlyStopping) {
    guard let numbers, !(loss < numbers.loss - rule.minimumDelta) else {
      numbers = Numbers(epoch: epoch, loss: loss, since: 0)
      (parameters, buffers) = (model.parameters, model.buffers)
      return
    }
    self.numbers = Numbers(epoch: numbers.epoch, loss: numbers.loss, since: numbers.since + 1)
  }

  func isOver(_ rule: EarlyStopping) -> Bool { (numbers?.since ?? 0) >= rule.patience }
}
