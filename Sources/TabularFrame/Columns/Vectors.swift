internal import TabularCSV
package import TabularTensor

/// Values of fixed width: a run of an aligned buffer, so that a slice copies nothing.
package struct FixedVector<Value: BitwiseCopyable & Sendable>: Sendable {
  package let buffer: Buffer
  /// The first value, counted in values.
  package let offset: Int
  package let count: Int

  package init(buffer: Buffer, offset: Int = 0, count: Int) {
    precondition((offset + count) * MemoryLayout<Value>.stride <= buffer.byteCount)
    self.buffer = buffer
    self.offset = offset
    self.count = count
  }

  /// Creates a vector of `count` values that `value` gives one by one.
  package init<E: Error>(count: Int, _ value: (Int) throws(E) -> Value) throws(E) {
    self.init(room: count)
    let pointer = mutablePointer
    for i in 0..<count { pointer[i] = try value(i) }
  }

  /// Creates a vector that the caller fills before anyone reads it.
  package init(room count: Int) {
    self.init(buffer: .room(count * MemoryLayout<Value>.stride), count: count)
  }

  /// The first value's address; valid while the buffer is held.
  package var pointer: UnsafePointer<Value> {
    UnsafePointer(buffer.pointer.assumingMemoryBound(to: Value.self)) + offset
  }

  /// The first value's address, for the creator alone, before the vector is shared.
  package var mutablePointer: UnsafeMutablePointer<Value> {
    buffer.pointer.assumingMemoryBound(to: Value.self) + offset
  }

  package subscript(index: Int) -> Value {
    precondition(index >= 0 && index < count, "index \(index) of \(count)")
    return pointer[index]
  }

  package func slice(_ range: Range<Int>) -> FixedVector {
    FixedVector(buffer: buffer, offset: offset + range.lowerBound, count: range.count)
  }

  /// The values at these places; where there is none, zero bytes.
  package func taking(_ rows: RowIndices) -> FixedVector {
    let taken = FixedVector(room: rows.count)
    let values = self
    let zero = Self.zero
    Workers.forEachBlock(of: rows.count) { block in
      let (source, places, target) = (values.pointer, rows.pointer, taken.mutablePointer)
      if rows.hasGaps {
        for i in block {
          let place = Int(places[i])
          target[i] = place < 0 ? zero : source[place]
        }
      } else {
        for i in block { target[i] = source[Int(places[i])] }
      }
    }
    return taken
  }

  private static var zero: Value {
    withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { room in
      UnsafeMutableRawBufferPointer(room).initializeMemory(as: UInt8.self, repeating: 0)
      return room[0]
    }
  }

  /// Room for the values that a mask keeps, and what fills it a chunk at a time.
  func room(for mask: RowMask) -> (room: FixedVector, fill: MaskFill) {
    let (taken, values) = (FixedVector(room: mask.count), self)
    return (
      taken,
      { chunk, start in
        let (source, bits) = (values.pointer, mask.bits.reader)
        var target = taken.mutablePointer + start
        var row = chunk.lowerBound
        while row < chunk.upperBound {
          let rows = min(64, chunk.upperBound &- row)
          var word = bits.word(at: row, count: rows)
          let from = source + row
          row &+= 64
          if word == .max {
            target.update(from: from, count: 64)
            target += 64
            continue
          }
          while word != 0 {
            target.pointee = from[word.trailingZeroBitCount]
            target += 1
            word &= word &- 1
          }
        }
      }
    )
  }
}

/// Takes the rows that a mask keeps of a chunk, to a place on.
typealias MaskFill = @Sendable (_ chunk: Range<Int>, _ start: Int) -> Void

extension Buffer {
  /// Memory that the caller fills before anyone reads it; much of it in huge pages, and from those
  /// that another column no longer needs.
  package static func room(_ byteCount: Int) -> Buffer {
    guard byteCount >= 1 << 20,
      let memory = try? ColumnMemory(capacity: byteCount, expected: byteCount)
    else { return Buffer(uninitialized: byteCount) }
    memory.use(byteCount)
    return Buffer(memory)
  }

  /// Adopts what the CSV floor wrote, without a copy.
  convenience init(_ memory: ColumnMemory) {
    self.init(borrowing: memory.pointer, byteCount: memory.count, owner: memory)
  }
}
