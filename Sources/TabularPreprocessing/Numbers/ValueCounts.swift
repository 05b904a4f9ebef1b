/// How often each value occurs, as long as few different ones do: a hash table that stays in the
/// first cache.
///
/// Invariant: at most half of the slots are taken, by their values' bits; `vacant` is a NaN's, which
/// no value has.
struct ValueCounts: Sendable {
  private var keys: [UInt64] = []
  private var counts: [Int] = []
  private var shift: UInt64 = 64
  /// The different values.
  private(set) var distinct = 0
  /// All values.
  private(set) var total = 0

  private static let vacant = UInt64.max
  /// The different values that it holds at most.
  static let limit = 1024

  /// About how many bytes it takes.
  var byteCount: Int { 16 * keys.count }

  /// Counts values, none of them NaN or -0, up to the first that there is no room for.
  ///
  /// - Returns: how many were counted.
  mutating func add(_ values: UnsafeBufferPointer<Double>) -> Int {
    var taken = 0
    while taken < values.count {
      taken += countKnown(UnsafeBufferPointer(rebasing: values[taken...]))
      guard taken < values.count else { break }
      guard add(values[taken], times: 1) else { break }
      taken += 1
    }
    return taken
  }

  /// Counts values up to the first that has no slot.
  private mutating func countKnown(_ values: UnsafeBufferPointer<Double>) -> Int {
    guard !keys.isEmpty else { return 0 }
    let shift = shift
    var taken = 0
    keys.withUnsafeBufferPointer { keys in
      counts.withUnsafeMutableBufferPointer { counts in
        let mask = keys.count &- 1
        while taken < values.count {
          let key = values[taken].bitPattern
          var slot = Self.slot(key, shift)
          while keys[slot] != key && keys[slot] != Self.vacant { slot = (slot &+ 1) & mask }
          if keys[slot] == Self.vacant { break }
          counts[slot] &+= 1
          taken &+= 1
        }
      }
    }
    total += taken
    return taken
  }

  /// Counts a value many times; false where there is no room for it.
  mutating func add(_ value: Double, times count: Int) -> Bool {
    if keys.isEmpty { grow(to: 64) }
    let key = value.bitPattern
    var slot = find(key)
    if keys[slot] == Self.vacant {
      guard distinct < Self.limit else { return false }
      if 2 * (distinct + 1) > keys.count {
        grow(to: 4 * keys.count)
        slot = find(key)
      }
      keys[slot] = key
      distinct += 1
    }
    counts[slot] += count
    total += count
    return true
  }

  @inline(__always)
  private static func slot(_ key: UInt64, _ shift: UInt64) -> Int {
    Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) &>> shift)
  }

  private func find(_ key: UInt64) -> Int {
    var slot = Self.slot(key, shift)
    while keys[slot] != key && keys[slot] != Self.vacant { slot = (slot + 1) & (keys.count - 1) }
    return slot
  }

  private mutating func grow(to size: Int) {
    let old = zip(keys, counts)
    keys = Array(repeating: Self.vacant, count: size)
    counts = Array(repeating: 0, count: size)
    shift = UInt64(64 - size.trailingZeroBitCount)
    for (key, count) in old where key != Self.vacant {
      let slot = find(key)
      keys[slot] = key
      counts[slot] = count
    }
  }

  /// Each value once, in no order, with how often it occurs.
  var values: [(value: Double, times: Int)] {
    zip(keys, counts).compactMap { key, count in
      key == Self.vacant ? nil : (Double(bitPattern: key), count)
    }
  }
}
