import Testing

@testable import TabularCSV
@testable import TabularFrame

/// Frames without a row, of one row, and of nulls alone go through every verb: a result, or an error
/// of the frame's own; never a trap.
struct EdgeFrameTests {
  static let edges = ["no row", "one row", "one null row", "three null rows"]

  /// A column of each type, of what an edge says.
  static func frame(_ edge: String) throws -> DataFrame {
    let full = try everyType()
    return switch edge {
    case "no row": full.iloc[..<0]
    case "one row": full.iloc[..<1]
    case "one null row": full.iloc[1..<2]
    default: full.iloc[[1, 1, 1]]
    }
  }

  /// What a verb gives, or nil where it threw an error of the frame's own.
  static func result<Result>(_ verb: () throws -> Result) throws -> Result? {
    do {
      return try verb()
    } catch {
      #expect(error is FrameError, "\(error)")
      return nil
    }
  }

  @Test(arguments: edges)
  func verbsThatKeepRows(edge: String) throws {
    let frame = try Self.frame(edge)
    let rows = frame.rowCount
    for name in frame.columns {
      #expect(try frame.sort(by: SortKey(name)).rowCount == rows)
      #expect(try frame.sort(by: .descending(name)).rowCount == rows)
      #expect(try frame.setIndex(name).resetIndex().rowCount == rows)
      #expect(try frame.duplicated(columns: [name]).count == rows)
      let column = try frame[name]
      #expect(column.shift(2).count == rows && column.shift(-2).nullCount == rows)
      #expect(try Self.result { try column.diff() }.map { $0.count == rows } ?? true)
      #expect(try Self.result { try column.cumsum() }.map { $0.count == rows } ?? true)
      #expect(try Self.result { try column.rolling(2).mean() }.map { $0.count == rows } ?? true)
      #expect(try Self.result { try column.dateParts() }.map { $0.rowCount == rows } ?? true)
      for type in ColumnType.allCases {
        #expect(try Self.result { try column.cast(to: type) }.map { $0.count == rows } ?? true)
      }
      for verb in [Column.lowercased, Column.length, Column.abs, Column.sqrt, Column.log1p] {
        #expect(try Self.result { try verb(column)() }.map { $0.count == rows } ?? true)
      }
      #expect(try Self.result { try column > 1 }.map { $0.count == rows } ?? true)
      #expect(try Self.result { try column + 1 }.map { $0.count == rows } ?? true)
      #expect(try Self.result { try column.isIn([1, 2]) }.map { $0.count == rows } ?? true)
      #expect(try Self.result { try column.contains("x") }.map { $0.count == rows } ?? true)
      #expect(try Self.result { try column.extract("(x)") }.map { $0.count == rows } ?? true)
      #expect(try Self.result { try column.split("x", into: 2) }.map { $0.count == 2 } ?? true)
    }
    #expect(try frame.sort(by: ["bool", .descending("string"), "category"]).rowCount == rows)
    #expect(try frame.getDummies().rowCount == rows)
    #expect(try frame.concatenatedTwice().rowCount == 2 * rows)
    #expect(try DataFrame(csv: frame.csv(), options: .init(types: frame.typeCommands)) == frame)
  }

  @Test(arguments: edges)
  func verbsThatGroupAndJoin(edge: String) throws {
    let frame = try Self.frame(edge)
    let known = edge == "one row" ? 1 : 0
    for name in frame.columns {
      let groups = try frame.groupBy(name)
      #expect(groups.groupCount == known)
      for result in [
        try groups.size(), try groups.count(), try groups.first(), try groups.last(),
        try groups.min(), try groups.max(), try groups.nunique(), try groups.mean(),
        try groups.median(), try groups.std(), try groups.sum(),
      ] { #expect(result.rowCount == known) }
      #expect(try frame[name].valueCounts().rowCount == known)
      #expect(try frame[name].nunique() == known)
      #expect(try frame[name].unique().count == min(frame.rowCount, 1))
      #expect(try frame.dropDuplicates(columns: [name]).rowCount == min(frame.rowCount, 1))
      // A null is no key: full keeps the rows of both sides apart.
      let counts: [JoinKind: Int] = [
        .inner: known, .semi: known, .anti: frame.rowCount - known, .left: frame.rowCount,
        .right: frame.rowCount, .full: 2 * frame.rowCount - known,
      ]
      for (kind, count) in counts {
        #expect(try frame.join(frame, on: name, how: kind).rowCount == count, "\(name) \(kind)")
      }
      #expect(try frame.crosstab(index: name, columns: "bool").rowCount == known)
      let pivoted = try Self.result {
        try frame.pivot(index: name, columns: "bool", values: "int64", aggregate: .sum)
      }
      #expect(pivoted.map { $0.rowCount == known } ?? (name == "bool"))
    }
    let squared = frame.rowCount * frame.rowCount
    #expect(try frame.join(frame, on: [], how: .cross).rowCount == squared)
    #expect(try frame.melt(keeping: ["string"], values: ["int64"]).rowCount == frame.rowCount)
  }

  @Test(arguments: edges)
  func statisticsAndParts(edge: String) throws {
    let frame = try Self.frame(edge)
    _ = try frame.describe()
    _ = try frame.corr()
    #expect(try frame.quantile([0, 0.5, 1]).rowCount == 3)
    for name in frame.columns {
      let column = try frame[name]
      for verb in [Column.mean, Column.median] { _ = try Self.result { try verb(column)() } }
      _ = try Self.result { try column.std() }
      _ = try Self.result { try column.sum() }
      _ = (column.min(), column.max(), column.mode())
      _ = try Self.result { try column.cut([0, 1]) }
      _ = try Self.result { try column.cut(bins: 3) }
      _ = try Self.result { try column.qcut(2) }
    }
    #expect(frame.sample(2).rowCount == min(2, frame.rowCount))
    #expect(try frame.sample(fraction: 1).rowCount == frame.rowCount)
    for parts in [
      try frame.randomSplit([0.5, 0.5]), try frame.stratifiedSplit([0.5, 0.5], by: "string"),
    ] { #expect(parts.map(\.rowCount).reduce(0, +) == frame.rowCount) }
    #expect(try frame.dropNulls().rowCount == (edge == "one row" ? 1 : 0))
    #expect(!frame.formatted().isEmpty && frame.head().rowCount <= 5)
  }
}

extension DataFrame {
  fileprivate func concatenatedTwice() throws(FrameError) -> DataFrame {
    try DataFrame.concat([self, self])
  }
}
