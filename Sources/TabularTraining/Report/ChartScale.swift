internal import Foundation

/// An axis: which values it spans, and where a value lies on it.
package struct ChartScale: Sendable {
  /// The values at its ends.
  package let range: ClosedRange<Double>
  package let isLogarithmic: Bool
  /// Round values inside the range.
  package let ticks: [Double]

  /// Spans some values; those that are not finite do not count, and without any it spans 0 to 1.
  ///
  /// - Parameters:
  ///   - values: what the axis has to show.
  ///   - includingZero: whether it begins at 0 at the latest.
  ///   - mayBeLogarithmic: whether positive values that span two powers of ten or more are drawn by
  ///     their logarithm.
  ///   - count: about how many ticks there are.
  package init(
    _ values: some Sequence<Double>,
    includingZero: Bool = false,
    mayBeLogarithmic: Bool = false,
    count: Int = 4
  ) {
    let finite = values.filter(\.isFinite)
    var (low, high) = (finite.min() ?? 0, finite.max() ?? 1)
    if mayBeLogarithmic, low > 0, high / low >= 100 {
      isLogarithmic = true
      // Powers of ten that are normal numbers.
      let powers =
        max(-307, Int(log10(low).rounded(.down)))...min(308, Int(log10(high).rounded(.up)))
      range = pow(10, Double(powers.lowerBound))...pow(10, Double(powers.upperBound))
      let step = max(1, (powers.count + count - 1) / (count + 1))
      ticks = stride(from: powers.lowerBound, through: powers.upperBound, by: step)
        .map { pow(10, Double($0)) }
      return
    }
    isLogarithmic = false
    if includingZero { (low, high) = (min(low, 0), max(high, 0)) }
    if !(high - low > 1e-12 * max(abs(low), abs(high))) {
      // One value: it lies in the middle, or on zero.
      let room = low == 0 ? 1 : abs(low) / 10
      (low, high) = (includingZero && low >= 0 ? low : low - room, high + room)
    }
    let step = Self.step(for: high / Double(count) - low / Double(count))
    // 0.3 / 0.1 is a little less than 3.
    let first = (low / step + 1e-9).rounded(.down)
    let last = max(first, (high / step - 1e-9).rounded(.up))
    range = first * step...last * step
    ticks = (0...Int(last - first)).map { Self.clean((first + Double($0)) * step, step) }
  }

  /// Whole numbers, such as epochs, with nothing beyond the ends.
  package init(whole numbers: ClosedRange<Int>, count: Int = 6) {
    isLogarithmic = false
    range = Double(numbers.lowerBound)...Double(numbers.upperBound)
    let step = max(1, Int(Self.step(for: Double(numbers.count - 1) / Double(count))))
    let first = (numbers.lowerBound + step - 1) / step * step
    ticks = stride(from: first, through: numbers.upperBound, by: step).map { Double($0) }
  }

  /// How a tick is written.
  package func label(_ tick: Double) -> String {
    isLogarithmic ? ReportNumber.power(tick) : ReportNumber.tick(tick, among: ticks)
  }

  /// Where a value lies, 0 at the beginning and 1 at the end; nil for one that is not finite.
  package func place(_ value: Double) -> Double? {
    guard value.isFinite else { return nil }
    let (low, high) = (range.lowerBound, range.upperBound)
    if high <= low { return 0.5 }
    if isLogarithmic {
      // What lies beyond the powers of ten that are normal numbers lies at an end.
      return min(max((log10(value) - log10(low)) / (log10(high) - log10(low)), 0), 1)
    }
    // Halved, so that the widest range there is does not overflow.
    return (value / 2 - low / 2) / (high / 2 - low / 2)
  }

  /// The least of 1, 2, 2.5 and 5 times a power of ten that is not below `size`.
  private static func step(for size: Double) -> Double {
    guard size > 0, size.isFinite else { return 1 }
    let power = pow(10, log10(size).rounded(.down))
    guard power > 0 else { return size }
    return [1, 2, 2.5, 5, 10].map { $0 * power }.first { $0 >= size * (1 - 1e-9) } ?? 10 * power
  }

  /// Takes away what 3 * 0.1 has too much.
  private static func clean(_ value: Double, _ step: Double) -> Double {
    abs(value) < step / 1000 ? 0 : value
  }
}

/// Numbers as a reader wants them.
package enum ReportNumber {
  /// About so many digits that count: `0.3127`, `12.5`, `1.2M`, `3e-5`, `NaN`, `∞`.
  package static func text(_ value: Double, digits: Int = 4) -> String {
    if let word = notFinite(value) { return word }
    let size = abs(value)
    if size >= 100_000 { return short(value) }
    if size > 0 && size < 1e-4 { return scientific(value, digits: digits) }
    let whole = size >= 1 ? Int(log10(size)) + 1 : size >= 0.1 || size == 0 ? 0 : -1
    return trimmed(String(format: "%.*f", max(0, min(digits - whole, digits + 3)), value))
  }

  /// A tick, with as many decimals as tell it from its neighbours.
  package static func tick(_ value: Double, among ticks: [Double]) -> String {
    guard value != 0, ticks.count > 1 else { return text(value) }
    let step = abs(ticks[1] - ticks[0])
    let largest = ticks.map(abs).max() ?? 0
    if largest >= 10_000 { return short(value) }
    if largest < 1e-3 { return scientific(value, digits: 3) }
    // 0.25 has a decimal more than its size says.
    for decimals in 0...12 {
      let scaled = step * pow(10, Double(decimals))
      if abs(scaled - scaled.rounded()) < 1e-6 * scaled {
        return String(format: "%.*f", decimals, value)
      }
    }
    return text(value)
  }

  /// A power of ten.
  package static func power(_ value: Double) -> String {
    value >= 1_000 ? short(value) : text(value)
  }

  /// A part as percents.
  package static func percent(_ part: Double) -> String {
    notFinite(part) ?? trimmed(String(format: abs(part) < 0.0995 ? "%.1f" : "%.0f", part * 100))
      + "%"
  }

  /// A count, or a weight, with commas between thousands.
  package static func count(_ value: Double) -> String {
    guard value == value.rounded(), abs(value) < 1e15 else { return text(value) }
    let digits = String(Int(abs(value)))
    var result = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { result += "," }
      result.append(digit)
    }
    return (value < 0 ? "-" : "") + result
  }

  private static func notFinite(_ value: Double) -> String? {
    value.isNaN ? "NaN" : value.isInfinite ? (value > 0 ? "∞" : "-∞") : nil
  }

  private static func short(_ value: Double) -> String {
    let size = abs(value)
    if size >= 1e15 { return scientific(value, digits: 3) }
    let units = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")]
    guard let (unit, name) = units.first(where: { size >= $0.0 }) else { return text(value) }
    let scaled = value / unit
    return trimmed(String(format: abs(scaled) < 10 ? "%.2f" : "%.1f", scaled)) + name
  }

  private static func scientific(_ value: Double, digits: Int) -> String {
    let parts = String(format: "%.*e", digits - 1, value).split(separator: "e")
    guard parts.count == 2, let power = Int(parts[1]) else { return "\(value)" }
    return trimmed(String(parts[0])) + "e\(power)"
  }

  /// Without zeros at the end of a fraction.
  private static func trimmed(_ text: String) -> String {
    guard text.contains(".") else { return text }
    let cut = String(text.reversed().drop { $0 == "0" }.reversed())
    return cut.hasSuffix(".") ? String(cut.dropLast()) : cut
  }
}
