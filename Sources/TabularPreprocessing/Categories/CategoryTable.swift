internal import CTabularScan
internal import TabularCSV

/// The 16 bytes by which a table knows a category.
///
/// Of a text of up to 12 bytes its Arrow view: the length, then the bytes, zeros behind them. Of a
/// longer text the length, the first 4 bytes and a hash of all. An integer, a bool and the null
/// stand behind a length that no text has.
struct PackedKey: BitwiseCopyable, Hashable, Sendable {
  var head: UInt64
  var tail: UInt64

  private static let integer: UInt64 = 0xFFFF_FFFF
  private static let bool: UInt64 = 0xFFFF_FFFE
  static let null = PackedKey(head: 0xFFFF_FFFD, tail: 0)

  init(head: UInt64, tail: UInt64) { (self.head, self.tail) = (head, tail) }

  @inline(__always)
  init(_ integer: Int64) { self.init(head: Self.integer, tail: UInt64(bitPattern: integer)) }

  @inline(__always)
  init(_ bool: Bool) { self.init(head: Self.bool, tail: bool ? 1 : 0) }

  /// The key of a text, behind whose start 12 bytes can be read.
  @inline(__always)
  init(padded text: UnsafePointer<UInt8>, count: Int) {
    let raw = UnsafeRawPointer(text)
    guard count <= StringView.inlineCapacity else {
      self.init(long: text, count: count)
      return
    }
    let first = raw.loadUnaligned(as: UInt32.self)
    let rest = (raw + 4).loadUnaligned(as: UInt64.self)
    // Shifts by the width give zero.
    let firstMask = UInt64(UInt32.max >> UInt32(max(0, 4 - count) &* 8))
    let restMask = count > 4 ? UInt64.max >> UInt64((12 - count) &* 8) : 0
    self.init(
      head: UInt64(count) | (UInt64(first) & firstMask) << 32,
      tail: rest & restMask
    )
  }

  /// The key of a text of any length.
  init(_ text: UnsafeBufferPointer<UInt8>) {
    if text.count > StringView.inlineCapacity, let start = text.baseAddress {
      self.init(long: start, count: text.count)
    } else {
      self.init(StringView(short: text))
    }
  }

  /// The key of a text of more than 12 bytes.
  init(long text: UnsafePointer<UInt8>, count: Int) {
    let prefix = UnsafeRawPointer(text).loadUnaligned(as: UInt32.self)
    self.init(head: UInt64(count) | UInt64(prefix) << 32, tail: Self.hash(text, count))
  }

  /// The key of a text that stands inline in its view.
  @inline(__always)
  init(_ view: StringView) {
    self.init(
      head: UInt64(UInt32(bitPattern: view.length)) | UInt64(view.prefix) << 32,
      tail: UInt64(view.buffer) | UInt64(view.offset) << 32
    )
  }

  var length: Int { Int(head & 0xFFFF_FFFF) }

  /// Whether the bytes stand in the table's heap.
  @inline(__always)
  var isLong: Bool { length > StringView.inlineCapacity && length < Int(Self.null.head) }

  /// The kinds in the order in which they sort.
  var kind: UInt8 {
    switch UInt64(length) {
    case Self.bool: 0
    case Self.integer: 1
    case Self.null.head: 3
    default: 2
    }
  }

  @inline(__always)
  var hash: UInt64 { Self.mix(head ^ 0x9E37_79B9_7F4A_7C15, tail) }

