internal import TabularCSV
internal import TabularTensor

/// The words of a category column across the frames that are written, each once, in order of first
/// appearance.
struct ArrowDictionary {
  /// The words of the first frame, while no other has different ones.
  private var first: StringVector?
  private var table: TextTable?
  private var views: [StringView] = []
  private var heap: [Buffer] = []
  private var used = 0
  /// The words that were asked for last, and what became of their codes.
  private var last: (words: StringVector, codes: FixedVector<Int32>?)?
  /// How many words were written.
  var writtenCount: Int?

  var count: Int { first?.count ?? views.count }

  /// All words so far.
  var words: StringVector {
    first ?? StringVector(views: FixedVector(count: views.count) { views[$0] }, heap: heap)
  }

  /// Takes the words of a frame; returns what each of their codes becomes, nil where they stay.
  mutating func codes(of words: StringVector) -> FixedVector<Int32>? {
    if let last, last.words.isSame(as: words) { return last.codes }
    // Words that are there twice in a frame are once in the file, as pandas wants them.
    if first == nil, table == nil, words.firstOfEqual == nil {
      first = words
      last = (words, nil)
      return nil
    }
    if table == nil { table = TextTable(expected: max(first?.count ?? 0, words.count)) }
    if let first {
      self.first = nil
      _ = learn(first)
    }
    let codes = learn(words)
    last = (words, codes)
    return codes
  }

  private mutating func learn(_ words: StringVector) -> FixedVector<Int32> {
    let keys = TextKeys(texts: words, validity: nil)
    return FixedVector(count: words.count) { row in
      let known = table?.find(keys.key(row)) ?? -1
      if known >= 0 { return known }
      let copied = copy(words, row)
      return table?.insert(copied) ?? 0
    }
  }

  /// Keeps a word, whose frame may go.
  private mutating func copy(_ words: StringVector, _ row: Int) -> TextKey {
    var view = words.views[row]
    let length = Int(view.length)
    guard length > StringView.inlineCapacity else {
      views.append(view)
      return TextKey(view: view, start: nil)
    }
    if heap.isEmpty || used + length > heap[heap.count - 1].byteCount {
      heap.append(Buffer(uninitialized: max(1 << (16 + min(heap.count, 8)), length)))
      used = 0
    }
    let start = heap[heap.count - 1].pointer + used
    words.withBytes(row) { text in
      if let base = text.baseAddress { start.copyMemory(from: base, byteCount: length) }
    }
    view.buffer = UInt32(heap.count - 1)
    view.offset = UInt32(used)
    used += length
    views.append(view)
    return TextKey(view: view, start: UnsafePointer(start.assumingMemoryBound(to: UInt8.self)))
  }
}

extension StringVector {
  /// Whether they are the same texts in the same memory.
  func isSame(as other: StringVector) -> Bool {
    views.buffer === other.views.buffer && views.offset == other.views.offset
      && count == other.count
  }
}
