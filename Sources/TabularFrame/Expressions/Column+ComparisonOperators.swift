// Comparisons of a column with a value, as bool columns: masks for `loc` and `filter`.
//
// Integers and floats compare exactly, NaN is unequal to everything, and texts are ordered by their
// code points. A null row gives null, and so does a comparison with `Value.null`; in a mask a null
// counts as false. Columns compare with columns by `.==`, `.<` and so on, since `==` between columns
// says whether they are equal as a whole.
extension Column {
  /// Whether each row equals a value.
  ///
  /// - Throws: `FrameError` of kind `type` when the two cannot be compared.
  public static func == (left: Column, right: some ValueConvertible) throws(FrameError) -> Column {
    try left.compared(.equal, to: right.cellValue)
  }

  /// Whether a value equals each row.
  ///
  /// - Throws: `FrameError` of kind `type` when the two cannot be compared.
  public static func == (left: some ValueConvertible, right: Column) throws(FrameError) -> Column {
    try right.compared(Comparator.equal.flipped, to: left.cellValue)
  }

  /// Whether each row equals the same row of another column.
  ///
  /// - Throws: `FrameError` of kind `type` or `length` when the two cannot be compared.
  public static func .== (left: Column, right: Column) throws(FrameError) -> Column {
    try left.compared(.equal, to: right)
  }

  /// Whether each row differs from a value.
  ///
  /// - Throws: `FrameError` of kind `type` when the two cannot be compared.
  public static func != (left: Column, right: some ValueConvertible) throws(FrameError) -> Column {
    try left.compared(.notEqual, to: right.cellValue)
  }

  /// Whether a value differs from each row.
  ///
  /// - Throws: `FrameError` of kind `type` when the two cannot be compared.
  public static func != (left: some ValueConvertible, right: Column) throws(FrameError) -> Column {
    try right.compared(Comparator.notEqual.flipped, to: left.cellValue)
  }

  /// Whether each row differs from the same row of another column.
  ///
  /// - Throws: `FrameError` of kind `type` or `length` when the two cannot be compared.
  public static func .!= (left: Column, right: Column) throws(FrameError) -> Column {
    try left.compared(.notEqual, to: right)
  }

  /// Whether each row is below a value.
  ///
  /// - Throws: `FrameError` of kind `type` when the two cannot be compared.
  public static func < (left: Column, right: some ValueConvertible) throws(FrameError) -> Column {
    try left.compared(.below, to: right.cellValue)
  }

  /// Whether a value is below each row.
  ///
  /// - Throws: `FrameError` of kind `type` when the two cannot be compared.
  public static func < (left: some ValueConvertible, right: Column) throws(FrameError) -> Column {
    try right.compared(Comparator.below.flipped, to: left.cellValue)
  }

  /// Whether each row is below the same row of another column.
  ///
  /// - Throws: `FrameError` of kind `type` or `length` when the two cannot be compared.
  public static func .< (left: Column, right: Column) throws(FrameError) -> Column {
    try left.compared(.below, to: right)
  }

  /// Whether each row is at most a value.
  ///
  /// - Throws: `FrameError` of kind `type` when the two cannot be compared.
  public static func <= (left: Column, right: some ValueConvertible) throws(FrameError) -> Column {
    try left.compared(.atMost, to: right.cellValue)
  }

  /// Whether a value is at most each row.
  ///
  /// - Throws: `FrameError` of kind `type` when the two cannot be compared.
  public static func <= (left: some ValueConvertible, right: Column) throws(FrameError) -> Column {
    try right.compared(Comparator.atMost.flipped, to: left.cellValue)
  }

  /// Whether each row is at most the same row of another column.
  ///
  /// - Throws: `FrameError` of kind `type` or `length` when the two cannot be compared.
  public static func .<= (left: Column, right: Column) throws(FrameError) -> Column {
    try left.compared(.atMost, to: right)
  }

  /// Whether each row is above a value.
  ///
  /// - Throws: `FrameError` of kind `type` when the two cannot be compared.
  public static func > (left: Column, right: some ValueConvertible) throws(FrameError) -> Column {
    try left.compared(.above, to: right.cellValue)
  }

  /// Whether a value is above each row.
  ///
  /// - Throws: `FrameError` of kind `type` when the two cannot be compared.
  public static func > (left: some ValueConvertible, right: Column) throws(FrameError) -> Column {
    try right.compared(Comparator.above.flipped, to: left.cellValue)
  }

  /// Whether each row is above the same row of another column.
  ///
  /// - Throws: `FrameError` of kind `type` or `length` when the two cannot be compared.
  public static func .> (left: Column, right: Column) throws(FrameError) -> Column {
    try left.compared(.above, to: right)
  }

  /// Whether each row is at least a value.
  ///
  /// - Throws: `FrameError` of kind `type` when the two cannot be compared.
  public static func >= (left: Column, right: some ValueConvertible) throws(FrameError) -> Column {
    try left.compared(.atLeast, to: right.cellValue)
  }

  /// Whether a value is at least each row.
  ///
  /// - Throws: `FrameError` of kind `type` when the two cannot be compared.
  public static func >= (left: some ValueConvertible, right: Column) throws(FrameError) -> Column {
    try right.compared(Comparator.atLeast.flipped, to: left.cellValue)
  }

  /// Whether each row is at least the same row of another column.
  ///
  /// - Throws: `FrameError` of kind `type` or `length` when the two cannot be compared.
  public static func .>= (left: Column, right: Column) throws(FrameError) -> Column {
    try left.compared(.atLeast, to: right)
  }
}
