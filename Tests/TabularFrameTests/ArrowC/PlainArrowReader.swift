import CTabularABI
import TabularCSV

@testable import TabularFrame

/// Reads what an Arrow array says, a value at a time by the words of the specification: the oracle of
/// the export.
struct PlainArrowReader {
  let format: String
  let array: ArrowArray

  /// The values of the columns of a record batch as texts, by name; nil for null.
  static func columns(_ schema: ArrowSchema, _ array: ArrowArray) -> [(String, [String?])] {
    (0..<Int(schema.n_children)).compactMap { index in
      guard let field = schema.children[index]?.pointee, let child = array.children[index]?.pointee
      else { return nil }
      let reader = PlainArrowReader(format: String(cString: field.format), array: child)
      let rows = Int(array.offset)..<Int(array.offset + array.length)
      return (String(cString: field.name), rows.map(reader.value))
    }
  }

  func bit(_ buffer: Int, _ row: Int) -> Bool? {
    let place = Int(array.offset) + row
    return array.buffers[buffer].map {
      $0.load(fromByteOffset: place / 8, as: UInt8.self) >> UInt8(place % 8) & 1 == 1
    }
  }

  func element<Value: BitwiseCopyable>(_ row: Int, as: Value.Type) -> Value? {
    let place = (Int(array.offset) + row) * MemoryLayout<Value>.stride
    return array.buffers[1]?.loadUnaligned(fromByteOffset: place, as: Value.self)
  }

  func value(_ row: Int) -> String? {
    guard bit(0, row) ?? true else { return nil }
    if let dictionary = array.dictionary {
      let words = PlainArrowReader(format: "vu", array: dictionary.pointee)
      return element(row, as: Int32.self).flatMap { words.value(Int($0)) }
    }
    switch format {
    case "b": return bit(1, row).map { "\($0)" }
    case "l": return element(row, as: Int64.self).map { "\($0)" }
    case "g": return element(row, as: Double.self).map { "\($0)" }
    case "tdD": return element(row, as: Int32.self).map { "day \($0)" }
    case "tsu:UTC": return element(row, as: Int64.self).map { "instant \($0)" }
    case "vu": return text(row)
    default: return "unknown format \(format)"
    }
  }

  private func text(_ row: Int) -> String? {
    let start = (Int(array.offset) + row) * 16
    guard let views = array.buffers[1] else { return nil }
    let length = Int(views.loadUnaligned(fromByteOffset: start, as: Int32.self))
    if length <= 12 {
      return String(
        decoding: UnsafeRawBufferPointer(start: views + start + 4, count: length),
        as: UTF8.self
      )
    }
    let number = Int(views.loadUnaligned(fromByteOffset: start + 8, as: Int32.self))
    let offset = Int(views.loadUnaligned(fromByteOffset: start + 12, as: Int32.self))
    let variadic = Int(array.n_buffers) - 3
    guard number < variadic, let heap = array.buffers[2 + number],
      let sizes = array.buffers[Int(array.n_buffers) - 1]
    else { return "buffer \(number) of \(variadic)" }
    let size = Int(sizes.loadUnaligned(fromByteOffset: number * 8, as: Int64.self))
    guard offset + length <= size else { return "bytes \(offset)+\(length) of \(size)" }
    return String(
      decoding: UnsafeRawBufferPointer(start: heap + offset, count: length),
      as: UTF8.self
    )
  }
}

extension DataFrame {
  /// What a `PlainArrowReader` must find.
  var plainValues: [(String, [String?])] {
    namedColumns.map { name, column in
      (
        name,
        (0..<rowCount).map { row in
          switch column[row] {
          case .null: nil
          case .bool(let value): "\(value)"
          case .int64(let value): "\(value)"
          case .float64(let value): "\(value)"
          case .date(let value): "day \(value.daysSinceEpoch)"
          case .datetime(let value): "instant \(value.microsecondsSinceEpoch)"
          case .string(let value): value
          }
        }
      )
    }
  }
}
