internal import TabularCSV

/// A frame whose rows are found by the values of a column, as pandas' after `set_index`.
///
/// ```swift
/// let ports = try passengers.setIndex("Embarked")
/// print(try ports.loc["Q"], try ports.loc[["C", "Q"], ["Name", "Age"]])
/// ```
public struct IndexedDataFrame: Sendable {
  /// The other columns.
  public let frame: DataFrame
  /// The labels, a row each; they may repeat.
  public let index: Column
  /// The name of the column of labels.
  public let indexName: String
  /// The rows of each label.
  private let rowsByLabel: [Label: Range<Int>]
  private let rows: [Int]

  /// A value by which rows are found; texts are equal when their bytes are.
  private enum Label: Hashable {
    case value(Value)
    case text([UInt8])

    init(_ value: Value) {
      switch value {
      case .string(let text): self = .text(Array(text.utf8))
      case .float64(let number) where number == 0: self = .value(.float64(0))
      default: self = .value(value)
      }
    }
  }

  fileprivate init(frame: DataFrame, index: Column, name: String) {
    self.frame = frame
    self.index = index
    indexName = name
    let grouping = Grouping([index], keepingNulls: true)
    let (rows, starts) = grouping.rowsByGroup()
    self.rows = rows
    var rowsByLabel: [Label: Range<Int>] = [:]
    for (group, row) in grouping.firstRows.enumerated() {
      rowsByLabel[Label(index[row])] = starts[group]..<starts[group + 1]
    }
    self.rowsByLabel = rowsByLabel
  }

  /// Selection by label.
  public var loc: IndexLabels { IndexLabels(indexed: self) }

  /// The frame with the labels as its first column.
  ///
  /// - Throws: `FrameError` of kind `column` when a column has the name by now.
  public func resetIndex() throws(FrameError) -> DataFrame {
    try DataFrame([(name: indexName, column: index)] + frame.namedColumns, ids: frame.ids)
  }

  fileprivate func positions(_ value: Value) throws(FrameError) -> ArraySlice<Int> {
    var value = value
    // A label may be written as a value of a near type.
    switch (index.type, value) {
    case (.float64, .int64(let number)): value = .float64(Double(number))
    case (.int64, .float64(let number)):
      if let whole = Int64(exactly: number) { value = .int64(whole) }
    case (.date, .string(let text)):
      if let date = CalendarDate(text) { value = .date(date) }
    case (.datetime, .string(let text)):
      if let instant = Timestamp(text) { value = .datetime(instant) }
    default: break
    }
    guard let range = rowsByLabel[Label(value)] else {
      // Of very many labels not all are compared.
      let labels = rowsByLabel.values.map { rows[$0.lowerBound] }.sorted().prefix(10_000)
      throw FrameError(
        .value,
        "no row labelled \(value.quoted) in '\(indexName)'; "
          + suggestion(for: value.description, among: labels.map { index[$0].description }),
        column: indexName
      )
    }
    return rows[range]
  }
}

/// Selection by the labels of an index; a label that several rows have gives all of them.
public struct IndexLabels: Sendable {
  fileprivate let indexed: IndexedDataFrame

  /// The rows of a label, in the order of the frame.
  ///
  /// - Throws: `FrameError` of kind `value`, with the nearest labels, when no row has it.
  public subscript(label: some ValueConvertible) -> DataFrame {
    get throws(FrameError) {
      indexed.frame.taking(Array(try indexed.positions(label.cellValue)))
    }
  }

  /// Some columns of the rows of a label.
  ///
  /// - Throws: `FrameError` when no row has the label, or a name is unknown.
  public subscript(label: some ValueConvertible, names: [String]) -> DataFrame {
    get throws(FrameError) {
      try indexed.frame.select(names).taking(Array(try indexed.positions(label.cellValue)))
    }
  }

  /// A column of the rows of a label.
  ///
  /// - Throws: `FrameError` when no row has the label, or the name is unknown.
  public subscript(label: some ValueConvertible, name: String) -> Column {
    get throws(FrameError) {
      try indexed.frame.select([name]).taking(Array(try indexed.positions(label.cellValue)))[name]
    }
  }

  /// The rows of several labels, label by label.
  ///
  /// - Throws: `FrameError` of kind `value`, with the nearest labels, when no row has one of them.
  public subscript<Element: ValueConvertible>(labels: [Element]) -> DataFrame {
    get throws(FrameError) { indexed.frame.taking(try positions(labels)) }
  }

  /// Some columns of the rows of several labels, label by label.
  ///
  /// - Throws: `FrameError` when no row has one of the labels, or a name is unknown.
  public subscript<Element: ValueConvertible>(labels: [Element], names: [String]) -> DataFrame {
    get throws(FrameError) {
      try indexed.frame.select(names).taking(try positions(labels))
    }
  }

  private func positions<Element: ValueConvertible>(_ labels: [Element]) throws(FrameError)
    -> [Int]
  {
    var rows: [Int] = []
    for label in labels { rows += try indexed.positions(label.cellValue) }
    return rows
  }
}

extension DataFrame {
  /// Takes a column for the labels of the rows, as pandas' `set_index`.
  ///
  /// - Returns: the other columns, whose rows are found with `loc[label]`.
  /// - Throws: `FrameError` of kind `column` for an unknown name.
  public func setIndex(_ name: String) throws(FrameError) -> IndexedDataFrame {
    IndexedDataFrame(frame: try drop(columns: [name]), index: try self[name], name: name)
  }
}

extension PositionIndexer {
  /// The rows of which a mask says true; a mask of another length traps.
  @_disfavoredOverload
  public subscript(mask: [Bool]) -> DataFrame {
    precondition(
      mask.count == frame.rowCount,
      "a mask of \(mask.count) rows for a frame of \(frame.rowCount)"
    )
    return frame.taking(mask.indices.filter { mask[$0] })
  }

  /// The rows where a bool column is true; a null counts as false.
  ///
  /// - Throws: `FrameError` when the mask is no bool, or of another length.
  public subscript(mask: Column) -> DataFrame {
    get throws(FrameError) { try frame.filter(mask) }
  }
}
