internal import CTabularABI

/// An Arrow type that a column can hold without loss.
indirect enum ArrowCType: Equatable {
  /// How many make a second.
  enum TimeUnit: Int64 {
    case seconds = 1
    case milliseconds = 1_000
    case microseconds = 1_000_000
    case nanoseconds = 1_000_000_000
  }

  /// How the bytes of a text are found.
  enum TextLayout { case offsets32, offsets64, views }

  case null
  case bool
  case integer(bits: Int, isSigned: Bool)
  case float(bits: Int)
  case text(TextLayout)
  /// Days in 32 bits.
  case date32
  /// Milliseconds in 64 bits.
  case date64
  case timestamp(TimeUnit)
  /// Places in a dictionary.
  case dictionary(index: ArrowCType, values: ArrowCType)

  /// The type of a format string; nil for one that no column can hold.
  init?(format: String) {
    switch format {
    case "n": self = .null
    case "b": self = .bool
    case "c": self = .integer(bits: 8, isSigned: true)
    case "C": self = .integer(bits: 8, isSigned: false)
    case "s": self = .integer(bits: 16, isSigned: true)
    case "S": self = .integer(bits: 16, isSigned: false)
    case "i": self = .integer(bits: 32, isSigned: true)
    case "I": self = .integer(bits: 32, isSigned: false)
    case "l": self = .integer(bits: 64, isSigned: true)
    case "L": self = .integer(bits: 64, isSigned: false)
    case "e": self = .float(bits: 16)
    case "f": self = .float(bits: 32)
    case "g": self = .float(bits: 64)
    case "u": self = .text(.offsets32)
    case "U": self = .text(.offsets64)
    case "vu": self = .text(.views)
    case "tdD": self = .date32
    case "tdm": self = .date64
    default:
      // With any time zone, or none: the numbers are instants in UTC, as a CSV's are.
      guard format.hasPrefix("ts"), format.dropFirst(3).first == ":" else { return nil }
      switch format.dropFirst(2).first {
      case "s": self = .timestamp(.seconds)
      case "m": self = .timestamp(.milliseconds)
      case "u": self = .timestamp(.microseconds)
      case "n": self = .timestamp(.nanoseconds)
      default: return nil
      }
    }
  }

  /// The number of buffers before those of a heap: bits of nulls first.
  var bufferCount: Int {
    switch self {
    case .null: 0
    case .text: 3
    case .dictionary(let index, _): index.bufferCount
    default: 2
    }
  }
}

/// A column as a schema describes it.
struct ArrowCField {
  let name: String
  let type: ArrowCType

  init(_ schema: ArrowSchema) throws(FrameError) {
    let name = schema.name.map { String(cString: $0) } ?? ""
    self.name = name
    guard let format = schema.format.map({ String(cString: $0) }) else {
      throw FrameError(.arrow, "column '\(name)' has no Arrow format", column: name)
    }
    guard schema.release != nil else { throw .released("schema of column '\(name)'") }
    func refused(_ format: String) -> FrameError {
      FrameError(
        .arrow,
        "column '\(name)' is of the Arrow type '\(format)', which no column type holds without "
          + "loss; cast it or leave it out",
        column: name
      )
    }
    guard let own = ArrowCType(format: format) else { throw refused(format) }
    guard let dictionary = schema.dictionary else {
      type = own
      return
    }
    guard case .integer = own else { throw refused("dictionary with indices '\(format)'") }
    let values = try ArrowCField(dictionary.pointee).type
    if case .dictionary = values { throw refused("dictionary of dictionaries") }
    type = .dictionary(index: own, values: values)
  }

  /// The columns of a record batch.
  static func columns(of schema: ArrowSchema) throws(FrameError) -> [ArrowCField] {
    let format = schema.format.map { String(cString: $0) } ?? ""
    guard format == "+s" else {
      throw FrameError(.arrow, "an Arrow schema '\(format)'; expected '+s', a record batch")
    }
    guard let count = Int(exactly: schema.n_children), count >= 0,
      count == 0 || schema.children != nil
    else { throw FrameError(.arrow, "an Arrow schema of \(schema.n_children) columns") }
    var fields: [ArrowCField] = []
    for index in 0..<count {
      guard let child = schema.children[index] else {
        throw FrameError(.arrow, "column \(index) of the Arrow schema is not there")
      }
      fields.append(try ArrowCField(child.pointee))
    }
    return fields
  }
}

extension ArrowCField {
  init(name: String, type: ArrowCType) {
    self.name = name
    self.type = type
  }

  /// A column of the type without rows.
  func empty() throws(FrameError) -> Column {
    var words: Column?
    if case .dictionary(_, let values) = type {
      words = try ArrowCField(name: name, type: values).empty()
    }
    return try Column(
      ArrowData(
        name: name,
        type: type,
        offset: 0,
        count: 0,
        buffers: [nil, nil, nil],
        dictionary: words
      )
    )
  }
}
