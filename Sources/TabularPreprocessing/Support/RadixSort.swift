/// What is sorted by a number.
protocol RadixSorted: BitwiseCopyable {
  /// Smaller ones come first.
  var radixKey: UInt64 { get }
}

extension UInt64: RadixSorted {
  var radixKey: UInt64 { self }
}

/// Sorts items by the digits of their keys to the base 256, the lowest first.
///
/// A digit that all share is skipped. Items with the same key keep their order.
///
/// - Parameters:
///   - items: what is sorted.
///   - spare: room for as many more.
///   - count: how many items there are.
/// - Returns: which of the two places holds the sorted items.
func radixSorted<Item: RadixSorted>(
  _ items: UnsafeMutablePointer<Item>,
  spare: UnsafeMutablePointer<Item>,
  count: Int
) -> UnsafeMutablePointer<Item> {
  guard count > 1 else { return items }
  var (source, target) = (items, spare)
  withUnsafeTemporaryAllocation(of: Int.self, capacity: 8 * 256) { counts in
    counts.initialize(repeating: 0)
    for i in 0..<count {
      var key = items[i].radixKey
      for digit in 0..<8 {
        counts[digit << 8 | Int(truncatingIfNeeded: key & 255)] &+= 1
        key >>= 8
      }
    }
    for digit in 0..<8 {
      let digits = UnsafeMutableBufferPointer(rebasing: counts[digit << 8..<(digit + 1) << 8])
      let shift = UInt64(8 * digit)
      let first = Int(truncatingIfNeeded: source[0].radixKey >> shift & 255)
      if digits[first] == count { continue }
      var next = 0
      for value in 0..<256 {
        let here = digits[value]
        digits[value] = next
        next &+= here
      }
      for i in 0..<count {
        let item = source[i]
        let value = Int(truncatingIfNeeded: item.radixKey >> shift & 255)
        target[digits[value]] = item
        digits[value] &+= 1
      }
      swap(&source, &target)
    }
  }
  return source
}
