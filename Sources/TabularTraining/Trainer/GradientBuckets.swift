/// The runs of parameters whose gradients are sent together, in the order in which a backward pass
/// completes them: from the last parameter to the first.
///
/// Source: PyTorch's `DistributedDataParallel`, whose first bucket of 1 MiB leaves early and whose
/// others hold 25 MiB; here a large parameter may be cut.
struct GradientBuckets {
  let ranges: [Range<Int>]

  /// Cuts `count` floats.
  init(count: Int, first: Int = 1 << 18, others: Int = 25 << 18) {
    var ranges: [Range<Int>] = []
    var end = count
    while end > 0 {
      let start = max(0, end - (ranges.isEmpty ? first : others))
      ranges.append(start..<end)
      end = start
    }
    self.ranges = ranges
  }

  /// How many buckets are complete once all gradients from a float on are.
  func complete(from start: Int) -> Int { ranges.prefix { $0.lowerBound >= start }.count }
}
