internal import CTabularScan
internal import TabularCSV

/// Categories and their codes, from 0 on in order of first appearance: a hash table with open
/// addressing over 16-byte keys, and a heap for texts of more than 12 bytes.
///
/// A slot holds 32 bits of the hash and a code, so that a table of many categories stays in the
/// caches; the keys stand in the entries, frequent ones, which come early, close together.
///
/// Invariants: at most half of the slots are taken; the slot of a code has its key's tag;
/// the heap holds the bytes of each long text from its entry's offset on. Written by one thread,
/// and before it is shared; a holder that copies it before it writes makes it a value.
final class CategoryTable: @unchecked Sendable {
  // The look-up of many keys at once reads both as they are.
  private typealias Slot = tabular_slot
  private typealias Entry = tabular_entry

  /// What a category is coded as that the table does not hold.
  static let unseen: Int32 = -1

  private var slots: UnsafeMutablePointer<Slot>
  private var slotMask: Int
  private var entries: UnsafeMutablePointer<Entry>
  private var entryCapacity: Int
  private var heap: [UInt8]
  /// The number of categories.
  private(set) var count = 0

  init(capacity: Int = 32) {
    var slotCount = 64
    while slotCount < 2 * capacity { slotCount *= 2 }
    slotMask = slotCount - 1
    slots = .allocate(capacity: slotCount)
    slots.initialize(repeating: Slot(tag: 0, code: Self.unseen), count: slotCount)
    entryCapacity = slotCount / 2
    entries = .allocate(capacity: entryCapacity)
    heap = []
  }

  deinit {
    slots.deallocate()
    entries.deallocate()
  }

  func copy() -> CategoryTable { reordered(nil) }

  /// About the bytes of its memory, the same for the same categories.
  var byteCount: Int {
    (slotMask + 1) * MemoryLayout<Slot>.stride + entryCapacity * MemoryLayout<Entry>.stride
      + grownCapacity(heap.count)
  }

  /// The same categories, numbered in this order; nil keeps their codes.
  func reordered(_ order: [Int32]?) -> CategoryTable {
    let copy = CategoryTable(capacity: (slotMask + 1) / 2)
    copy.heap = heap
    copy.count = count
    guard let order else {
      copy.slots.update(from: slots, count: slotMask + 1)
      copy.entries.update(from: entries, count: count)
      return copy
    }
    var rank = [Int32](repeating: 0, count: count)
    for (position, code) in order.enumerated() {
      rank[Int(code)] = Int32(position)
      copy.entries[position] = entries[Int(code)]
    }
    for i in 0...slotMask where slots[i].code >= 0 {
      copy.slots[i] = Slot(tag: slots[i].tag, code: rank[Int(slots[i].code)])
    }
    return copy
  }
}

// Look-up and insertion.
extension CategoryTable {
  /// The code of a key that holds all of its category, or `unseen`.
  @inline(__always)
  func code(of key: PackedKey) -> Int32 { code(of: key, hash: key.hash) }

  @inline(__always)
  private func code(of key: PackedKey, hash: UInt64) -> Int32 {
    let (slots, entries, mask, tag) = (slots, entries, slotMask, Self.tag(hash))
    var index = Int(truncatingIfNeeded: hash) & mask
    while true {
      let slot = slots[index]
      if slot.code < 0 { return Self.unseen }
      if slot.tag == tag && entries[Int(slot.code)].packed == key { return slot.code }
      index = (index &+ 1) & mask
    }
  }

  /// The code of a text of more than 12 bytes, or `unseen`.
  func code(of key: PackedKey, long text: UnsafePointer<UInt8>) -> Int32 {
    let (hash, mask) = (key.hash, slotMask)
    var index = Int(truncatingIfNeeded: hash) & mask
    while true {
      let slot = slots[index]
      if slot.code < 0 { return Self.unseen }
      if slot.tag == Self.tag(hash), entries[Int(slot.code)].packed == key,
        holds(slot.code, text, key.length)
      {
        return slot.code
      }
      index = (index &+ 1) & mask
    }
  }

  /// The code of a text, or `unseen`.
  @inline(__always)
  func code(of key: PackedKey, text: UnsafePointer<UInt8>) -> Int32 {
    key.isLong ? code(of: key, long: text) : code(of: key)
  }

  /// The code of a key that holds all of its category, which it gets where it has none.
  @inline(__always)
  func insert(_ key: PackedKey) -> Int32 {
    let code = code(of: key)
    return code >= 0 ? code : append(key, offset: 0)
  }

  /// The code of a text, which it gets where it has none.
  @inline(__always)
  func insert(_ key: PackedKey, text: UnsafePointer<UInt8>) -> Int32 {
    key.isLong ? insert(key, long: text) : insert(key)
  }

  private func insert(_ key: PackedKey, long text: UnsafePointer<UInt8>) -> Int32 {
    let code = code(of: key, long: text)
    guard code < 0 else { return code }
    let offset = heap.count
    heap.append(contentsOf: UnsafeBufferPointer(start: text, count: key.length))
    return append(key, offset: offset)
  }

