internal import Foundation

/// A parameter as an interval of numbers over which it is spread evenly: logarithms where its scale
/// is one, whole numbers with half a step on either side, choices by their index.
struct Axis: Sendable {
  /// What the numbers stand for.
  enum Kind: Sendable {
    case number
    case whole
    case choice
  }

  let kind: Kind
  let isLog: Bool
  /// The ends of the interval.
  let low: Double
  let high: Double
  private let distribution: Distribution

  init(_ distribution: Distribution) {
    self.distribution = distribution
    switch distribution {
    case .uniform(let range):
      (kind, isLog) = (.number, false)
      (low, high) = (range.lowerBound, range.upperBound)
    case .log(let range):
      (kind, isLog) = (.number, true)
      (low, high) = (Foundation.log(range.lowerBound), Foundation.log(range.upperBound))
    case .int(let range, let log):
      (kind, isLog) = (.whole, log)
      let ends = (Double(range.lowerBound) - 0.5, Double(range.upperBound) + 0.5)
      (low, high) = log ? (Foundation.log(ends.0), Foundation.log(ends.1)) : ends
    case .choice(let values):
      (kind, isLog) = (.choice, false)
      (low, high) = (0, Double(values.count))
    }
  }

  var width: Double { high - low }

  /// How many values there are; nil where they are not counted.
  var count: Int? {
    switch distribution {
    case .uniform, .log: nil
    case .int(let range, _): range.count
    case .choice(let values): values.count
    }
  }

  /// Whether there is nothing to choose.
  var isConstant: Bool { count.map { $0 == 1 } ?? (width <= 0) }

  /// Where a value is; the index of a choice; nil when it is none of the values.
  func position(of value: ParameterValue) -> Double? {
    guard distribution.contains(value) else { return nil }
    if case .choice(let values) = distribution {
      return values.firstIndex(of: value).map(Double.init)
    }
    return value.asNumber.map { isLog ? Foundation.log($0) : $0 }
  }

  /// The value whose place a number is in; numbers beyond the ends count as the ends.
  func value(at position: Double) -> ParameterValue {
    switch distribution {
    case .uniform(let range): .number(min(max(position, range.lowerBound), range.upperBound))
    // The exponential of a logarithm may miss the bounds by the last bit.
    case .log(let range) where position <= low: .number(range.lowerBound)
    case .log(let range) where position >= high: .number(range.upperBound)
    case .log(let range):
      .number(min(max(Foundation.exp(position), range.lowerBound), range.upperBound))
    case .int(let range, _):
      .integer(
        Int(min(max(whole(at: position), Double(range.lowerBound)), Double(range.upperBound)))
      )
    case .choice(let values): values[min(max(Int(position.rounded(.down)), 0), values.count - 1)]
    }
  }

  /// The value at a part of the way from the low end to the high one.
  func value(atFraction fraction: Double) -> ParameterValue { value(at: low + fraction * width) }

  /// The place of the value at a number: where that number is not one, the nearest.
  func snapped(_ position: Double) -> Double {
    self.position(of: value(at: position)) ?? position
  }

  /// The ends of a whole number's own interval.
  func cell(at position: Double) -> (Double, Double) {
    let whole = whole(at: position)
    return isLog
      ? (Foundation.log(whole - 0.5), Foundation.log(whole + 0.5)) : (whole - 0.5, whole + 0.5)
  }

  private func whole(at position: Double) -> Double {
    (isLog ? Foundation.exp(position) : position).rounded()
  }
}
