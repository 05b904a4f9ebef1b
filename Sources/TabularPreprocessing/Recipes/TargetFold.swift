internal import TabularCSV
internal import TabularFrame

/// What there is to learn, gathered chunk by chunk: what the target's encoding is fitted from.
struct TargetFold: Sendable {
  let column: String
  private let task: TargetEncoding.Task?
  private var type: ColumnType?
  private var rows = 0
  private var missing = 0
  private var firstMissing: RowID?
  /// The classes; given up where there are more integers than classes can be.
  private var categories: CategoryFold? = CategoryFold()

  init(column: String, task: TargetEncoding.Task?) { (self.column, self.task) = (column, task) }

  /// The rows that have a target.
  var labelledRows: Int { rows - missing }

  mutating func observe(_ chunk: DataFrame) throws(PreprocessingError) {
    let values = try chunk.column(column)
    type = type ?? values.type
    rows += chunk.rowCount
    let gaps = try TargetEncoding.missingRows(in: chunk, column: column)
    missing += gaps.count
    if firstMissing == nil, let row = gaps.first { firstMissing = chunk.ids[row] }
    guard values.type != .float64, task != .regression else {
      categories = nil
      return
    }
    guard values.type != .date, values.type != .datetime else { return }
    categories?.observe(values, 0..<values.count)
    giveUpNumbers()
  }

  /// Forgets classes that are so many integers that they are numbers.
  private mutating func giveUpNumbers() {
    if type == .int64, task == nil, distinct > TargetEncoding.largestClassCount {
      categories = nil
    }
  }

  private var distinct: Int { (categories?.count ?? 0) - (missing > 0 ? 1 : 0) }

  /// Refuses rows without a target.
  func refuseNulls() throws(PreprocessingError) {
    guard missing > 0, let firstMissing else { return }
    throw TargetEncoding.nullError(column, missing: missing, of: rows, first: firstMissing)
  }

  /// The encoding.
  ///
  /// - Throws: `PreprocessingError` of kind `target` when the column has no value, or does not fit.
  func encoding() throws(PreprocessingError) -> TargetEncoding {
    guard labelledRows > 0, let type else {
      throw PreprocessingError(.target, "the target '\(column)' has no value", column: column)
    }
    func refused(_ message: String) -> PreprocessingError {
      PreprocessingError(.target, "the target '\(column)' \(message)", column: column)
    }
    switch (type, task) {
    case (.date, _), (.datetime, _): throw refused("is a \(type); learn a number or a class")
    case (.string, .regression), (.category, .regression):
      throw refused("is text, and cannot be regressed")
    case (.float64, .classification): throw refused("holds fractions, and cannot be classified")
    default: break
    }
    guard let categories else {
      return TargetEncoding(column: column, task: .regression, categories: nil)
    }
    let known = categories.sorted.categories
    guard known.count > 1 else {
      throw refused("has one value only, '\(known[0])': nothing to learn")
    }
    return TargetEncoding(column: column, task: .classification, categories: known)
  }
}

// What other processes have seen.
extension TargetFold: SharedState {
  func put(into bytes: inout StateBytes) {
    bytes.put(rows)
    bytes.put(missing)
    bytes.put(firstMissing?.rawValue)
    bytes.put(categories)
  }

  mutating func take(from bytes: inout StateBytes) {
    rows = bytes.take()
    missing = bytes.take()
    firstMissing = bytes.take(UInt64?.self).map { RowID(rawValue: $0) }
    categories = bytes.take(CategoryFold())
  }

  mutating func merge(_ other: TargetFold) {
    rows += other.rows
    missing += other.missing
    firstMissing = firstMissing ?? other.firstMissing
    if let theirs = other.categories { categories?.merge(theirs) } else { categories = nil }
    giveUpNumbers()
  }
}
