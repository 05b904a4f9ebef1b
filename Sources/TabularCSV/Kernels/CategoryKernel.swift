/// The words of a category column, shared by the threads that read it.
///
/// A word's code while reading depends on which thread met it first; `finish` orders the codes by
/// first row, so that the result does not.
final class SharedCategories: Sendable {
  private let codeOf = Locked<[[UInt8]: Int32]>([:])

  /// The provisional code of a word.
  func code(of word: [UInt8]) -> Int32 {
    codeOf.withLock { codeOf in
      if let code = codeOf[word] { return code }
      let code = Int32(codeOf.count)
      codeOf[word] = code
      return code
    }
  }

  /// The words in the order of their provisional codes.
  var words: [[UInt8]] {
    codeOf.withLock { codeOf in
      var words = [[UInt8]](repeating: [], count: codeOf.count)
      for (word, code) in codeOf { words[Int(code)] = word }
      return words
    }
  }
}

/// One thread's memory of the words that it met: a hash table by bytes.
struct CategoryCache {
  private let shared: SharedCategories
  private var slots: [Int32]
  private var words: [(hash: UInt64, bytes: [UInt8], code: Int32, firstRow: Int)] = []

  init(_ shared: SharedCategories) {
    self.shared = shared
    // Most columns have no categories.
    slots = []
  }

  /// The first row of each word that this thread met, by provisional code.
  var firstRows: [(code: Int32, row: Int)] { words.map { ($0.code, $0.firstRow) } }

  mutating func code(of bytes: CellBytes, row: Int) -> Int32 {
    if slots.isEmpty { slots = Array(repeating: -1, count: 64) }
    let hash = Self.hash(bytes)
    var slot = Int(hash) & (slots.count - 1)
    while slots[slot] >= 0 {
      let known = Int(slots[slot])
      if words[known].hash == hash, words[known].bytes.elementsEqual(bytes) {
        words[known].firstRow = min(words[known].firstRow, row)
        return words[known].code
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    let text = Array(bytes)
    let code = shared.code(of: text)
    slots[slot] = Int32(words.count)
    words.append((hash, text, code, row))
    if words.count * 2 > slots.count { grow() }
    return code
  }

  private mutating func grow() {
    slots = Array(repeating: -1, count: slots.count * 2)
    for (index, word) in words.enumerated() {
      var slot = Int(word.hash) & (slots.count - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(index)
    }
  }

  /// FNV-1a, eight bytes at a time, with a final mix; only speed depends on it.
  private static func hash(_ bytes: CellBytes) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(bytes.count)
    var index = 0
    while index + 8 <= bytes.count {
      let word = UnsafeRawPointer(bytes.baseAddress.unsafelyUnwrapped + index)
        .loadUnaligned(as: UInt64.self)
      hash = (hash ^ word) &* 0x0000_0100_0000_01B3
      hash ^= hash >> 29
      index += 8
    }
    while index < bytes.count {
      hash = (hash ^ UInt64(bytes[index])) &* 0x0000_0100_0000_01B3
      index += 1
    }
    hash ^= hash >> 32
    return (hash &* 0x9E37_79B9_7F4A_7C15) >> 1
  }
}

/// Reads a column of words into codes.
func readCategories(
  _ cells: ColumnCells,
  rules: CellRules,
  into codes: UnsafeMutablePointer<Int32>,
  nulls: BitWriter,
  cache: inout CategoryCache,
  _ result: inout BlockResult
) {
  for row in 0..<cells.count {
    let place = cells.base + row
    switch rules.content(cells[row], cells.scratch) {
    case .null:
      codes[place] = 0
      nulls.set(place)
      result.nulls += 1
    case .empty: codes[place] = cache.code(of: CellBytes(start: nil, count: 0), row: place)
    case .value(let bytes): codes[place] = cache.code(of: bytes, row: place)
    }
  }
  result.sawValue = result.sawValue || cells.count > 0
}
