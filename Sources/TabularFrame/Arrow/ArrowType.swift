/// The unit of an Arrow timestamp.
enum ArrowTimeUnit: Int16, Sendable {
  case second, millisecond, microsecond, nanosecond

  fileprivate var name: String { ["s", "ms", "us", "ns"][Int(rawValue)] }
}

/// The type of an Arrow field, as far as a frame can hold it.
///
/// Source: `apache/arrow`, `format/Schema.fbs`.
enum ArrowType: Sendable, Equatable {
  case null
  case bool
  case int(bits: Int, isSigned: Bool)
  /// 16, 32 or 64 bits.
  case float(bits: Int)
  case date32
  case date64
  case timestamp(ArrowTimeUnit, zone: String)
  case utf8
  case largeUtf8
  case utf8View
  /// What a frame does not hold, by its name.
  case other(String)

  /// The name that pyarrow prints.
  var name: String {
    switch self {
    case .null: "null"
    case .bool: "bool"
    case .int(let bits, let isSigned): "\(isSigned ? "" : "u")int\(bits)"
    case .float(let bits): bits == 64 ? "double" : bits == 32 ? "float" : "halffloat"
    case .date32: "date32[day]"
    case .date64: "date64[ms]"
    case .timestamp(let unit, ""): "timestamp[\(unit.name)]"
    case .timestamp(let unit, let zone): "timestamp[\(unit.name), tz=\(zone)]"
    case .utf8: "string"
    case .largeUtf8: "large_string"
    case .utf8View: "string_view"
    case .other(let name): name
    }
  }

  var isText: Bool { self == .utf8 || self == .largeUtf8 || self == .utf8View }
}

// As FlatBuffers.
extension ArrowType {
  /// What the member of the union `Type` and its table say.
  init(member: UInt8, table: FlatTable?) throws(ArrowFault) {
    guard let table, member > 0 else {
      throw .damaged("a field has no type")
    }
    switch member {
    case 1: self = .null
    case 2:
      let bits = Int(try table.number(0, default: Int32(0)))
      guard [8, 16, 32, 64].contains(bits) else { throw .damaged("an integer of \(bits) bits") }
      self = .int(bits: bits, isSigned: try table.bool(1))
    case 3:
      let precision = try table.number(0, default: Int16(0))
      guard 0...2 ~= precision else { throw .damaged("a float of precision \(precision)") }
      self = .float(bits: 16 << Int(precision))
    case 5: self = .utf8
    case 6: self = .bool
    case 8:
      let unit = try table.number(0, default: Int16(1))
      guard 0...1 ~= unit else { throw .damaged("a date of unit \(unit)") }
      self = unit == 0 ? .date32 : .date64
    case 10:
      let number = try table.number(0, default: Int16(0))
      guard let unit = ArrowTimeUnit(rawValue: number) else {
        throw .damaged("a timestamp of unit \(number)")
      }
      self = .timestamp(unit, zone: try table.text(1) ?? "")
    case 20: self = .largeUtf8
    case 24: self = .utf8View
    default: self = .other(Self.names[Int(member)] ?? "type \(member)")
    }
  }

  /// The types that a frame does not hold, by their number in the union `Type`.
  private static let names: [Int: String] = [
    4: "binary", 7: "decimal", 9: "time", 11: "interval", 12: "list", 13: "struct", 14: "union",
    15: "fixed_size_binary", 16: "fixed_size_list", 17: "map", 18: "duration", 19: "large_binary",
    21: "large_list", 22: "run_end_encoded", 23: "binary_view", 25: "list_view",
    26: "large_list_view",
  ]

  /// The member of the union `Type`, and its table.
  var flat: (member: UInt8, table: [FlatValue]) {
    switch self {
    case .null: (1, [])
    case .int(let bits, let isSigned): (2, [.int(Int32(bits)), .bool(isSigned)])
    case .float(let bits): (3, [.short(bits == 64 ? 2 : bits == 32 ? 1 : 0)])
    case .utf8: (5, [])
    case .bool: (6, [])
    case .date32: (8, [.short(0)])
    case .date64: (8, [.short(1)])
    case .timestamp(let unit, let zone):
      (10, [.short(unit.rawValue), zone.isEmpty ? .absent : .text(zone)])
    case .largeUtf8: (20, [])
    case .utf8View: (24, [])
    case .other(let name): preconditionFailure("\(name) is not written")
    }
  }
}
