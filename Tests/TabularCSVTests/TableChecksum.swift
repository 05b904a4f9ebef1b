@testable import TabularCSV

extension ParsedTable {
  /// A checksum of the names, types, values and nulls, and of which records the rows are.
  var checksum: UInt64 {
    var sum = Checksum()
    for run in runs { for number in [run.input, run.record, run.count] { sum.add(number) } }
    for column in columns {
      column.name.utf8.forEach { sum.add(Int($0)) }
      column.values.type.rawValue.utf8.forEach { sum.add(Int($0)) }
      sum.add(column.nullCount)
      for row in 0..<rowCount { column.add(row, to: &sum) }
    }
    return sum.value
  }
}

/// Numbers mixed in order.
private struct Checksum {
  var value: UInt64 = 0x9E37_79B9_7F4A_7C15

  mutating func add(_ number: Int) { add(UInt64(bitPattern: Int64(number))) }

  mutating func add(_ number: UInt64) {
    value = (value ^ number) &* 0xBF58_476D_1CE4_E5B9
    value ^= value >> 29
  }

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    add(bytes.count)
    var index = 0
    while index + 8 <= bytes.count {
      add(bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      index += 8
    }
    while index < bytes.count {
      add(UInt64(bytes[index]))
      index += 1
    }
  }
}

extension ParsedColumn {
  /// Takes a value, a float by its bits, or that there is none.
  fileprivate func add(_ row: Int, to sum: inout Checksum) {
    if isNull(row) { return sum.add(0x6E75_6C6C) }
    switch values {
    case .bool(let bits):
      sum.add(Int(bits.pointer.load(fromByteOffset: row >> 3, as: UInt8.self) >> (row & 7) & 1))
    case .int64(let memory), .datetime(let memory), .float64(let memory):
      sum.add(memory.pointer.load(fromByteOffset: row * 8, as: UInt64.self))
    case .date(let memory):
      sum.add(Int(memory.pointer.load(fromByteOffset: row * 4, as: Int32.self)))
    case .string(let views, let heap): Self.add(views, heap, row, to: &sum)
    case .category(let codes, let words, _, let heap):
      let code = codes.pointer.load(fromByteOffset: row * 4, as: Int32.self)
      Self.add(words, heap, Int(code), to: &sum)
    }
  }

  private static func add(
    _ views: ColumnMemory,
    _ heap: StringHeap,
    _ row: Int,
    to sum: inout Checksum
  ) {
    var view = views.pointer.load(fromByteOffset: row * 16, as: StringView.self)
    let length = Int(view.length)
    guard length > StringView.inlineCapacity else {
      withUnsafeBytes(of: &view) { sum.add(UnsafeRawBufferPointer(rebasing: $0[4..<(4 + length)])) }
      return
    }
    let start = heap.buffers[Int(view.buffer)].pointer + Int(view.offset)
    sum.add(UnsafeRawBufferPointer(start: start, count: length))
  }
}
