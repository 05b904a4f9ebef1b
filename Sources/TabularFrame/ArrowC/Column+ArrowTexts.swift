internal import TabularCSV
internal import TabularTensor

// Texts.
extension ArrowData {
  /// Texts that offsets delimit: views are made, the bytes of long texts stay where they are.
  func texts<Offset: FixedWidthInteger & BitwiseCopyable & Sendable>(_: Offset.Type)
    throws(FrameError) -> StringVector
  {
    guard count > 0, let offsets = buffers[1], let bytes = buffers[2] else {
      return StringVector(views: .empties(0), heap: [])
    }
    let views = FixedVector<StringView>(room: count)
    let target = views.mutablePointer
    let text = UnsafePointer(bytes.pointer.assumingMemoryBound(to: UInt8.self))
    // An offset within a heap buffer has 32 bits, so the bytes of many texts are several buffers.
    var heap = [bytes]
    var first = 0
    let size = MemoryLayout<Offset>.stride
    var start = Int(offsets.pointer.loadUnaligned(fromByteOffset: offset * size, as: Offset.self))
    guard start >= 0 else { throw misplaced(0, start, start, bytes.byteCount) }
    for row in 0..<count {
      let place = (offset + row + 1) * size
      let end = Int(offsets.pointer.loadUnaligned(fromByteOffset: place, as: Offset.self))
      guard start <= end, end <= bytes.byteCount, end - start <= Int(Int32.max) else {
        throw misplaced(row, start, end, bytes.byteCount)
      }
      let cell = UnsafeBufferPointer(start: text + start, count: end - start)
      if cell.count <= StringView.inlineCapacity {
        target[row] = StringView(short: cell)
      } else {
        if end - first > Int(Int32.max) {
          first = start
          heap.append(
            Buffer(
              borrowing: bytes.pointer + first,
              byteCount: bytes.byteCount - first,
              owner: bytes
            )
          )
        }
        target[row] = StringView(cell, buffer: heap.count - 1, offset: start - first)
      }
      start = end
    }
    return StringVector(views: views, heap: heap)
  }

  private func misplaced(_ row: Int, _ start: Int, _ end: Int, _ size: Int) -> FrameError {
    FrameError(
      .arrow,
      "column '\(name)', row \(row): a text from byte \(start) to \(end) of \(size)",
      column: name
    )
  }

  /// Views as they are; copied where one of a null lies nowhere, or is not padded with zeros.
  func views(_ validity: Validity?) throws(FrameError) -> StringVector {
    guard count > 0 else { return StringVector(views: .empties(0), heap: []) }
    let heap = buffers[2...].compactMap(\.self)
    let found = fixed(StringView.self)
    // An offset has 31 bits.
    let sizes = heap.map { Int64($0.byteCount) }
    let source = found.pointer
    defer { withExtendedLifetime(found) {} }
    var mended: FixedVector<StringView>?
    for row in 0..<count {
      let view = source[row]
      var fit = view
      if UInt32(bitPattern: view.length) <= UInt32(StringView.inlineCapacity) {
        fit = view.padded
      } else if view.length < 0 || view.buffer >= UInt32(sizes.count)
        || Int64(view.offset) + Int64(view.length) > sizes[Int(view.buffer)]
      {
        guard let validity, !validity.bits[row] else {
          throw FrameError(
            .arrow,
            "column '\(name)', row \(row): a view of \(view.length) bytes at byte \(view.offset) "
              + "of buffer \(view.buffer), which is not there",
            column: name
          )
        }
        fit = .empty
      }
      guard
        fit.offset != view.offset || fit.buffer != view.buffer || fit.prefix != view.prefix
          || fit.length != view.length
      else { continue }
      let copy = mended ?? FixedVector(count: count) { source[$0] }
      copy.mutablePointer[row] = fit
      mended = copy
    }
    return StringVector(views: mended ?? found, heap: heap)
  }
}

extension StringView {
  /// A short text with zeros behind it, as Arrow asks and comparisons rely on.
  fileprivate var padded: StringView {
    var view = self
    withUnsafeMutableBytes(of: &view) { bytes in
      for index in 4 + Int(length)..<16 { bytes[index] = 0 }
    }
    return view
  }
}

// Dictionaries.
extension ArrowData {
  /// Codes into a dictionary: a category where its values are texts, else the values.
  func decoded(_ validity: Validity?) throws(FrameError) -> Column {
    guard case .dictionary(let index, _) = type, let words = dictionary else {
      preconditionFailure("a dictionary")
    }
    var codes = try self.codes(index, below: words.count)
    var valid = validity
    if let known = words.validity {
      // A row is null where its word is.
      let (rows, own) = (codes, validity)
      valid = Validity(count: count) { (own?.bits[$0] ?? true) && known.bits[Int(rows[$0])] }
    }
    guard case .string(let texts) = words.storage else {
      let places = FixedVector<Int32>(count: count) { valid?.bits[$0] ?? true ? codes[$0] : -1 }
      return words.taking(RowIndices(places, hasGaps: valid != nil))
    }
    // Verbs take equal codes for equal words, so each word stands once.
    let groups = KeyGroups(TextKeys(texts: texts, validity: nil), keepingNulls: false)
    guard groups.firstRows.count < texts.count else {
      return Column(storage: .category(codes, dictionary: texts), validity: valid)
    }
    codes = groups.ids.taking(RowIndices(codes))
    let kept = RowIndices(groups.firstRows, below: texts.count)
    return Column(storage: .category(codes, dictionary: texts.taking(kept)), validity: valid)
  }

  /// Codes of 32 bits, where they are if they are such; a null's is one that is there, if any is.
  private func codes(_ index: ArrowCType, below limit: Int) throws(FrameError) -> FixedVector<Int32>
  {
    guard case .integer(let bits, let isSigned) = index else { preconditionFailure("\(index)") }
    switch (bits, isSigned) {
    case (8, true): return try narrowed(Int8.self, limit)
    case (8, false): return try narrowed(UInt8.self, limit)
    case (16, true): return try narrowed(Int16.self, limit)
    case (16, false): return try narrowed(UInt16.self, limit)
    case (32, false): return try narrowed(UInt32.self, limit)
    case (64, false): return try narrowed(UInt64.self, limit)
    case (64, true): return try narrowed(Int64.self, limit)
    default:
      let codes = fixed(Int32.self)
      let bound = UInt32(clamping: limit)
      let fits = codes.withPointer { codes in
        var fits = true
        for code in codes { fits = fits && UInt32(bitPattern: code) < bound }
        return fits
      }
      return fits ? codes : try narrowed(Int32.self, limit)
    }
  }

  private func narrowed<Source: FixedWidthInteger & BitwiseCopyable & Sendable>(
    _: Source.Type,
    _ limit: Int
  ) throws(FrameError) -> FixedVector<Int32> {
    let last = min(limit, Int(Int32.max))
    return try mapped(
      fixed(Source.self),
      null: 0,
      lost: "is no code of a dictionary of \(limit) values"
    ) {
      guard let code = Int32(exactly: $0), code >= 0, Int(code) < last else { return nil }
      return code
    }
  }
}
