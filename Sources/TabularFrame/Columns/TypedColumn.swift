/// A column read as one Swift type: a collection of optional values, nil for a null.
///
/// Made by `try df["Age", as: Double.self]`, which checks the type once.
public struct TypedColumn<Element: ColumnElement>: RandomAccessCollection, Sendable {
  /// The column itself.
  public let column: Column

  /// Creates the view.
  ///
  /// - Throws: `FrameError` of kind `type` when the column's type cannot be read as `Element`.
  public init(_ column: Column) throws(FrameError) {
    guard Element._reads(column.type) else {
      throw FrameError(.type, "a column of type \(column.type) cannot be read as \(Element.self)")
    }
    self.column = column
  }

  /// The first position, 0.
  public var startIndex: Int { 0 }
  /// The number of rows.
  public var endIndex: Int { column.count }

  /// The value of a row; nil for a null.
  public subscript(row: Int) -> Element? { Element._read(column, row) }
}
