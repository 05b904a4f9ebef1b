internal import CTabularABI
internal import TabularTensor

/// The elements of a column in Arrow's layout: buffers, and which of their elements are rows.
///
/// Invariant: every buffer is there and holds what `count` elements from `offset` on need; only the
/// bits of nulls may be absent. What the elements say (a code, a place in a heap) is not checked yet.
struct ArrowData {
  let name: String
  let type: ArrowCType
  let offset: Int
  let count: Int
  /// The bits of rows that have a value first, then what the type has.
  let buffers: [Buffer?]
  /// The words of a dictionary.
  let dictionary: Column?

  /// The most elements that are believed: beyond, products of sizes might not fit an `Int`.
  private static let limit = 1 << 48
}

// Import.
extension ArrowData {
  /// Looks at `count` rows of an array, behind the `skipped` first, that `holder` keeps.
  init(
    _ field: ArrowCField,
    _ array: ArrowArray,
    skipping skipped: Int,
    count: Int?,
    holder: ImportedArray
  ) throws(FrameError) {
    let (name, type) = (field.name, field.type)
    func refused(_ message: String) -> FrameError {
      FrameError(.arrow, "the Arrow array of column '\(name)' \(message)", column: name)
    }
    guard let length = Int(exactly: array.length), (0...Self.limit).contains(length),
      let start = Int(exactly: array.offset), (0...Self.limit).contains(start)
    else { throw refused("claims \(array.length) elements from \(array.offset) on") }
    guard array.null_count >= -1, array.null_count <= array.length else {
      throw refused("claims \(array.null_count) nulls in \(length) elements")
    }
    let count = count ?? length - skipped
    guard skipped + count <= length else {
      throw refused("has \(length) elements; expected \(skipped + count)")
    }
    let expected = type.bufferCount
    let isView = type == .text(.views)
    guard
      isView ? array.n_buffers >= Int64(expected) : array.n_buffers == Int64(expected),
      array.n_buffers < Int64(Int32.max), expected == 0 || array.buffers != nil
    else { throw refused("has \(array.n_buffers) buffers; expected \(expected)") }
    guard array.n_children == 0 else { throw refused("has \(array.n_children) children") }

    let end = start + skipped + count
    func buffer(_ index: Int, _ byteCount: Int) throws(FrameError) -> Buffer {
      guard byteCount > 0 else { return Buffer(zeroed: 0) }
      guard let pointer = array.buffers[index] else {
        throw refused("lacks buffer \(index) of \(array.n_buffers)")
      }
      return Buffer(
        borrowing: UnsafeMutableRawPointer(mutating: pointer),
        byteCount: byteCount,
        owner: holder
      )
    }
    var buffers: [Buffer?] = []
    if expected > 0 {
      if array.buffers[0] != nil {
        buffers.append(try buffer(0, (end + 7) / 8))
      } else {
        guard array.null_count <= 0 else {
          throw refused("claims \(array.null_count) nulls, and lacks the bits that tell which")
        }
        buffers.append(nil)
      }
    }
    if count > 0 {
      switch type {
      case .null: break
      case .bool: buffers.append(try buffer(1, (end + 7) / 8))
      case .text(.offsets32), .text(.offsets64):
        let isWide = type == .text(.offsets64)
        let offsets = try buffer(1, (end + 1) * (isWide ? 8 : 4))
        let last =
          isWide
          ? offsets.pointer.loadUnaligned(fromByteOffset: end * 8, as: Int64.self)
          : Int64(offsets.pointer.loadUnaligned(fromByteOffset: end * 4, as: Int32.self))
        guard last >= 0, last <= Int64(Self.limit) else { throw refused("ends at byte \(last)") }
        buffers += [offsets, try buffer(2, Int(last))]
      case .text(.views):
        buffers.append(try buffer(1, end * 16))
        let heap = Int(array.n_buffers) - 3
        let sizes = try buffer(heap + 2, heap * 8)
        for index in 0..<heap {
          let size = sizes.pointer.loadUnaligned(fromByteOffset: index * 8, as: Int64.self)
          guard size >= 0, size <= Int64(Self.limit) else {
            throw refused("claims \(size) bytes in buffer \(index + 2)")
          }
          buffers.append(try buffer(index + 2, Int(size)))
        }
      default: buffers.append(try buffer(1, end * type.width))
      }
    }
    var words: Column?
    if case .dictionary(_, let values) = type {
      guard let dictionary = array.dictionary else { throw refused("lacks its dictionary") }
      words = try Column(
        ArrowData(
          ArrowCField(name: name, type: values),
          dictionary.pointee,
          skipping: 0,
          count: nil,
          holder: holder
        )
      )
    }
    self.init(
      name: name,
      type: type,
      offset: start + skipped,
      count: count,
      buffers: buffers,
      dictionary: words
    )
  }
}

// Reading.
extension ArrowData {
  /// Which rows have a value; nil when all have.
  var validity: Validity? {
    if type == .null { return Validity(count: count) { _ in false } }
    guard let bits = buffers[0], count > 0 else { return nil }
    return Validity(bits: BitVector(buffer: bits, offset: offset, count: count))
  }

  /// Values of fixed width: where they are, or copied where they lie at odd addresses.
  func fixed<Value: BitwiseCopyable & Sendable>(_ type: Value.Type = Value.self)
    -> FixedVector<Value>
  {
    guard count > 0, let buffer = buffers[1] else { return FixedVector(room: 0) }
    if Int(bitPattern: buffer.pointer) % MemoryLayout<Value>.alignment == 0 {
      return FixedVector(buffer: buffer, offset: offset, count: count)
    }
    let copy = FixedVector<Value>(room: count)
    let size = MemoryLayout<Value>.stride
    UnsafeMutableRawPointer(copy.mutablePointer).copyMemory(
      from: buffer.pointer + offset * size,
      byteCount: count * size
    )
    return copy
  }

  /// Values that become others one by one; what has none is refused, and a null is zero then.
  ///
  /// - Throws: `FrameError` of kind `arrow` that names the row, and says `lost` of its value.
  @inline(__always)
  func mapped<Source: BitwiseCopyable & Sendable, Value: BitwiseCopyable & Sendable>(
    _ source: FixedVector<Source>,
    null: Value,
    lost: String,
    _ value: (Source) -> Value?
  ) throws(FrameError) -> FixedVector<Value> {
    let result = FixedVector<Value>(room: count)
    let (from, to) = (source.pointer, result.mutablePointer)
    var validity: Validity??
    for row in 0..<count {
      if let value = value(from[row]) {
        to[row] = value
        continue
      }
      if validity == nil { validity = .some(self.validity) }
      guard let known = validity, let bits = known?.bits, !bits[row] else {
        throw FrameError(.arrow, "column '\(name)', row \(row): \(from[row]) \(lost)", column: name)
      }
      to[row] = null
    }
    withExtendedLifetime(source) {}
    return result
  }
}

extension ArrowCType {
  /// The bytes of an element of fixed width.
  fileprivate var width: Int {
    switch self {
    case .integer(let bits, _), .float(let bits): bits / 8
    case .date32: 4
    case .date64, .timestamp: 8
    case .dictionary(let index, _): index.width
    case .null, .bool, .text: preconditionFailure("\(self) has no width")
    }
  }
}
