/// A loss over some rows, before the division.
public struct LossSum: Sendable, Equatable {
  /// The sum of the rows' terms.
  public var sum: Double
  /// What the sum is to be divided by: the number of rows, or the sum of their weights.
  public var normaliser: Double

  /// Names a sum and what it is to be divided by.
  public init(sum: Double, normaliser: Double) {
    self.sum = sum
    self.normaliser = normaliser
  }

  /// Adds both parts.
  public static func + (left: LossSum, right: LossSum) -> LossSum {
    LossSum(sum: left.sum + right.sum, normaliser: left.normaliser + right.normaliser)
  }

  /// The loss: NaN over no rows.
  public var mean: Double { sum / normaliser }
}

// A step of rows that all weigh nothing has the loss 0, and no gradient.
extension LossSum {
  /// What the derivatives of a step are divided by.
  var divisor: Float { normaliser == 0 ? 1 : Float(normaliser) }
  /// The loss of a step.
  var stepMean: Double { normaliser == 0 ? sum : mean }
}
