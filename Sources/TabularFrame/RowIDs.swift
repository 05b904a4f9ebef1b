/// The ids of a frame's rows: a run of records while nothing was left out, else a list.
package struct RowIDs: Sendable, Equatable {
  private enum Storage: Equatable, Sendable {
    case run(first: RowID, count: Int)
    case list([RowID])
  }

  private var storage: Storage

  package init(records count: Int, file: Int = 0) {
    storage = .run(first: RowID(file: file, record: 0), count: count)
  }

  package init(_ ids: [RowID]) { storage = .list(ids) }

  package var count: Int {
    switch storage {
    case .run(_, let count): count
    case .list(let ids): ids.count
    }
  }

  package subscript(row: Int) -> RowID {
    precondition(row >= 0 && row < count, "row \(row) of \(count)")
    return switch storage {
    case .run(let first, _): RowID(rawValue: first.rawValue + UInt64(row))
    case .list(let ids): ids[row]
    }
  }

  package func slice(_ range: Range<Int>) -> RowIDs {
    switch storage {
    case .run(let first, _):
      var ids = self
      let start = RowID(rawValue: first.rawValue + UInt64(range.lowerBound))
      ids.storage = .run(first: start, count: range.count)
      return ids
    case .list(let ids):
      return RowIDs(Array(ids[range]))
    }
  }

  package func taking(_ rows: [Int]) -> RowIDs { RowIDs(rows.map { self[$0] }) }

  package var array: [RowID] { (0..<count).map { self[$0] } }
}