  /// The two halves of a product: every bit of it depends on every bit of both.
  @inline(__always)
  private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right ^ 0xBF58_476D_1CE4_E5B9)
    return product.high ^ product.low
  }

  /// A hash of more than 8 bytes, 8 at a time, the last 8 perhaps twice.
  private static func hash(_ text: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
    let raw = UnsafeRawPointer(text)
    var hash = UInt64(count)
    var position = 0
    while position + 8 < count {
      hash = mix(
        hash ^ 0x94D0_49BB_1331_11EB,
        raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)
      )
      position += 8
    }
    return mix(
      hash ^ 0x94D0_49BB_1331_11EB,
      raw.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
    )
  }
}

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
  private struct Slot: BitwiseCopyable {
    /// The upper half of the hash; its lower bits have led here.
    var tag: UInt32 = 0
    /// Below 0: free.
    var code: Int32 = -1

    @inline(__always)
    static func tag(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 32) }
  }

  private struct Entry: BitwiseCopyable {
    var key: PackedKey
    var offset: Int
  }

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
    slots.initialize(repeating: Slot(), count: slotCount)
    entryCapacity = slotCount / 2
    entries = .allocate(capacity: entryCapacity)
    heap = []
  }

  deinit {
    slots.deallocate()
    entries.deallocate()
  }

  func copy() -> CategoryTable { reordered(nil) }

  /// The bytes of its memory.
  var byteCount: Int {
    (slotMask + 1) * MemoryLayout<Slot>.stride + entryCapacity * MemoryLayout<Entry>.stride
      + heap.capacity
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
    let (slots, entries, mask, tag) = (slots, entries, slotMask, Slot.tag(hash))
    var index = Int(truncatingIfNeeded: hash) & mask
    while true {
      let slot = slots[index]
      if slot.code < 0 { return Self.unseen }
      if slot.tag == tag && entries[Int(slot.code)].key == key { return slot.code }
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
      if slot.tag == Slot.tag(hash), entries[Int(slot.code)].key == key,
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
    let key = other.entries[Int(code)].key
    guard key.isLong else { return insert(key) }
    return other.withText(code) { text in
      text.baseAddress.map { insert(key, long: $0) } ?? Self.unseen
    }
  }

  /// The code of a category of another table, or `unseen`.
  func code(_ code: Int32, of other: CategoryTable) -> Int32 {
    let key = other.entries[Int(code)].key
    guard key.isLong else { return self.code(of: key) }
    return other.withText(code) { text in
      text.baseAddress.map { self.code(of: key, long: $0) } ?? Self.unseen
    }
  }

  private func holds(_ code: Int32, _ text: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    let offset = entries[Int(code)].offset
    return heap.withUnsafeBufferPointer { heap in
      for i in 0..<count where heap[offset &+ i] != text[i] { return false }
      return true
    }
  }

  @inline(never)
  private func append(_ key: PackedKey, offset: Int) -> Int32 {
    let code = Int32(count)
    if count == entryCapacity { grow() }
    entries[count] = Entry(key: key, offset: offset)
    count += 1
    place(key, code)
    return code
  }

  private func place(_ key: PackedKey, _ code: Int32) {
    let hash = key.hash
    var index = Int(truncatingIfNeeded: hash) & slotMask
    while slots[index].code >= 0 { index = (index + 1) & slotMask }
    slots[index] = Slot(tag: Slot.tag(hash), code: code)
  }

  private func grow() {
    let slotCount = 2 * (slotMask + 1)
    slots.deallocate()
    slots = .allocate(capacity: slotCount)
    slots.initialize(repeating: Slot(), count: slotCount)
    slotMask = slotCount - 1
    let old = entries
    entryCapacity = slotCount / 2
    entries = .allocate(capacity: entryCapacity)
    entries.update(from: old, count: count)
    old.deallocate()
    for code in 0..<count { place(entries[code].key, Int32(code)) }
  }
}

// Look-up of many keys at once. Memory is asked for ahead of its use: without, each look-up in a
// large table waits for it, and the wrong guess at its end keeps the next from being begun.
extension CategoryTable {
  /// Asks for the slot that a hash leads to.
  @inline(__always)
  func prefetchSlot(_ hash: UInt64) {
    tabular_prefetch(slots + (Int(truncatingIfNeeded: hash) & slotMask))
  }

  /// The code of the first category with a hash's tag, whose entry is asked for, or `unseen`.
  @inline(__always)
  func candidate(_ hash: UInt64) -> Int32 {
    let (slots, mask, tag) = (slots, slotMask, Slot.tag(hash))
    var index = Int(truncatingIfNeeded: hash) & mask
    while true {
      let slot = slots[index]
      if slot.code < 0 { return Self.unseen }
      if slot.tag == tag {
        tabular_prefetch(entries + Int(slot.code))
        return slot.code
      }
      index = (index &+ 1) & mask
    }
  }

  /// Whether a key of no long text is that of a code; no key is that of `unseen`.
  @inline(__always)
  func isKey(_ key: PackedKey, of code: Int32) -> Bool {
    code >= 0 && entries[Int(code)].key == key
  }
}

// The categories.
extension CategoryTable {
  /// The key of a code.
  func key(_ code: Int32) -> PackedKey { entries[Int(code)].key }

  /// The code of the null, or `unseen`.
  var nullCode: Int32 { code(of: .null) }

  /// Gives `body` the bytes of a text.
  func withText<Result>(_ code: Int32, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    let entry = entries + Int(code)
    let length = entry.pointee.key.length
    guard entry.pointee.key.isLong else {
      // The bytes of an inline text stand behind the length, as in the view.
      let start = (UnsafeRawPointer(entry) + 4).assumingMemoryBound(to: UInt8.self)
      return body(UnsafeBufferPointer(start: start, count: length))
    }
    let offset = entry.pointee.offset
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

  /// The codes in the order of `CategoryKey`, the null last.
  var sortedCodes: [Int32] { sorted(0..<Int32(count)) }

  /// What a code is sorted by, but for the bytes behind the first 8.
  private struct Item: BitwiseCopyable {
    var kind: UInt8
    /// The first 8 bytes, so that they compare as a number.
    var prefix: UInt64
    var code: Int32
  }

  /// Some codes in the order of `CategoryKey`, the null last.
  func sorted(_ codes: some Collection<Int32>) -> [Int32] {
    var items: [Item] = []
    items.reserveCapacity(codes.count)
    for code in codes {
      let key = key(code)
      let prefix: UInt64 =
        switch key.kind {
        case 1: key.tail ^ 1 << 63
        case 2: withText(code) { Self.prefix($0) }
        default: key.tail
        }
      items.append(Item(kind: key.kind, prefix: prefix, code: code))
    }
    items.sort { left, right in
      if left.kind != right.kind { return left.kind < right.kind }
      if left.prefix != right.prefix || left.kind != 2 { return left.prefix < right.prefix }
      return withText(left.code) { l in
        withText(right.code) { r in l.lexicographicallyPrecedes(r) }
      }
    }
    return items.map(\.code)
  }

  private static func prefix(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var prefix: UInt64 = 0
    for i in 0..<8 { prefix = prefix << 8 | (i < text.count ? UInt64(text[i]) : 0) }
    return prefix
  }
}
