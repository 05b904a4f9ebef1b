/// A range that holds what is estimated with a confidence of 95 %.
public struct Interval: Sendable, Hashable, Codable {
  /// The lower end.
  public let low: Double
  /// The upper end.
  public let high: Double

  /// Names the ends.
  public init(low: Double, high: Double) { (self.low, self.high) = (low, high) }

  /// The 97.5 % point of the standard normal distribution.
  private static let z = 1.959963984540054

  /// Wilson's interval of a part: of how many rows of the kind were so; nil without rows.
  ///
  /// With p = part, n = rows: (p + z²/2n ± z·√(p(1-p)/n + z²/4n²)) / (1 + z²/n). It stays within
  /// 0 ... 1, and holds for few rows. Source: E. B. Wilson, "Probable inference, the law of
  /// succession, and statistical inference", 1927.
  public static func wilson(part: Double, rows: Int) -> Interval? {
    guard rows > 0, (0...1).contains(part) else { return nil }
    let (n, square) = (Double(rows), z * z)
    let middle = part + square / (2 * n)
    let reach = z * (part * (1 - part) / n + square / (4 * n * n)).squareRoot()
    let scale = 1 + square / n
    return Interval(
      low: max(0, (middle - reach) / scale),
      high: min(1, (middle + reach) / scale)
    )
  }

  /// The interval of a mean of independent rows, by the central limit theorem; nil for fewer than
  /// two rows.
  ///
  /// mean ± z·√(variance / rows), with the variance of the rows around their mean.
  public static func normal(mean: Double, variance: Double, rows: Int) -> Interval? {
    guard rows > 1, mean.isFinite, variance >= 0 else { return nil }
    let reach = z * (variance / Double(rows)).squareRoot()
    return Interval(low: mean - reach, high: mean + reach)
  }
}
