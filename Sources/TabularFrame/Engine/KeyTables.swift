/// Numbers different keys from 0 in the order in which they are first asked for.
protocol KeyTable: SendableMetatype {
  associatedtype Key
  /// The number of a key, a new one if need be.
  mutating func insert(_ key: Key) -> Int32
  /// The number of a key, or -1.
  func find(_ key: Key) -> Int32
  var count: Int { get }
}

/// Memory of one owner that a table writes, freed with it.
final class Slots<Value: BitwiseCopyable> {
  let pointer: UnsafeMutablePointer<Value>

  init(_ count: Int, _ value: Value) {
    pointer = .allocate(capacity: max(count, 1))
    pointer.initialize(repeating: value, count: max(count, 1))
  }

  deinit { pointer.deallocate() }
}

/// Whole numbers from a base on, each with a place of its own.
struct DirectTable: KeyTable, @unchecked Sendable {
  private let base: Int64
  private let span: Int
  private let slots: Slots<Int32>
  private(set) var count = 0

  init(base: Int64, span: Int) {
    self.base = base
    self.span = span
    slots = Slots(span, -1)
  }

  @inline(__always) mutating func insert(_ key: Int64) -> Int32 {
    let slot = slots.pointer + Int(key &- base)
    let known = slot.pointee
    if known >= 0 { return known }
    let number = Int32(truncatingIfNeeded: count)
    slot.pointee = number
    count &+= 1
    return number
  }

  @inline(__always) func find(_ key: Int64) -> Int32 {
    let place = UInt64(bitPattern: key &- base)
    return place < UInt64(span) ? slots.pointer[Int(place)] : -1
  }
}

/// Words of 64 bits by their hash, in open addressing, at most half full.
struct WordTable: KeyTable, @unchecked Sendable {
  private struct Slot: BitwiseCopyable {
    var key: Int64
    var number: Int32
  }
  private var slots: Slots<Slot>
  private var mask: Int
  private(set) var count = 0

  init(expected: Int) {
    let size = 1 << (Int.bitWidth - max(2 * expected - 1, 63).leadingZeroBitCount)
    slots = Slots(size, Slot(key: 0, number: -1))
    mask = size - 1
  }

  @inline(__always) private func slot(_ key: Int64) -> Int {
    var place = Int(truncatingIfNeeded: SplitMix64.mix(UInt64(bitPattern: key))) & mask
    while true {
      let slot = slots.pointer[place]
      if slot.number < 0 || slot.key == key { return place }
      place = (place &+ 1) & mask
    }
  }

  @inline(__always) mutating func insert(_ key: Int64) -> Int32 {
    let place = slot(key)
    let known = slots.pointer[place].number
    if known >= 0 { return known }
    let number = Int32(truncatingIfNeeded: count)
    slots.pointer[place] = Slot(key: key, number: number)
    count &+= 1
    if count &* 2 > mask { grow() }
    return number
  }

  @inline(__always) func find(_ key: Int64) -> Int32 { slots.pointer[slot(key)].number }

  @inline(never) private mutating func grow() {
    let old = (slots, mask + 1)
    slots = Slots(old.1 * 2, Slot(key: 0, number: -1))
    mask = old.1 * 2 - 1
    for place in 0..<old.1 where old.0.pointer[place].number >= 0 {
      slots.pointer[slot(old.0.pointer[place].key)] = old.0.pointer[place]
    }
  }
}

/// Texts by their bytes; they stay where they are.
struct TextTable: KeyTable, @unchecked Sendable {
  private struct Slot: BitwiseCopyable {
    var hash: UInt32
    var number: Int32
  }
  private var slots: Slots<Slot>
  private var mask: Int
  private var texts: [TextKey] = []

  init(expected: Int) {
    let size = 1 << (Int.bitWidth - max(2 * expected - 1, 63).leadingZeroBitCount)
    slots = Slots(size, Slot(hash: 0, number: -1))
    mask = size - 1
  }

  var count: Int { texts.count }

  @inline(__always) private func slot(_ key: TextKey, _ hash: UInt64) -> Int {
    let tag = UInt32(truncatingIfNeeded: hash)
    var place = Int(tag) & mask
    return texts.withUnsafeBufferPointer { texts in
      while true {
        let slot = slots.pointer[place]
        if slot.number < 0 || (slot.hash == tag && texts[Int(slot.number)] == key) {
          return place
        }
        place = (place &+ 1) & mask
      }
    }
  }

  @inline(__always) mutating func insert(_ key: TextKey) -> Int32 {
    let hash = key.hash
    let place = slot(key, hash)
    let known = slots.pointer[place].number
    if known >= 0 { return known }
    let number = Int32(truncatingIfNeeded: texts.count)
    slots.pointer[place] = Slot(hash: UInt32(truncatingIfNeeded: hash), number: number)
    texts.append(key)
    if texts.count &* 2 > mask { grow() }
    return number
  }

  @inline(__always) func find(_ key: TextKey) -> Int32 {
    slots.pointer[slot(key, key.hash)].number
  }

  @inline(never) private mutating func grow() {
    let (old, size) = (slots, mask + 1)
    slots = Slots(2 * size, Slot(hash: 0, number: -1))
    mask = 2 * size - 1
    for place in 0..<size where old.pointer[place].number >= 0 {
      // The lower half of the hash is enough for the place of any table of 2^31 texts.
      var target = Int(old.pointer[place].hash) & mask
      while slots.pointer[target].number >= 0 { target = (target &+ 1) & mask }
      slots.pointer[target] = old.pointer[place]
    }
  }
}
