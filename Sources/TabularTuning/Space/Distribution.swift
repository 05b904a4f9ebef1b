/// The values that a parameter may take, and how they are spread before anything is known.
public enum Distribution: Hashable, Sendable {
  /// Numbers, each as likely as any other, bounds included.
  case uniform(ClosedRange<Double>)
  /// Positive numbers, each order of magnitude as likely as any other, bounds included.
  case log(ClosedRange<Double>)
  /// Whole numbers, bounds included; with `log` those of each order of magnitude as likely as those
  /// of any other.
  case int(ClosedRange<Int>, log: Bool = false)
  /// One of several values, in no order.
  case choice([ParameterValue])
}
