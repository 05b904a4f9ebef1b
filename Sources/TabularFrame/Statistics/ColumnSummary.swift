package import TabularCSV

/// What `tabular describe` tells of a column; nulls and NaN are left out.
package struct ColumnSummary: Sendable {
  /// A value, and how often it occurs.
  package typealias Frequency = (value: Value, count: Int)

  package let name: String
  package let type: ColumnType
  /// The number of values.
  package let count: Int
  /// The number of nulls and NaN.
  package let nullCount: Int
  /// The number of different values.
  package let distinctCount: Int
  /// The most frequent values, the first on a tie first; of numbers and dates, one.
  package let mostFrequent: [Frequency]
  /// Of numbers and bools: the mean; NaN where there is no value.
  package let mean: Double?
  /// Of numbers and bools: the standard deviation, divisor count - 1; NaN below two values.
  package let deviation: Double?
  /// The smallest value; null where there is none, and for texts.
  package let min: Value
  /// The first quartile, the median and the third quartile: of numbers interpolated linearly, of
  /// dates the last that is not above; empty for texts and bools.
  package let quartiles: [Value]
  /// The largest value; null where there is none, and for texts.
  package let max: Value
  /// Of texts: one of the fewest characters, and one of the most; the first on a tie.
  package let shortest: String?
  package let longest: String?
  /// Of numbers and dates: days, or microseconds, since 1970.
  package let histogram: Histogram?

  private static let binCount = 24
  private static let frequentTexts = 5

  package init(_ name: String, _ column: Column) throws(FrameError) {
    (self.name, type) = (name, column.type)
    count = column.valueCount
    nullCount = column.count - count
    let counts = column.valueCounts()
    let values = try counts["value"]
    let frequencies = try counts["count"]
    distinctCount = counts.rowCount
    let isListed = [.string, .category, .bool].contains(column.type)
    mostFrequent = (0..<Swift.min(counts.rowCount, isListed ? Self.frequentTexts : 1)).map {
      guard case .int64(let frequency) = frequencies[$0] else { return (values[$0], 0) }
      return (values[$0], Int(frequency))
    }
    switch column.type {
    case .int64, .float64, .bool:
      let numbers = try NumberValues(column, "describe")
      mean = try column.mean()
      deviation = numbers.variance(ddof: 1).squareRoot()
      quartiles =
        column.type == .bool || numbers.count == 0
        ? [] : numbers.quantiles([0.25, 0.5, 0.75]).map { .float64($0) }
      histogram =
        column.type == .bool
        ? nil
        : numbers.withValues {
          Histogram(of: $0, bins: Self.binCount, areWhole: column.type == .int64)
        }
    case .date, .datetime:
      (mean, deviation) = (nil, nil)
      let instants = column.instants.sorted()
      quartiles =
        instants.isEmpty
        ? []
        : [0.25, 0.5, 0.75].map { column.instant(instants[Int($0 * Double(instants.count - 1))]) }
      let isDate = column.type == .date
      histogram = instants.map { Double($0) }.withUnsafeBufferPointer {
        Histogram(of: $0, bins: Self.binCount, areWhole: isDate)
      }
    case .string, .category: (mean, deviation, quartiles, histogram) = (nil, nil, [], nil)
    }
    let isText = column.type == .string || column.type == .category
    (min, max) = isText ? (.null, .null) : (column.min(), column.max())
    (shortest, longest) = isText ? values.textsByLength : (nil, nil)
  }
}

extension DataFrame {
  /// A summary of each column.
  package var summaries: [ColumnSummary] {
    get throws(FrameError) {
      var summaries: [ColumnSummary] = []
      for (name, column) in namedColumns { summaries.append(try ColumnSummary(name, column)) }
      return summaries
    }
  }
}

extension Column {
  /// The days, or microseconds, since 1970 of dates that are not null.
  fileprivate var instants: [Int64] {
    switch storage {
    case .date(let days): (0..<count).filter { !isNull($0) }.map { Int64(days[$0]) }
    case .datetime(let micros): (0..<count).filter { !isNull($0) }.map { micros[$0] }
    default: []
    }
  }

  fileprivate func instant(_ number: Int64) -> Value {
    type == .date
      ? .date(CalendarDate(daysSinceEpoch: Int32(number)))
      : .datetime(Timestamp(microsecondsSinceEpoch: number))
  }

  /// The first of the shortest texts, and of the longest, in characters.
  fileprivate var textsByLength: (shortest: String?, longest: String?) {
    var shortest: (text: String, length: Int)?
    var longest: (text: String, length: Int)?
    for row in 0..<count {
      guard case .string(let text) = self[row] else { continue }
      let length = text.count
      if shortest.map({ length < $0.length }) ?? true { shortest = (text, length) }
      if longest.map({ length > $0.length }) ?? true { longest = (text, length) }
    }
    return (shortest?.text, longest?.text)
  }
}
