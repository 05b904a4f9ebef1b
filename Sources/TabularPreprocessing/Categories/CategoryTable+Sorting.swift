// The order of categories.
extension CategoryTable {
  /// The codes in the order of `CategoryKey`, the null last.
  var sortedCodes: [Int32] { sorted(0..<Int32(count)) }

  /// What a code is sorted by within its kind, but for the bytes behind the first 8.
  private struct Item: RadixSorted {
    /// The first 8 bytes, so that they compare as a number.
    var radixKey: UInt64
    var code: Int32
  }

  /// Some codes in the order of `CategoryKey`, the null last.
  func sorted(_ codes: some Collection<Int32>) -> [Int32] {
    var kinds = (0..<4).map { _ in [Item]() }
    for code in codes {
      let key = key(code)
      let prefix: UInt64 =
        switch key.kind {
        case 1: key.tail ^ 1 << 63
        case PackedKey.textKind: withText(code) { Self.prefix($0) }
        default: key.tail
        }
      kinds[Int(key.kind)].append(Item(radixKey: prefix, code: code))
    }
    return kinds.enumerated().flatMap { kind, items in
      sorted(items, areTexts: kind == PackedKey.textKind)
    }
  }

  private func sorted(_ items: [Item], areTexts: Bool) -> [Int32] {
    withUnsafeTemporaryAllocation(of: Item.self, capacity: 2 * items.count) { memory in
      guard let start = memory.baseAddress, !items.isEmpty else { return [] }
      start.update(from: items, count: items.count)
      let sorted = UnsafeMutableBufferPointer(
        start: radixSorted(start, spare: start + items.count, count: items.count),
        count: items.count
      )
      if areTexts { sortTies(sorted) }
      return sorted.map(\.code)
    }
  }

  /// Texts whose first 8 bytes are the same, by all of their bytes.
  private func sortTies(_ items: UnsafeMutableBufferPointer<Item>) {
    var first = 0
    while first < items.count {
      var end = first + 1
      while end < items.count && items[end].radixKey == items[first].radixKey { end += 1 }
      if end - first > 1 {
        items[first..<end].sort { left, right in
          withText(left.code) { l in
            withText(right.code) { r in l.lexicographicallyPrecedes(r) }
          }
        }
      }
      first = end
    }
  }

  private static func prefix(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var prefix: UInt64 = 0
    for i in 0..<8 { prefix = prefix << 8 | (i < text.count ? UInt64(text[i]) : 0) }
    return prefix
  }
}
