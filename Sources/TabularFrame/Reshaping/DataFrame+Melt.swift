internal import TabularCSV

extension DataFrame {
  /// Turns columns into rows, as pandas' `melt`: the rows of the first column, then those of the
  /// next.
  ///
  /// - Parameters:
  ///   - names: the columns that stay, repeated.
  ///   - values: the columns that become rows; all others, unless told. int64 and float64 become
  ///     float64, string and category string; other types do not mix.
  ///   - variableName: the new column of the names.
  ///   - valueName: the new column of the values.
  /// - Returns: a row for each row and column of values.
  /// - Throws: `FrameError` of kind `column` for an unknown or doubled name, and of kind `type` for
  ///   types that do not mix.
  public func melt(
    keeping names: [String] = [],
    values: [String]? = nil,
    variableName: String = "variable",
    valueName: String = "value"
  ) throws(FrameError) -> DataFrame {
    let values = values ?? columns.filter { !names.contains($0) }
    let kept = try select(names)
    var types: Set<ColumnType> = []
    for name in values { types.insert(try self[name].type) }
    let common: ColumnType? =
      types.count <= 1
      ? types.first
      : types == [.int64, .float64]
        ? .float64 : types == [.string, .category] ? .string : nil
    guard let common else {
      guard values.isEmpty else {
        let found = try values.map { (name) throws(FrameError) in "\(name) (\(try self[name].type))"
        }
        throw FrameError(
          .type,
          "melt of columns of types that do not mix: \(found.joined(separator: ", ")); "
            + "cast them with cast(to:), or name the values"
        )
      }
      throw FrameError(.column, "melt of no column; name the values")
    }
    var parts: [DataFrame] = []
    for name in values {
      var columns = kept.namedColumns
      // One word for all rows of the part.
      let codes = FixedVector<Int32>(filling: rowCount) { _ in 0 }
      let variable = Column(
        storage: .category(codes, dictionary: StringVector([name as String?])),
        validity: nil
      )
      columns.append((variableName, try variable.cast(to: .string)))
      columns.append((valueName, try self[name].cast(to: common)))
      parts.append(try DataFrame(columns, ids: ids))
    }
    return try DataFrame.concat(parts)
  }
}
