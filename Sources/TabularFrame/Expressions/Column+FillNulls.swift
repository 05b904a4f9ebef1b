internal import TabularCSV

extension Column {
  /// Replaces nulls by a number, a text or another value, such as the column's median.
  ///
  /// - Throws: `FrameError` of kind `type` when the value does not fit.
  public func fillNulls(_ value: some ValueConvertible) throws(FrameError) -> Column {
    guard type == .int64, case .float64(let number) = value.cellValue else {
      return try fillNulls(value.cellValue)
    }
    guard let whole = Int64(exactly: number) else {
      throw FrameError(
        .type,
        "nulls of a column of type int64 cannot be filled with \(number); "
          + "cast it with cast(to: .float64) first"
      )
    }
    return try fillNulls(Value.int64(whole))
  }
}
