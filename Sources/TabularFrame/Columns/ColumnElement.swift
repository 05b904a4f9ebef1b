public import TabularCSV

/// A Swift type that a column's values can be read as, and a column be made of.
///
/// `Int`, `Int64`, `Double`, `Float`, `Bool`, `String`, `CalendarDate` and `Timestamp`. Floats also
/// read integers; `String` also reads categories.
public protocol ColumnElement: Hashable, Sendable {
  /// The type of a column made of such values.
  static var columnType: ColumnType { get }
  /// Whether columns of a type can be read as this one.
  static func _reads(_ type: ColumnType) -> Bool
  /// The value of a row of a column that `_reads` accepts; nil for a null.
  static func _read(_ column: Column, _ row: Int) -> Self?
  /// A column of these values.
  static func _column(_ values: [Self?]) -> Column
}

extension ColumnElement {
  /// True for a column of the own type.
  public static func _reads(_ type: ColumnType) -> Bool { type == columnType }

  fileprivate static func fixed<Value: BitwiseCopyable & Sendable>(
    _ values: [Self?],
    _ zero: Value,
    _ convert: (Self) -> Value
  ) -> (FixedVector<Value>, Validity?) {
    let vector = FixedVector(count: values.count) { values[$0].map(convert) ?? zero }
    return (vector, Validity(count: values.count) { values[$0] != nil })
  }
}

extension Int64: ColumnElement {
  /// int64.
  public static var columnType: ColumnType { .int64 }
  /// The value of a row.
  public static func _read(_ column: Column, _ row: Int) -> Int64? {
    guard case .int64(let vector) = column.storage, !column.isNull(row) else { return nil }
    return vector[row]
  }
  /// A column of these values.
  public static func _column(_ values: [Int64?]) -> Column {
    let (vector, validity) = fixed(values, 0) { $0 }
    return Column(storage: .int64(vector), validity: validity)
  }
}

extension Int: ColumnElement {
  /// int64.
  public static var columnType: ColumnType { .int64 }
  /// The value of a row.
  public static func _read(_ column: Column, _ row: Int) -> Int? {
    Int64._read(column, row).map { Int($0) }
  }
  /// A column of these values.
  public static func _column(_ values: [Int?]) -> Column {
    let (vector, validity) = fixed(values, 0) { Int64($0) }
    return Column(storage: .int64(vector), validity: validity)
  }
}

extension Double: ColumnElement {
  /// float64.
  public static var columnType: ColumnType { .float64 }
  /// True for float64 and int64.
  public static func _reads(_ type: ColumnType) -> Bool { type == .float64 || type == .int64 }
  /// The value of a row.
  public static func _read(_ column: Column, _ row: Int) -> Double? {
    guard !column.isNull(row) else { return nil }
    switch column.storage {
    case .float64(let vector): return vector[row]
    case .int64(let vector): return Double(vector[row])
    default: return nil
    }
  }
  /// A column of these values.
  public static func _column(_ values: [Double?]) -> Column {
    let (vector, validity) = fixed(values, 0) { $0 }
    return Column(storage: .float64(vector), validity: validity)
  }
}

extension Float: ColumnElement {
  /// float64.
  public static var columnType: ColumnType { .float64 }
  /// True for float64 and int64.
  public static func _reads(_ type: ColumnType) -> Bool { Double._reads(type) }
  /// The value of a row, rounded to a float.
  public static func _read(_ column: Column, _ row: Int) -> Float? {
    Double._read(column, row).map { Float($0) }
  }
  /// A column of these values.
  public static func _column(_ values: [Float?]) -> Column {
    let (vector, validity) = fixed(values, 0) { Double($0) }
    return Column(storage: .float64(vector), validity: validity)
  }
}

extension Bool: ColumnElement {
  /// bool.
  public static var columnType: ColumnType { .bool }
  /// The value of a row.
  public static func _read(_ column: Column, _ row: Int) -> Bool? {
    guard case .bool(let bits) = column.storage, !column.isNull(row) else { return nil }
    return bits[row]
  }
  /// A column of these values.
  public static func _column(_ values: [Bool?]) -> Column {
    Column(
      storage: .bool(BitVector(count: values.count) { values[$0] ?? false }),
      validity: Validity(count: values.count) { values[$0] != nil }
    )
  }
}

extension String: ColumnElement {
  /// string.
  public static var columnType: ColumnType { .string }
  /// True for string and category.
  public static func _reads(_ type: ColumnType) -> Bool { type == .string || type == .category }
  /// The text of a row.
  public static func _read(_ column: Column, _ row: Int) -> String? {
    guard !column.isNull(row) else { return nil }
    switch column.storage {
    case .string(let texts): return texts[row]
    case .category(let codes, let dictionary): return dictionary[Int(codes[row])]
    default: return nil
    }
  }
  /// A column of these texts.
  public static func _column(_ values: [String?]) -> Column {
    Column(
      storage: .string(StringVector(values)),
      validity: Validity(count: values.count) { values[$0] != nil }
    )
  }
}

extension CalendarDate: ColumnElement {
  /// date.
  public static var columnType: ColumnType { .date }
  /// The day of a row.
  public static func _read(_ column: Column, _ row: Int) -> CalendarDate? {
    guard case .date(let vector) = column.storage, !column.isNull(row) else { return nil }
    return CalendarDate(daysSinceEpoch: vector[row])
  }
  /// A column of these days.
  public static func _column(_ values: [CalendarDate?]) -> Column {
    let (vector, validity) = fixed(values, 0) { $0.daysSinceEpoch }
    return Column(storage: .date(vector), validity: validity)
  }
}

extension Timestamp: ColumnElement {
  /// datetime.
  public static var columnType: ColumnType { .datetime }
  /// The instant of a row.
  public static func _read(_ column: Column, _ row: Int) -> Timestamp? {
    guard case .datetime(let vector) = column.storage, !column.isNull(row) else { return nil }
    return Timestamp(microsecondsSinceEpoch: vector[row])
  }
  /// A column of these instants.
  public static func _column(_ values: [Timestamp?]) -> Column {
    let (vector, validity) = fixed(values, 0) { $0.microsecondsSinceEpoch }
    return Column(storage: .datetime(vector), validity: validity)
  }
}
