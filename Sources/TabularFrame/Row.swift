internal import OrderedCollections
internal import TabularCSV

/// One row of a frame.
public struct Row: Sendable {
  let frame: DataFrame
  /// The position of the row in its frame.
  public let position: Int

  /// Where the row came from.
  public var id: RowID { frame.ids[position] }

  /// The value in a column.
  ///
  /// - Throws: `FrameError` of kind `column`, with the nearest names.
  public subscript(name: String) -> Value {
    get throws(FrameError) { try frame[name][position] }
  }

  /// The value in a column as a Swift type; nil for a null.
  ///
  /// - Throws: `FrameError` for an unknown name, or a type that does not fit.
  public subscript<Element: ColumnElement>(name: String, as type: Element.Type) -> Element? {
    get throws(FrameError) { try frame[name, as: type][position] }
  }

  /// All values in column order, as floats for a model: bools become 0 and 1, nulls NaN.
  ///
  /// - Throws: `FrameError` of kind `type` for a column that holds no numbers.
  public func values(as type: Float.Type = Float.self) throws(FrameError) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(frame.table.count)
    for (name, column) in frame.table {
      switch column.type {
      case .int64, .float64: values.append(Float._read(column, position) ?? .nan)
      case .bool: values.append(Bool._read(column, position).map { $0 ? 1 : 0 } ?? .nan)
      default:
        throw FrameError(
          .type,
          "column '\(name)' is of type \(column.type), expected numbers; map or drop it",
          column: name
        )
      }
    }
    return values
  }
}

extension Row: CustomStringConvertible {
  /// A line for each column: its name and value.
  public var description: String {
    let names = frame.table.keys.map { printable($0) }
    let width = names.map { displayWidth($0) }.max() ?? 0
    return zip(names, frame.table.values).map { name, column in
      let gap = String(repeating: " ", count: width - displayWidth(name) + 2)
      return name + gap + printable(column[position].description)
    }.joined(separator: "\n")
  }
}