  func insert(_ key: CategoryKey) -> Int32 {
    switch key {
    case .bool(let value): return insert(PackedKey(value))
    case .int64(let value): return insert(PackedKey(value))
    case .string(var text):
      return text.withUTF8 { bytes in
        let key = PackedKey(bytes)
        guard key.isLong, let start = bytes.baseAddress else { return insert(key) }
        return insert(key, long: start)
      }
    }
  }

  /// The code of a category of another table, which it gets where it has none.
  func insert(_ code: Int32, of other: CategoryTable) -> Int32 {
    let key = other.entries[Int(code)].packed
    guard key.isLong else { return insert(key) }
    return other.withText(code) { text in
      text.baseAddress.map { insert(key, long: $0) } ?? Self.unseen
    }
  }

  /// The code of a category of another table, or `unseen`.
  func code(_ code: Int32, of other: CategoryTable) -> Int32 {
    let key = other.entries[Int(code)].packed
    guard key.isLong else { return self.code(of: key) }
    return other.withText(code) { text in
      text.baseAddress.map { self.code(of: key, long: $0) } ?? Self.unseen
    }
  }

  private func holds(_ code: Int32, _ text: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    let offset = Int(entries[Int(code)].offset)
    return heap.withUnsafeBufferPointer { heap in
      for i in 0..<count where heap[offset &+ i] != text[i] { return false }
      return true
    }
  }

  @inline(never)
  private func append(_ key: PackedKey, offset: Int) -> Int32 {
    let code = Int32(count)
    if count == entryCapacity { grow() }
    entries[count] = Entry(key: key.bits, offset: Int64(offset))
    count += 1
    place(key, code)
    return code
  }

  @inline(__always)
  private static func tag(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 32) }

  private func place(_ key: PackedKey, _ code: Int32) {
    let hash = key.hash
    var index = Int(truncatingIfNeeded: hash) & slotMask
    while slots[index].code >= 0 { index = (index + 1) & slotMask }
    slots[index] = Slot(tag: Self.tag(hash), code: code)
  }

  private func grow() {
    let slotCount = 2 * (slotMask + 1)
    slots.deallocate()
    slots = .allocate(capacity: slotCount)
    slots.initialize(repeating: Slot(tag: 0, code: Self.unseen), count: slotCount)
    slotMask = slotCount - 1
    let old = entries
    entryCapacity = slotCount / 2
    entries = .allocate(capacity: entryCapacity)
    entries.update(from: old, count: count)
    old.deallocate()
    for code in 0..<count { place(entries[code].packed, Int32(code)) }
  }
}

// Look-up of many keys at once.
extension CategoryTable {
  /// The rows that are looked up together; their keys stay in the first cache.
  static let blockSize = Int(tabular_lookup_rows)

  /// The codes of a block of texts, the null's where one is null.
  ///
  /// - Parameters:
  ///   - views: the texts, at most `blockSize`.
  ///   - count: how many they are.
  ///   - nulls: which rows of their column are null.
  ///   - first: the row of the first one in it.
  ///   - codes: gets the codes.
  ///   - left: gets the positions of those that are long, or not in the table: they have no code yet.
  /// - Returns: how many are left.
  func lookUp(
    _ views: UnsafePointer<StringView>,
    _ count: Int,
    _ nulls: NullBits,
    from first: Int,
    into codes: UnsafeMutablePointer<Int32>,
    left: UnsafeMutablePointer<UInt16>
  ) -> Int {
    tabular_look_up(
      tabular_table(slots: slots, mask: UInt64(slotMask), entries: entries),
      // A view is 16 bytes of the length and the text, as a key is.
      UnsafeRawPointer(views).assumingMemoryBound(to: tabular_key.self),
      nulls.bits,
      nulls.offset + first,
      count,
      PackedKey.null.bits,
      codes,
      left
    )
  }
}

// The categories.
extension CategoryTable {
  /// The key of a code.
  func key(_ code: Int32) -> PackedKey { entries[Int(code)].packed }

  /// The code of the null, or `unseen`.
  var nullCode: Int32 { code(of: .null) }

  /// Gives `body` the bytes of a text.
  func withText<Result>(_ code: Int32, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    let entry = entries + Int(code)
    let length = entry.pointee.packed.length
    guard entry.pointee.packed.isLong else {
      // The bytes of an inline text stand behind the length, as in the view.
      let start = (UnsafeRawPointer(entry) + 4).assumingMemoryBound(to: UInt8.self)
      return body(UnsafeBufferPointer(start: start, count: length))
    }
    let offset = Int(entry.pointee.offset)
    return heap.withUnsafeBufferPointer { body(.init(rebasing: $0[offset..<(offset + length)])) }
  }

  /// The category of a code; nil for the null.
  func category(_ code: Int32) -> CategoryKey? {
    let key = key(code)
    switch key.kind {
    case 0: return .bool(key.tail == 1)
    case 1: return .int64(Int64(bitPattern: key.tail))
    case 3: return nil
    default: return .string(text(code))
    }
  }

  /// The text of a code.
  func text(_ code: Int32) -> String { withText(code) { String(decoding: $0, as: UTF8.self) } }
}

extension tabular_entry {
  /// The key as we compare it.
  @inline(__always)
  fileprivate var packed: PackedKey { PackedKey(head: key.head, tail: key.tail) }
}
