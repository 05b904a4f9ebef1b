package import TabularCSV
package import TabularTensor

/// Texts as Arrow string views: 16 bytes a row, longer texts in heap buffers.
package struct StringVector: Sendable {
  package let views: FixedVector<StringView>
  package let heap: [Buffer]

  package init(views: FixedVector<StringView>, heap: [Buffer]) {
    self.views = views
    self.heap = heap
  }

  /// Copies texts; nil becomes an empty one.
  package init(_ texts: some Collection<String?>) {
    // Once over the lengths, so that the heap is allocated at its size; an offset has 32 bits.
    var sizes: [Int] = []
    for case let text? in texts where text.utf8.count > StringView.inlineCapacity {
      let size = text.utf8.count
      if let last = sizes.last, last + size <= 1 << 30 {
        sizes[sizes.count - 1] += size
      } else {
        sizes.append(size)
      }
    }
    let heap = sizes.map { Buffer(uninitialized: $0) }
    var (number, used) = (0, 0)
    var iterator = texts.makeIterator()
    views = FixedVector(count: texts.count) { _ in
      guard var text = iterator.next() ?? nil else { return .empty }
      return text.withUTF8 { bytes in
        guard bytes.count > StringView.inlineCapacity else { return StringView(short: bytes) }
        if used + bytes.count > sizes[number] { (number, used) = (number + 1, 0) }
        let view = StringView(bytes, buffer: number, offset: used)
        UnsafeMutableRawBufferPointer(start: heap[number].pointer + used, count: bytes.count)
          .copyMemory(from: UnsafeRawBufferPointer(bytes))
        used += bytes.count
        return view
      }
    }
    self.heap = heap
  }

  package var count: Int { views.count }

  /// Gives `body` the UTF-8 bytes of a row, without a copy.
  package func withBytes<Result>(_ row: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result)
    -> Result
  {
    var view = views[row]
    let length = Int(view.length)
    if length <= StringView.inlineCapacity {
      return withUnsafeBytes(of: &view) { bytes in
        body(
          UnsafeRawBufferPointer(rebasing: bytes[4..<(4 + length)]).assumingMemoryBound(
            to: UInt8.self
          )
        )
      }
    }
    let buffer = heap[Int(view.buffer)]
    let start = buffer.pointer.assumingMemoryBound(to: UInt8.self) + Int(view.offset)
    return body(UnsafeBufferPointer(start: start, count: length))
  }

  package subscript(row: Int) -> String {
    withBytes(row) { String(decoding: $0, as: UTF8.self) }
  }

  package func slice(_ range: Range<Int>) -> StringVector {
    StringVector(views: views.slice(range), heap: heap)
  }

  package func taking(_ rows: RowIndices) -> StringVector {
    StringVector(views: views.taking(rows), heap: heap)
  }
}
