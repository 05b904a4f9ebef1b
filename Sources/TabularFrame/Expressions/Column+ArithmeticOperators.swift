internal import TabularCSV

// Arithmetic of columns and numbers, row by row. A null on either side gives null.
//
// int64 with int64 stays int64, and a result beyond 64 bits is an error; with a float64 on a side it
// is float64, infinities and NaN as in IEEE 754. `/` always gives float64. A bool counts as 0 or 1.
// `+` also puts texts together, and moves dates by days; `-` of dates gives days.
extension Column {
  /// The sum of each row and the same row of another column; texts are put together.
  ///
  /// - Throws: `FrameError` for types without `+`, other lengths, and an integer beyond 64 bits.
  public static func + (left: Column, right: Column) throws(FrameError) -> Column {
    try computed(.add, .column(left), .column(right))
  }

  /// The sum of each row and a value; texts are put together.
  ///
  /// - Throws: `FrameError` for types without `+`, and an integer beyond 64 bits.
  public static func + (left: Column, right: some ValueConvertible) throws(FrameError) -> Column {
    try computed(.add, .column(left), .value(right.cellValue))
  }

  /// The sum of a value and each row; texts are put together.
  ///
  /// - Throws: `FrameError` for types without `+`, and an integer beyond 64 bits.
  public static func + (left: some ValueConvertible, right: Column) throws(FrameError) -> Column {
    try computed(.add, .value(left.cellValue), .column(right))
  }

  /// Each row less the same row of another column.
  ///
  /// - Throws: `FrameError` for types without `-`, other lengths, and an integer beyond 64 bits.
  public static func - (left: Column, right: Column) throws(FrameError) -> Column {
    try computed(.subtract, .column(left), .column(right))
  }

  /// Each row less a value.
  ///
  /// - Throws: `FrameError` for types without `-`, and an integer beyond 64 bits.
  public static func - (left: Column, right: some ValueConvertible) throws(FrameError) -> Column {
    try computed(.subtract, .column(left), .value(right.cellValue))
  }

  /// A value less each row.
  ///
  /// - Throws: `FrameError` for types without `-`, and an integer beyond 64 bits.
  public static func - (left: some ValueConvertible, right: Column) throws(FrameError) -> Column {
    try computed(.subtract, .value(left.cellValue), .column(right))
  }

  /// The product of each row and the same row of another column.
  ///
  /// - Throws: `FrameError` for types without `*`, other lengths, and an integer beyond 64 bits.
  public static func * (left: Column, right: Column) throws(FrameError) -> Column {
    try computed(.multiply, .column(left), .column(right))
  }

  /// The product of each row and a value.
  ///
  /// - Throws: `FrameError` for types without `*`, and an integer beyond 64 bits.
  public static func * (left: Column, right: some ValueConvertible) throws(FrameError) -> Column {
    try computed(.multiply, .column(left), .value(right.cellValue))
  }

  /// The product of a value and each row.
  ///
  /// - Throws: `FrameError` for types without `*`, and an integer beyond 64 bits.
  public static func * (left: some ValueConvertible, right: Column) throws(FrameError) -> Column {
    try computed(.multiply, .value(left.cellValue), .column(right))
  }

  /// Each row divided by the same row of another column, as float64.
  ///
  /// - Throws: `FrameError` for types without `/`, other lengths, and an integer beyond 64 bits.
  public static func / (left: Column, right: Column) throws(FrameError) -> Column {
    try computed(.divide, .column(left), .column(right))
  }

  /// Each row divided by a value, as float64.
  ///
  /// - Throws: `FrameError` for types without `/`, and an integer beyond 64 bits.
  public static func / (left: Column, right: some ValueConvertible) throws(FrameError) -> Column {
    try computed(.divide, .column(left), .value(right.cellValue))
  }

  /// A value divided by each row, as float64.
  ///
  /// - Throws: `FrameError` for types without `/`, and an integer beyond 64 bits.
  public static func / (left: some ValueConvertible, right: Column) throws(FrameError) -> Column {
    try computed(.divide, .value(left.cellValue), .column(right))
  }

  /// What is left of each row's division by another column's, with the divisor's sign, as in
  /// Python; an integer's by 0 is null.
  ///
  /// - Throws: `FrameError` for types without `%`, other lengths, and an integer beyond 64 bits.
  public static func % (left: Column, right: Column) throws(FrameError) -> Column {
    try computed(.remainder, .column(left), .column(right))
  }

  /// What is left of each row's division by a value, with the divisor's sign, as in Python; an
  /// integer's by 0 is null.
  ///
  /// - Throws: `FrameError` for types without `%`, and an integer beyond 64 bits.
  public static func % (left: Column, right: some ValueConvertible) throws(FrameError) -> Column {
    try computed(.remainder, .column(left), .value(right.cellValue))
  }

  /// What is left of a value's division by each row, with the divisor's sign.
  ///
  /// - Throws: `FrameError` for types without `%`, and an integer beyond 64 bits.
  public static func % (left: some ValueConvertible, right: Column) throws(FrameError) -> Column {
    try computed(.remainder, .value(left.cellValue), .column(right))
  }

  /// Each row with the other sign.
  ///
  /// - Throws: `FrameError` when the column holds no numbers, or the smallest int64.
  public static prefix func - (column: Column) throws(FrameError) -> Column {
    if column.type == .float64 { return try computed(.multiply, .column(column), .value(-1.0)) }
    return try computed(.subtract, .value(0), .column(column))
  }
}
