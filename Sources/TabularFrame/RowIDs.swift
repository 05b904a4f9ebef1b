/// The ids of a frame's rows: runs of records as they were read, and what verbs took of them, which
/// is resolved when somebody asks.
package struct RowIDs: Sendable, Equatable {
  /// Rows from `start` on that are records one behind the other.
  private struct Run: Sendable {
    var start: Int
    var first: RowID
  }

  private indirect enum Storage: Sendable {
    case runs([Run], count: Int)
    case list([RowID])
    /// Rows of others, neither `taken` nor `kept` themselves.
    case taken(RowIDs, RowIndices)
    /// A run of the rows that a mask keeps of others, neither `taken` nor `kept` themselves.
    case kept(RowIDs, RowMask, Range<Int>)
    /// One behind the other, with the row at which each begins.
    case joined([RowIDs], starts: [Int], count: Int)
  }

  private let storage: Storage

  private init(_ storage: Storage) { self.storage = storage }

  package init(records count: Int, file: Int = 0) {
    self.init(runs: [(RowID(file: file, record: 0), count)])
  }

  package init(runs: [(first: RowID, count: Int)]) {
    var kept: [Run] = []
    var start = 0
    for run in runs where run.count > 0 {
      kept.append(Run(start: start, first: run.first))
      start += run.count
    }
    self.init(.runs(kept, count: start))
  }

  package init(_ ids: [RowID]) { self.init(.list(ids)) }

  /// The ids of frames one behind the other.
  package init(joining parts: [RowIDs]) {
    if parts.count == 1 {
      self.init(parts[0].storage)
      return
    }
    var (kept, starts, start) = ([RowIDs](), [Int](), 0)
    func add(_ part: RowIDs) {
      guard part.count > 0 else { return }
      if case .joined(let inner, _, _) = part.storage { return inner.forEach(add) }
      kept.append(part)
      starts.append(start)
      start += part.count
    }
    parts.forEach(add)
    let runs = kept.compactMap(\.runs)
    if runs.count == kept.count {
      self.init(runs: Array(runs.joined()))
    } else {
      self.init(.joined(kept, starts: starts, count: start))
    }
  }

  /// The runs, where it is nothing else.
  private var runs: [(first: RowID, count: Int)]? {
    guard case .runs(let runs, let count) = storage else { return nil }
    let ends = runs.dropFirst().map(\.start) + [count]
    return zip(runs, ends).map { ($0.first, $1 - $0.start) }
  }

  package var count: Int {
    switch storage {
    case .runs(_, let count), .joined(_, _, let count): count
    case .list(let ids): ids.count
    case .taken(_, let rows): rows.count
    case .kept(_, _, let places): places.count
    }
  }

  package subscript(row: Int) -> RowID {
    precondition(row >= 0 && row < count, "row \(row) of \(count)")
    switch storage {
    case .list(let ids): return ids[row]
    case .taken(let base, let rows): return base[Int(rows.vector[row])]
    case .kept(let base, let mask, let places): return base[mask.row(at: places.lowerBound + row)]
    case .joined(let parts, let starts, _):
      let part = Self.last(of: starts.count, before: row) { starts[$0] }
      return parts[part][row - starts[part]]
    case .runs(let runs, _):
      let run = runs[Self.last(of: runs.count, before: row) { runs[$0].start }]
      return RowID(rawValue: run.first.rawValue + UInt64(row - run.start))
    }
  }

  /// The last of those that begin at or before a row.
  private static func last(of count: Int, before row: Int, _ start: (Int) -> Int) -> Int {
    var (low, high) = (0, count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if start(middle) <= row { low = middle } else { high = middle }
    }
    return low
  }

  package func slice(_ range: Range<Int>) -> RowIDs {
    guard range != 0..<count else { return self }
    switch storage {
    case .list(let ids): return RowIDs(Array(ids[range]))
    case .taken(let base, let rows):
      return RowIDs(.taken(base, RowIndices(rows.vector.slice(range), hasGaps: rows.hasGaps)))
    case .kept(let base, let mask, let places):
      let start = places.lowerBound
      return RowIDs(.kept(base, mask, start + range.lowerBound..<start + range.upperBound))
    case .joined(let parts, let starts, _):
      return RowIDs(
        joining: zip(parts, starts).map { part, start in
          let first = min(max(range.lowerBound - start, 0), part.count)
          return part.slice(first..<max(first, min(range.upperBound - start, part.count)))
        }
      )
    case .runs(let runs, let count):
      let ends = runs.dropFirst().map(\.start) + [count]
      return RowIDs(
        runs: zip(runs, ends).map { run, end in
          let first = max(run.start, range.lowerBound)
          let skipped = UInt64(first - run.start)
          return (
            RowID(rawValue: run.first.rawValue + skipped),
            max(0, min(end, range.upperBound) - first)
          )
        }
      )
    }
  }

  /// The ids of rows, none of which is missing; shares their positions.
  package func taking(_ rows: RowIndices) -> RowIDs {
    switch storage {
    case .taken(let base, let inner): return RowIDs(.taken(base, rows.of(inner)))
    case .kept(let base, let mask, let places):
      return RowIDs(.taken(base, rows.of(RowIndices(mask.indices.vector.slice(places)))))
    case .runs, .list, .joined: return RowIDs(.taken(self, rows))
    }
  }

  /// The ids of the rows that a mask keeps; shares its bits.
  package func taking(_ mask: RowMask) -> RowIDs {
    switch storage {
    case .taken, .kept: taking(mask.indices)
    case .runs, .list, .joined: RowIDs(.kept(self, mask, 0..<mask.count))
    }
  }

  package var array: [RowID] {
    switch storage {
    case .list(let ids): ids
    case .kept(let base, let mask, let places):
      mask.indices.vector.slice(places).withPointer { $0.map { base[Int($0)] } }
    case .taken(let base, let rows): rows.vector.withPointer { $0.map { base[Int($0)] } }
    case .joined(let parts, _, _): parts.flatMap(\.array)
    case .runs:
      (runs ?? []).flatMap { first, count in
        (0..<UInt64(count)).map { RowID(rawValue: first.rawValue + $0) }
      }
    }
  }

  package static func == (left: RowIDs, right: RowIDs) -> Bool {
    left.count == right.count && left.array == right.array
  }
}

extension FixedVector {
  func withPointer<Result>(_ body: (UnsafeBufferPointer<Value>) -> Result) -> Result {
    withExtendedLifetime(self) { body(UnsafeBufferPointer(start: pointer, count: count)) }
  }
}
