internal import OrderedCollections
internal import TabularCSV
internal import TabularTensor

extension DataFrame {
  /// The rows of several frames with the same columns, one after another.
  ///
  /// Columns are matched by name and stand in the order of the first frame; a column has one type in
  /// all frames. The words of a category column are those of all frames, in order of first
  /// appearance. Rows keep their ids. Values are copied, long texts are shared.
  ///
  /// - Throws: `FrameError` when names or types differ.
  public static func concat(_ frames: [DataFrame]) throws(FrameError) -> DataFrame {
    guard let first = frames.first else { return DataFrame() }
    guard frames.count > 1 else { return first }
    for frame in frames {
      guard let name = frame.columns.first(where: { first.table[$0] == nil }) else { continue }
      throw .unknownColumn(name, among: first.columns)
    }
    var columns: [(name: String, column: Column)] = []
    for (name, column) in first.namedColumns {
      var parts: [Column] = []
      for frame in frames {
        let part = try frame[name]
        guard part.type == column.type else {
          throw FrameError(
            .type,
            "column '\(name)' is of type \(column.type) and of type \(part.type)",
            column: name
          )
        }
        parts.append(part)
      }
      columns.append((name: name, column: Column(joining: parts)))
    }
    return try DataFrame(columns, ids: RowIDs(joining: frames.map(\.ids)))
  }
}

extension Column {
  /// The rows of several columns of one type, one after another.
  package init(joining parts: [Column]) {
    let filled = parts.filter { $0.count > 0 }
    guard let first = filled.first ?? parts.first else {
      preconditionFailure("no column to join")
    }
    guard filled.count > 1 else {
      self = first
      return
    }
    let storage: Storage =
      switch first.storage {
      case .bool:
        .bool(BitVector(joining: filled.compactMap(\.bits)))
      case .int64: .int64(FixedVector(joining: filled.compactMap(\.wide)))
      case .datetime: .datetime(FixedVector(joining: filled.compactMap(\.wide)))
      case .float64: .float64(FixedVector(joining: filled.compactMap(\.floats)))
      case .date: .date(FixedVector(joining: filled.compactMap(\.days)))
      case .string: .string(StringVector(joining: filled.compactMap(\.texts)))
      case .category: Self.joined(filled.compactMap(\.coded))
      }
    var validity: Validity?
    if filled.contains(where: { $0.validity != nil }) {
      validity = Validity(
        bits: BitVector(
          joining: filled.map { part in
            part.validity?.bits ?? BitVector(words: part.count) { _, _ in .max }
          }
        )
      )
    }
    self.init(storage: storage, validity: validity)
  }

  private var bits: BitVector? {
    if case .bool(let bits) = storage { bits } else { nil }
  }
  private var wide: FixedVector<Int64>? {
    switch storage {
    case .int64(let vector), .datetime(let vector): vector
    default: nil
    }
  }
  private var floats: FixedVector<Double>? {
    if case .float64(let vector) = storage { vector } else { nil }
  }
  private var days: FixedVector<Int32>? {
    if case .date(let vector) = storage { vector } else { nil }
  }
  private var texts: StringVector? {
    if case .string(let texts) = storage { texts } else { nil }
  }
  private var coded: (codes: FixedVector<Int32>, words: StringVector)? {
    if case .category(let codes, let words) = storage { (codes, words) } else { nil }
  }

  private static func joined(_ parts: [(codes: FixedVector<Int32>, words: StringVector)])
    -> Storage
  {
    // Slices of one column, batches of one file, chunks of one reading: of dictionaries that are
    // fronts of one, the longest serves all.
    if let longest = parts.map(\.words).max(by: { $0.count < $1.count }),
      parts.allSatisfy({
        $0.words.views.buffer === longest.views.buffer
          && $0.words.views.offset == longest.views.offset
      })
    {
      return .category(FixedVector(joining: parts.map(\.codes)), dictionary: longest)
    }
    let words = StringVector(joining: parts.map(\.words))
    // The first words' own codes stay, later ones find theirs or come behind.
    let groups = KeyGroups(TextKeys(texts: words, validity: nil), keepingNulls: false)
    var first = 0
    let codes = parts.map { codes, words in
      defer { first += words.count }
      guard words.count > 0 else {
        // No word, so every row is null.
        return FixedVector<Int32>(count: codes.count) { _ in 0 }
      }
      return groups.ids.slice(first..<first + words.count).taking(RowIndices(codes))
    }
    let kept = RowIndices(groups.firstRows, below: words.count)
    return .category(FixedVector(joining: codes), dictionary: words.taking(kept))
  }
}

extension FixedVector {
  fileprivate init(joining parts: [FixedVector]) {
    self.init(room: parts.reduce(0) { $0 + $1.count })
    let whole = self
    let starts = parts.starts { $0.count }
    Workers.forEach(parts.count, threads: Workers.count(for: count, each: 1 << 18)) { part in
      let target = whole.mutablePointer + starts[part]
      target.update(from: parts[part].pointer, count: parts[part].count)
    }
  }
}

extension BitVector {
  fileprivate init(joining parts: [BitVector]) {
    let count = parts.reduce(0) { $0 + $1.count }
    let room = Buffer(zeroed: (count + 63) / 64 * 8)
    let words = room.pointer.assumingMemoryBound(to: UInt64.self)
    var target = 0
    for part in parts {
      let source = part.reader
      for row in stride(from: 0, to: part.count, by: 64) {
        let word = source.word(at: row, count: min(64, part.count - row))
        let (place, shift) = ((target + row) >> 6, UInt64((target + row) & 63))
        words[place] |= (word &<< shift).littleEndian
        let rest = (word &>> 1) &>> (63 &- shift)
        if rest != 0 { words[place + 1] |= rest.littleEndian }
      }
      target += part.count
    }
    self.init(buffer: room, count: count)
  }
}

extension StringVector {
  fileprivate init(joining parts: [StringVector]) {
    // A heap that parts share is taken once: they are often slices of one column.
    var heap: [Buffer] = []
    var numbers: [ObjectIdentifier: UInt32] = [:]
    let renumbered = parts.map { part in
      part.heap.map { buffer in
        if let number = numbers[ObjectIdentifier(buffer)] { return number }
        let number = UInt32(heap.count)
        numbers[ObjectIdentifier(buffer)] = number
        heap.append(buffer)
        return number
      }
    }
    let views = FixedVector<StringView>(joining: parts.map(\.views))
    let starts = parts.starts { $0.count }
    Workers.forEach(parts.count, threads: Workers.count(for: views.count)) { part in
      let numbers = renumbered[part]
      guard numbers != Array(0..<UInt32(numbers.count)) else { return }
      let target = views.mutablePointer + starts[part]
      for row in 0..<parts[part].count where target[row].length > StringView.inlineCapacity {
        target[row].buffer = numbers[Int(target[row].buffer)]
      }
    }
    self.init(views: views, heap: heap)
  }
}

extension Array {
  fileprivate func starts(_ count: (Element) -> Int) -> [Int] {
    var (starts, start) = ([Int](), 0)
    for element in self {
      starts.append(start)
      start += count(element)
    }
    return starts
  }
}
