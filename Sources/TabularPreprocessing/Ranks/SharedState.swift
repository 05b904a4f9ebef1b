internal import TabularCollectives

/// A state that several processes gather together, each from rows of its own.
protocol SharedState {
  /// Writes what was gathered.
  func put(into bytes: inout StateBytes)
  /// Replaces what was gathered by what another process wrote.
  mutating func take(from bytes: inout StateBytes)
  /// Takes what was gathered of later rows.
  mutating func merge(_ other: Self)
}

extension SharedState {
  /// Becomes what all processes have gathered, the same in each: in order of rank.
  mutating func join(_ ranks: (any Communicator)?) throws(PreprocessingError) {
    guard let ranks, ranks.size > 1 else { return }
    var own = StateBytes()
    put(into: &own)
    let all = try ranks.all(own.bytes)
    own = StateBytes()
    func state(_ rank: Int) -> Self {
      var (state, bytes) = (self, StateBytes(all[rank]))
      state.take(from: &bytes)
      return state
    }
    var joined = state(0)
    for rank in 1..<ranks.size { joined.merge(state(rank)) }
    self = joined
  }
}

extension Communicator {
  /// The bytes of all processes in order of rank.
  func all(_ bytes: [UInt8]) throws(PreprocessingError) -> [[UInt8]] {
    do throws(CollectivesError) {
      return try allGather(bytes)
    } catch {
      throw PreprocessingError(.file, error.message, underlying: error)
    }
  }

  /// A number of each process, in order of rank.
  func counts(_ count: Int) throws(PreprocessingError) -> [Int] {
    var own = StateBytes()
    own.put(count)
    return try all(own.bytes).map { bytes in
      var bytes = StateBytes(bytes)
      return bytes.take(Int.self)
    }
  }
}

extension RowSource {
  /// A number of this process and those of all others together.
  package func sum(_ count: Int) throws(PreprocessingError) -> Int {
    guard let ranks else { return count }
    return try ranks.counts(count).reduce(0, +)
  }
}
