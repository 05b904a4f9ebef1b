/// What a fit may take of memory, and whether it may be nearly right for it.
package struct FitLimits: Sendable {
  /// The bytes that may be gathered of values and categories; nil for any number.
  package var bytes: Int?
  /// Whether quantiles may come from a sketch.
  package var approximates = false

  /// No limit, and exact quantiles.
  package init(bytes: Int? = nil, approximates: Bool = false) {
    (self.bytes, self.approximates) = (bytes, approximates)
  }

  /// Stops where more was gathered than may be.
  func check(_ fitters: [any StepFitter]) throws(PreprocessingError) {
    guard let bytes else { return }
    let gathered = fitters.reduce(0) { $0 + $1.byteCount }
    guard gathered > bytes else { return }
    let largest = fitters.max { $0.byteCount < $1.byteCount }
    throw error(
      gathered,
      column: largest?.largestColumn,
      of: largest is NumberStage ? .numbers : .categories
    )
  }

  /// What takes the memory.
  enum Gathered {
    /// The values of numbers, for quantiles or the most frequent one.
    case numbers
    /// The different values that are to be encoded.
    case categories
    /// The integers so far, to see whether one is there twice.
    case identifiers
  }

  func error(_ gathered: Int, column: String?, of what: Gathered) -> PreprocessingError {
    let name = column ?? "col"
    let values: String
    let advice: String
    switch what {
    case .numbers where approximates:
      values = "values"
      advice = "drop the column or give the value that replaces nulls (--impute \(name)=constant=0)"
    case .numbers: (values, advice) = ("values", "--approximate takes quantiles from a sketch")
    case .categories:
      values = "categories"
      advice = "drop the column or encode it by a hash (--encode \(name)=hash=64)"
    case .identifiers:
      values = "integers"
      advice = "leave it out (--drop \(name)) or take it as a number (--keep \(name))"
    }
    return PreprocessingError(
      .memory,
      (column.map { "column '\($0)': " } ?? "") + "its different \(values) do not fit into the "
        + "memory that was given (\(gathered >> 20) MB so far, \((bytes ?? 0) >> 20) MB may be): "
        + "\(advice), or give more",
      column: column
    )
  }
}
