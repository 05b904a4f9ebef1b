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
    throw error(gathered, column: largest?.largestColumn, isNumber: largest is NumberStage)
  }

  func error(_ gathered: Int, column: String?, isNumber: Bool) -> PreprocessingError {
    let name = column.map { "column '\($0)': " } ?? ""
    let advice =
      isNumber && !approximates
      ? "--approximate takes quantiles from a sketch"
      : "drop the column or encode it by a hash (--encode \(column ?? "col")=hash=64)"
    return PreprocessingError(
      .memory,
      "\(name)its different \(isNumber ? "values" : "categories") do not fit into the memory that "
        + "was given (\(gathered >> 20) MB so far, \((bytes ?? 0) >> 20) MB may be): \(advice), or "
        + "give more",
      column: column
    )
  }
}
