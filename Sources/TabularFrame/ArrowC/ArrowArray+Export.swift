internal import CTabularABI
internal import TabularCSV
internal import TabularTensor

/// Where the elements of an array lie.
struct ArrowLayout {
  var length: Int
  var nullCount = 0
  /// The first element, in all buffers.
  var offset = 0
  var buffers: [UnsafeRawPointer?]
  /// What keeps the buffers valid.
  var owners: [Buffer]
}

// Invariant of an exported array: `private_data` holds the buffers, and the release of a structure
// lets go of them, of the table of addresses, and of those children and that dictionary which no
// consumer has moved away. It holds no address of the structure itself.
extension ArrowArray {
  init(_ layout: ArrowLayout, children: [ArrowArray] = [], dictionary: ArrowArray? = nil) {
    self.init()
    length = Int64(layout.length)
    null_count = Int64(layout.nullCount)
    offset = Int64(layout.offset)
    n_buffers = Int64(layout.buffers.count)
    n_children = Int64(children.count)
    let table = UnsafeMutablePointer<UnsafeRawPointer?>.allocate(capacity: layout.buffers.count)
    table.initialize(from: layout.buffers, count: layout.buffers.count)
    buffers = table
    self.children = pointers(to: children)
    self.dictionary = dictionary.map { allocated($0) }
    private_data = Unmanaged.passRetained(ArrowOwners(layout.owners)).toOpaque()
    release = { array in
      guard let array, array.pointee.release != nil else { return }
      let held = array.pointee
      array.pointee.release = nil
      array.pointee.private_data = nil
      for index in 0..<Int(held.n_children) {
        guard let child = held.children[index] else { continue }
        child.pointee.release?(child)
        child.deallocate()
      }
      held.children?.deallocate()
      if let dictionary = held.dictionary {
        dictionary.pointee.release?(dictionary)
        dictionary.deallocate()
      }
      held.buffers.deallocate()
      if let owners = held.private_data { Unmanaged<ArrowOwners>.fromOpaque(owners).release() }
    }
  }
}

private final class ArrowOwners {
  private let buffers: [Buffer]
  private let entry = ExportEntry()

  init(_ buffers: [Buffer]) { self.buffers = buffers }
}

extension ArrowArray {
  /// The array of a column.
  init(_ column: Column) {
    let validity = column.validity
    switch column.storage {
    case .bool(let bits): self.init(ArrowLayout(bits, validity))
    case .int64(let vector), .datetime(let vector): self.init(ArrowLayout(vector, validity))
    case .float64(let vector): self.init(ArrowLayout(vector, validity))
    case .date(let vector): self.init(ArrowLayout(vector, validity))
    case .string(let texts): self.init(ArrowLayout(texts, validity))
    case .category(let codes, let words):
      self.init(ArrowLayout(codes, validity), dictionary: ArrowArray(ArrowLayout(words, nil)))
    }
  }
}

extension ArrowLayout {
  /// Values of fixed width.
  ///
  /// A bitmap has an address at every eighth bit only, so the array begins up to seven elements
  /// before the first row of a slice.
  init<Value>(_ values: FixedVector<Value>, _ validity: Validity?) {
    var validity = validity
    if let bits = validity?.bits, bits.offset & 7 > values.offset {
      validity = Validity(bits: bits.realigned, nullCount: validity?.nullCount ?? 0)
    }
    let skipped = (validity?.bits.offset ?? 0) & 7
    self.init(
      length: values.count,
      nullCount: validity?.nullCount ?? 0,
      offset: skipped,
      buffers: [validity?.bits.firstByte, UnsafeRawPointer(values.pointer - skipped)],
      owners: [values.buffer] + (validity.map { [$0.bits.buffer] } ?? [])
    )
  }

  /// Bits, with their nulls at the same bit of a byte.
  init(_ bits: BitVector, _ validity: Validity?) {
    var (bits, valid) = (bits, validity?.bits)
    if let own = valid, own.offset & 7 != bits.offset & 7 {
      valid = own.realigned
      bits = bits.realigned
    }
    self.init(
      length: bits.count,
      nullCount: validity?.nullCount ?? 0,
      offset: bits.offset & 7,
      buffers: [valid?.firstByte, bits.firstByte],
      owners: [bits.buffer] + (valid.map { [$0.buffer] } ?? [])
    )
  }

  /// String views: nulls, views, the heap, and last the byte counts of the heap's buffers.
  init(_ texts: StringVector, _ validity: Validity?) {
    self.init(texts.views, validity)
    let sizes = Buffer(zeroed: max(texts.heap.count, 1) * MemoryLayout<Int64>.stride)
    for (index, buffer) in texts.heap.enumerated() {
      sizes.pointer.assumingMemoryBound(to: Int64.self)[index] = Int64(buffer.byteCount)
    }
    buffers += texts.heap.map { UnsafeRawPointer($0.pointer) } + [UnsafeRawPointer(sizes.pointer)]
    owners += texts.heap + [sizes]
  }
}

extension BitVector {
  /// The byte that holds the first bit.
  fileprivate var firstByte: UnsafeRawPointer { UnsafeRawPointer(buffer.pointer + offset >> 3) }

  /// The same bits, from the first bit of a byte on.
  fileprivate var realigned: BitVector {
    guard offset & 7 != 0 else { return self }
    let bits = self
    return BitVector(words: count) { row, rows in bits.reader.word(at: row, count: rows) }
  }
}
