/// How many bad rows stand before a chunk, as far as threads have come.
///
/// Of many bad rows only the first one too many is spoken of; which one it is shows when all before
/// it are counted. Until then this bounds how many those are.
final class BadRowCount: Sendable {
  private struct State {
    /// The first chunk that is not counted, and the bad records and all records before it.
    var chunk = 0
    var bad = 0
    var records: Int
    /// The chunks that were counted out of turn.
    var later: [Int: (bad: Int, records: Int)] = [:]
  }
  private let state: Locked<State>

  /// Begins where `records` records were read.
  init(records: Int) { state = Locked(State(records: records)) }

  /// Notes a chunk's bad records, and all records up to its end.
  func note(_ chunk: Int, bad: Int, records: Int) {
    state.withLock { state in
      state.later[chunk] = (bad, records)
      while let next = state.later.removeValue(forKey: state.chunk) {
        state.chunk += 1
        state.bad += next.bad
        state.records = next.records
      }
    }
  }

  /// Bounds for the bad records before a chunk that is not counted.
  ///
  /// There are at least `fewest`; before record r, of all inputs, there are at most r + `most`.
  var bounds: (fewest: Int, most: Int) {
    state.withLock { ($0.bad, $0.bad - $0.records) }
  }
}
