internal import TabularCSV

extension DataFrame {
  /// Which columns `describe` tells of.
  public enum DescribedColumns: Sendable {
    /// Those of numbers; where there is none, those of texts, as in pandas.
    case automatic
    /// int64 and float64.
    case numbers
    /// string, category and bool.
    case texts
    /// All of them; what does not apply is null.
    case all
  }

  /// Summary statistics, as pandas' `describe`: nulls and NaN are left out.
  ///
  /// Numbers have `count`, `mean`, `std` (divisor count - 1), `min`, the quartiles `25%`, `50%` and
  /// `75%`, and `max`; other columns `count`, `unique`, `top` (the most frequent value, the first on
  /// a tie) and `freq` (how often it occurs), as texts. Where all columns are asked for, both.
  ///
  /// - Parameter columns: which columns.
  /// - Returns: a column `statistic` with these names, then a column for each that is described.
  /// - Throws: `FrameError` of kind `type` when there is no such column, and of kind `column` when
  ///   one is named `statistic`.
  public func describe(_ columns: DescribedColumns = .automatic) throws(FrameError) -> DataFrame {
    let numbers = namedColumns.filter { $0.column.type == .int64 || $0.column.type == .float64 }
    let texts = namedColumns.filter { [.string, .category, .bool].contains($0.column.type) }
    let described =
      switch columns {
      case .automatic: numbers.isEmpty ? texts : numbers
      case .numbers: numbers
      case .texts: texts
      case .all: namedColumns
      }
    guard !described.isEmpty else {
      throw FrameError(.type, "no column to describe: there are \(typeList)")
    }
    let ofNumbers = ["count", "mean", "std", "min", "25%", "50%", "75%", "max"]
    let ofTexts = ["count", "unique", "top", "freq"]
    let areNumbers = described.allSatisfy { $0.column.isNumber }
    let areTexts = described.allSatisfy { !$0.column.isNumber }
    let names =
      areNumbers ? ofNumbers : areTexts ? ofTexts : ofTexts + ofNumbers.dropFirst()
    var result = [(name: "statistic", column: Column(names))]
    for (name, column) in described {
      if column.isNumber {
        let statistics = try column.numberStatistics()
        result.append((name, Column(names.map { statistics[$0] })))
      } else {
        let statistics = column.textStatistics()
        result.append((name, Column(names.map { statistics[$0] })))
      }
    }
    return try DataFrame(result)
  }

  private var typeList: String {
    types.isEmpty ? "none" : types.map { "\($0.name) (\($0.type))" }.joined(separator: ", ")
  }
}

extension Column {
  fileprivate var isNumber: Bool { type == .int64 || type == .float64 }

  fileprivate func numberStatistics() throws(FrameError) -> [String: Double] {
    let values = try NumberValues(self, "describe")
    let quantiles = values.quantiles([0, 0.25, 0.5, 0.75, 1])
    return [
      "count": Double(values.count), "mean": try mean(),
      "std": values.variance(ddof: 1).squareRoot(), "min": quantiles[0], "25%": quantiles[1],
      "50%": quantiles[2], "75%": quantiles[3], "max": quantiles[4],
    ]
  }

  fileprivate func textStatistics() -> [String: String] {
    let counts = valueCounts()
    var result = ["count": "\(valueCount)", "unique": "\(counts.rowCount)"]
    if counts.rowCount > 0 {
      result["top"] = counts.iloc[0, 0].description
      result["freq"] = counts.iloc[0, 1].description
    }
    return result
  }
}
