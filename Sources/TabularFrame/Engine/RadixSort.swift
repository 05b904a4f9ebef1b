/// A key and the place where it stood.
struct SortEntry: BitwiseCopyable, Sendable {
  var key: UInt64
  var place: Int32
}

extension FixedVector<UInt64> {
  /// The places of the values in ascending order; equal ones keep theirs.
  ///
  /// The values are dealt out by their upper bits to about a thousand parts of equal size, which fit
  /// a processor's cache; each part is sorted by itself. Both steps are stable, so that the order is
  /// the only one there is, for any number of threads.
  func ascendingPlaces() -> FixedVector<Int32> {
    let places = FixedVector<Int32>(room: count)
    let keys = self
    guard count > 1 << 14 else {
      let entries = FixedVector<SortEntry>(count: count) {
        SortEntry(key: keys.pointer[$0], place: Int32($0))
      }
      let spare = FixedVector<SortEntry>(room: count)
      sortEntries(entries.mutablePointer, spare.mutablePointer, count)
      withExtendedLifetime(spare) {}
      for i in 0..<count { places.mutablePointer[i] = entries.pointer[i].place }
      return places
    }
    let parts = SortParts(of: keys)
    let entries = parts.deal(keys)
    let largest = (0..<parts.count).map { parts.starts[$0 + 1] - parts.starts[$0] }.max() ?? 0
    let threads = Workers.count(for: count)
    let spares = PerThread(threads) { _ in FixedVector<SortEntry>(room: largest) }
    let free = FreeNumbers(threads)
    Workers.forEach(parts.count, threads: threads) { part in
      let spare = free.take()
      let (start, end) = (parts.starts[part], parts.starts[part + 1])
      sortEntries(entries.mutablePointer + start, spares[spare].mutablePointer, end - start)
      let (sorted, target) = (entries.pointer, places.mutablePointer)
      for i in start..<end { target[i] = sorted[i].place }
      free.give(spare)
    }
    return places
  }
}

/// How keys are dealt out by their upper bits.
private struct SortParts {
  /// The part of each value of the upper bits.
  private let partOf: FixedVector<UInt16>
  private let shift: UInt64
  /// Where each part begins among all entries, and the end of the last.
  let starts: [Int]
  /// The entries of each part in each segment of rows.
  private let places: [[Int]]
  private let segments: [Range<Int>]

  private static let bits = 16

  var count: Int { starts.count - 1 }

  init(of keys: FixedVector<UInt64>) {
    let segments = Workers.segments(of: keys.count, parts: Workers.count(for: keys.count))
    let greatest = PerThread<UInt64>(segments.count) { _ in 0 }
    Workers.forEach(segments.count, threads: segments.count) { segment in
      let pointer = keys.pointer
      var most: UInt64 = 0
      for row in segments[segment] { most |= pointer[row] }
      greatest[segment] = most
    }
    let width = 64 - greatest.array.reduce(0, |).leadingZeroBitCount
    let shift = UInt64(max(0, width - Self.bits))
    let counts = PerThread(segments.count) { _ in [Int32](repeating: 0, count: 1 << Self.bits) }
    Workers.forEach(segments.count, threads: segments.count) { segment in
      let pointer = keys.pointer
      counts[segment].withUnsafeMutableBufferPointer { counts in
        for row in segments[segment] { counts[Int(pointer[row] &>> shift)] &+= 1 }
      }
    }
    // Neighbours share a part until it has its share of the rows.
    let share = max(keys.count >> 10, 1 << 11)
    let partOf = FixedVector<UInt16>(room: 1 << Self.bits)
    var (starts, inPart, sum) = ([0], 0, 0)
    for value in 0..<1 << Self.bits {
      let rows = segments.indices.reduce(0) { $0 + Int(counts[$1][value]) }
      if inPart > 0, inPart + rows > share, starts.count < 1 << 12 {
        starts.append(sum)
        inPart = 0
      }
      partOf.mutablePointer[value] = UInt16(starts.count - 1)
      inPart += rows
      sum += rows
    }
    starts.append(sum)
    var places = segments.map { _ in [Int](repeating: 0, count: starts.count - 1) }
    for value in 0..<1 << Self.bits {
      let part = Int(partOf.pointer[value])
      for segment in segments.indices { places[segment][part] += Int(counts[segment][value]) }
    }
    for part in 0..<starts.count - 1 {
      var place = starts[part]
      for segment in segments.indices {
        let rows = places[segment][part]
        places[segment][part] = place
        place += rows
      }
    }
    (self.partOf, self.shift, self.starts, self.places, self.segments) = (
      partOf, shift, starts, places, segments
    )
  }

  /// The keys with their places, part by part.
  func deal(_ keys: FixedVector<UInt64>) -> FixedVector<SortEntry> {
    let entries = FixedVector<SortEntry>(room: keys.count)
    let (partOf, shift, places, segments) = (partOf, shift, places, segments)
    Workers.forEach(segments.count, threads: segments.count) { segment in
      let (source, target, part) = (keys.pointer, entries.mutablePointer, partOf.pointer)
      var next = places[segment]
      next.withUnsafeMutableBufferPointer { next in
        for row in segments[segment] {
          let key = source[row]
          let number = Int(part[Int(key &>> shift)])
          target[next[number]] = SortEntry(key: key, place: Int32(truncatingIfNeeded: row))
          next[number] &+= 1
        }
      }
    }
    return entries
  }
}

/// Sorts entries by key, stably; `spare` has room for as many.
private func sortEntries(
  _ entries: UnsafeMutablePointer<SortEntry>,
  _ spare: UnsafeMutablePointer<SortEntry>,
  _ count: Int
) {
  guard count > 24 else { return insertionSort(entries, count) }
  var (least, greatest) = (UInt64.max, UInt64.min)
  for i in 0..<count {
    least = min(least, entries[i].key)
    greatest = max(greatest, entries[i].key)
  }
  guard least < greatest else { return }
  // About four entries a digit, for evenly spread keys.
  let width = 64 - (greatest - least).leadingZeroBitCount
  let bits = min(width, max(2, min(11, Int.bitWidth - count.leadingZeroBitCount - 3)))
  let shift = UInt64(width - bits)
  withUnsafeTemporaryAllocation(of: Int32.self, capacity: 1 << bits) { ends in
    guard let ends = ends.baseAddress else { return }
    ends.initialize(repeating: 0, count: 1 << bits)
    for i in 0..<count { ends[Int((entries[i].key &- least) &>> shift)] &+= 1 }
    var sum: Int32 = 0
    for digit in 0..<1 << bits {
      let rows = ends[digit]
      ends[digit] = sum
      sum &+= rows
    }
    for i in 0..<count {
      let digit = Int((entries[i].key &- least) &>> shift)
      spare[Int(ends[digit])] = entries[i]
      ends[digit] &+= 1
    }
    entries.update(from: spare, count: count)
    guard shift > 0 else { return }
    var start = 0
    for digit in 0..<1 << bits {
      let end = Int(ends[digit])
      if end &- start > 1 { sortEntries(entries + start, spare, end &- start) }
      start = end
    }
  }
}

private func insertionSort(_ entries: UnsafeMutablePointer<SortEntry>, _ count: Int) {
  var i = 1
  while i < count {
    let entry = entries[i]
    var j = i
    while j > 0, entries[j &- 1].key > entry.key {
      entries[j] = entries[j &- 1]
      j &-= 1
    }
    entries[j] = entry
    i &+= 1
  }
}
