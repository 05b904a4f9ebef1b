/// Which values of the objective are better.
public enum Direction: String, Hashable, Sendable, CaseIterable {
  /// Smaller ones, as of a loss.
  case minimize
  /// Larger ones, as of an accuracy.
  case maximize

  /// Whether the first value is better than the second; no value is better than NaN.
  public func prefers(_ first: Double, to second: Double) -> Bool {
    if first.isNaN { return false }
    if second.isNaN { return true }
    return self == .minimize ? first < second : first > second
  }
}
