/// The ids of a frame's rows: runs of records as they were read, or a list.
package struct RowIDs: Sendable, Equatable {
  /// Rows from `start` on that are records one behind the other.
  private struct Run: Equatable, Sendable {
    var start: Int
    var first: RowID
  }

  private enum Storage: Sendable {
    case runs([Run], count: Int)
    case list([RowID])
  }

  private var storage: Storage

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
    storage = .runs(kept, count: start)
  }

  package init(_ ids: [RowID]) { storage = .list(ids) }

  package var count: Int {
    switch storage {
    case .runs(_, let count): count
    case .list(let ids): ids.count
    }
  }

  package subscript(row: Int) -> RowID {
    precondition(row >= 0 && row < count, "row \(row) of \(count)")
    switch storage {
    case .list(let ids): return ids[row]
    case .runs(let runs, _):
      // The last run that begins at or before the row.
      var (low, high) = (0, runs.count)
      while high - low > 1 {
        let middle = (low + high) / 2
        if runs[middle].start <= row { low = middle } else { high = middle }
      }
      return RowID(rawValue: runs[low].first.rawValue + UInt64(row - runs[low].start))
    }
  }

  package func slice(_ range: Range<Int>) -> RowIDs {
    switch storage {
    case .list(let ids): return RowIDs(Array(ids[range]))
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

  package func taking(_ rows: [Int]) -> RowIDs { RowIDs(rows.map { self[$0] }) }

  package var array: [RowID] { (0..<count).map { self[$0] } }

  package static func == (left: RowIDs, right: RowIDs) -> Bool {
    left.count == right.count && (0..<left.count).allSatisfy { left[$0] == right[$0] }
  }
}
