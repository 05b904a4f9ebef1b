internal import TabularCSV
import TabularFrame

/// A category: a text, an integer or a bool.
///
/// Texts are equal when their bytes are, and ordered by code point.
public enum CategoryKey: Sendable, Comparable, Hashable, Codable, CustomStringConvertible {
  /// A truth value.
  case bool(Bool)
  /// An integer.
  case int64(Int64)
  /// A text.
  case string(String)

  /// False before true, then integers in ascending order, then texts in code-point order.
  public static func < (left: Self, right: Self) -> Bool {
    switch (left, right) {
    case (.bool(let l), .bool(let r)): !l && r
    case (.int64(let l), .int64(let r)): l < r
    case (.string(let l), .string(let r)): l.utf8.lexicographicallyPrecedes(r.utf8)
    case (.bool, _), (.int64, .string): true
    default: false
    }
  }

  /// Equal kinds and values; texts by their bytes.
  public static func == (left: Self, right: Self) -> Bool {
    switch (left, right) {
    case (.bool(let l), .bool(let r)): l == r
    case (.int64(let l), .int64(let r)): l == r
    case (.string(let l), .string(let r)): l.utf8.elementsEqual(r.utf8)
    default: false
    }
  }

  /// Hashes what `==` compares.
  public func hash(into hasher: inout Hasher) {
    switch self {
    case .bool(let value): hasher.combine(value)
    case .int64(let value): hasher.combine(value)
    case .string(var value): value.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
  }

  /// The text of the value.
  public var description: String {
    switch self {
    case .bool(let value): value.description
    case .int64(let value): value.description
    case .string(let value): value
    }
  }

  /// Reads a JSON bool, number or string.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else {
      self = .int64(try container.decode(Int64.self))
    }
  }

  /// Writes a JSON bool, number or string.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .bool(let value): try container.encode(value)
    case .int64(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    }
  }
}

/// A column as categories; nil for a null.
struct CategoryColumn {
  private let column: Column
  let count: Int

  /// Takes string, category, int64 and bool columns, and a column without any value.
  init(_ name: String, in frame: DataFrame) throws(PreprocessingError) {
    column = try frame.categories(name)
    count = column.count
  }

  subscript(row: Int) -> CategoryKey? {
    guard !column.isNull(row) else { return nil }
    switch column.storage {
    case .string(let texts): return .string(texts[row])
    case .category(let codes, let words): return .string(words[Int(codes[row])])
    case .int64(let vector): return .int64(vector[row])
    case .bool(let bits): return .bool(bits[row])
    default: return nil
    }
  }
}
