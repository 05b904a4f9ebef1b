public import TabularCSV
internal import TabularTensor

/// A column of one type with nulls, in Apache Arrow's layout: values in a 64-byte aligned buffer,
/// and a bitmap of the rows that have one, absent where no row is null.
///
/// A value; slicing and copying share the buffers.
public struct Column: Sendable {
  package enum Storage: Sendable {
    case bool(BitVector)
    case int64(FixedVector<Int64>)
    case float64(FixedVector<Double>)
    case date(FixedVector<Int32>)
    case datetime(FixedVector<Int64>)
    case string(StringVector)
    case category(FixedVector<Int32>, dictionary: StringVector)
  }

  package let storage: Storage
  package let validity: Validity?

  package init(storage: Storage, validity: Validity?) {
    self.storage = storage
    self.validity = validity
  }

  /// Creates a column from values; nil is null.
  public init<Element: ColumnElement>(_ values: [Element?]) {
    self = Element._column(values)
  }

  /// The number of rows.
  public var count: Int {
    switch storage {
    case .bool(let bits): bits.count
    case .int64(let vector): vector.count
    case .float64(let vector): vector.count
    case .date(let vector): vector.count
    case .datetime(let vector): vector.count
    case .string(let texts): texts.count
    case .category(let codes, _): codes.count
    }
  }

  /// The type of the values.
  public var type: ColumnType {
    switch storage {
    case .bool: .bool
    case .int64: .int64
    case .float64: .float64
    case .date: .date
    case .datetime: .datetime
    case .string: .string
    case .category: .category
    }
  }

  /// The number of nulls.
  public var nullCount: Int { validity?.nullCount ?? 0 }

  /// Whether a row is null.
  public func isNull(_ row: Int) -> Bool { !(validity?.bits[row] ?? true) }

  /// The value of a row.
  public subscript(row: Int) -> Value {
    precondition(row >= 0 && row < count, "row \(row) of \(count)")
    guard !isNull(row) else { return .null }
    switch storage {
    case .bool(let bits): return .bool(bits[row])
    case .int64(let vector): return .int64(vector[row])
    case .float64(let vector): return .float64(vector[row])
    case .date(let vector): return .date(CalendarDate(daysSinceEpoch: vector[row]))
    case .datetime(let vector): return .datetime(Timestamp(microsecondsSinceEpoch: vector[row]))
    case .string(let texts): return .string(texts[row])
    case .category(let codes, let dictionary): return .string(dictionary[Int(codes[row])])
    }
  }
}

extension Column: Equatable {
  /// Equal types, nulls in the same rows, and equal values elsewhere.
  ///
  /// NaN equals NaN here, and texts are equal when their bytes are.
  public static func == (left: Column, right: Column) -> Bool {
    guard left.type == right.type, left.count == right.count, left.nullCount == right.nullCount
    else { return false }
    return (0..<left.count).allSatisfy { left[$0].isIdentical(to: right[$0]) }
  }
}

extension Column {
  /// Adopts a column as the CSV floor read it.
  init(_ parsed: ParsedColumn, count: Int) {
    validity = parsed.validity.map {
      Validity(bits: BitVector(buffer: Buffer($0), count: count), nullCount: parsed.nullCount)
    }
    storage =
      switch parsed.values {
      case .bool(let bits): .bool(BitVector(buffer: Buffer(bits), count: count))
      case .int64(let memory): .int64(FixedVector(buffer: Buffer(memory), count: count))
      case .float64(let memory): .float64(FixedVector(buffer: Buffer(memory), count: count))
      case .date(let memory): .date(FixedVector(buffer: Buffer(memory), count: count))
      case .datetime(let memory): .datetime(FixedVector(buffer: Buffer(memory), count: count))
      case .string(let views, let heap):
        .string(
          StringVector(
            views: FixedVector(buffer: Buffer(views), count: count),
            heap: heap.buffers.map { Buffer($0) }
          )
        )
      case .category(let codes, let words, let wordCount, let heap):
        .category(
          FixedVector(buffer: Buffer(codes), count: count),
          dictionary: StringVector(
            views: FixedVector(buffer: Buffer(words), count: wordCount),
            heap: heap.buffers.map { Buffer($0) }
          )
        )
      }
  }
}
