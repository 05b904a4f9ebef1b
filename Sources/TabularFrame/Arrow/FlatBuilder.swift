/// What a slot of a FlatBuffers table holds.
indirect enum FlatValue {
  /// Nothing, which stands for the field's default.
  case absent
  case bool(Bool)
  case byte(UInt8)
  case short(Int16)
  case int(Int32)
  case long(Int64)
  case text(String)
  case table([FlatValue])
  case tables([[FlatValue]])
  case longs([Int64])
  /// Structs, whose bytes begin at a multiple of 8.
  case structs(count: Int, bytes: [UInt8])
}

/// Writes the tables of a message as FlatBuffers: a table, then what it refers to.
///
/// Only what Arrow's metadata needs. Everything stands at a multiple of its size from the first byte
/// on, and the whole is a multiple of 8 long. Source: flatbuffers.dev, "FlatBuffer Internals".
struct FlatBuilder {
  private var bytes: [UInt8] = []

  /// The bytes of a message whose root is a table.
  static func bytes(root: [FlatValue]) -> [UInt8] {
    var builder = FlatBuilder()
    let place = builder.offsetPlace()
    builder.append(table: root, at: place)
    builder.align(to: 8)
    return builder.bytes
  }

  private mutating func align(to size: Int, after skipped: Int = 0) {
    while (bytes.count + skipped) % size != 0 { bytes.append(0) }
  }

  private mutating func append<Integer: FixedWidthInteger>(_ value: Integer) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Room for the distance to something that is written later.
  private mutating func offsetPlace() -> Int {
    append(UInt32(0))
    return bytes.count - 4
  }

  /// Makes the distance at a place lead to what comes next.
  private mutating func resolve(_ place: Int) {
    let distance = UInt32(bytes.count - place)
    withUnsafeBytes(of: distance.littleEndian) {
      bytes.replaceSubrange(place..<place + 4, with: $0)
    }
  }

  /// The slots' values stand behind the table's first four bytes, the widest first.
  private mutating func append(table values: [FlatValue], at place: Int) {
    let order = values.indices.filter { values[$0].width > 0 }
      .sorted { (values[$1].width, $0) < (values[$0].width, $1) }
    var slots = [UInt16](repeating: 0, count: values.count)
    var size = 4
    for slot in order {
      slots[slot] = UInt16(size)
      size += values[slot].width
    }
    let vtableSize = 4 + 2 * values.count
    // The first value is at a multiple of 8.
    align(to: 2)
    align(to: 8, after: vtableSize + 4)
    append(UInt16(vtableSize))
    append(UInt16(size))
    for slot in slots { append(slot) }
    resolve(place)
    append(Int32(vtableSize))
    var children: [(place: Int, value: FlatValue)] = []
    for slot in order {
      switch values[slot] {
      case .absent: break
      case .bool(let value): bytes.append(value ? 1 : 0)
      case .byte(let value): bytes.append(value)
      case .short(let value): append(value)
      case .int(let value): append(value)
      case .long(let value): append(value)
      case .text, .table, .tables, .longs, .structs:
        children.append((offsetPlace(), values[slot]))
      }
    }
    for child in children { append(child.value, at: child.place) }
  }

  private mutating func append(_ value: FlatValue, at place: Int) {
    switch value {
    case .table(let values): append(table: values, at: place)
    case .text(let text):
      align(to: 4)
      resolve(place)
      append(UInt32(text.utf8.count))
      bytes.append(contentsOf: text.utf8)
      bytes.append(0)
    case .tables(let tables):
      align(to: 4)
      resolve(place)
      append(UInt32(tables.count))
      let places = tables.map { _ in offsetPlace() }
      for (place, table) in zip(places, tables) { append(table: table, at: place) }
    case .longs(let values):
      align(to: 8, after: 4)
      resolve(place)
      append(UInt32(values.count))
      for value in values { append(value) }
    case .structs(let count, let content):
      align(to: 8, after: 4)
      resolve(place)
      append(UInt32(count))
      bytes.append(contentsOf: content)
    case .absent, .bool, .byte, .short, .int, .long:
      preconditionFailure("a value that stands in its table")
    }
  }
}

extension FlatValue {
  /// The bytes that it takes in its table.
  fileprivate var width: Int {
    switch self {
    case .absent: 0
    case .bool, .byte: 1
    case .short: 2
    case .int, .text, .table, .tables, .longs, .structs: 4
    case .long: 8
    }
  }
}
