/// The number of rows.
struct RowCount: Fold {
  var value: Int64 = 0
  @inline(__always) mutating func add(_: Int) { value &+= 1 }
  mutating func merge(_ later: RowCount) { value &+= later.value }
}

/// The first row; -1 of none.
struct FirstRow: Fold {
  var row: Int32 = -1
  @inline(__always) mutating func add(_ row: Int) {
    if self.row < 0 { self.row = Int32(truncatingIfNeeded: row) }
  }
  mutating func merge(_ later: FirstRow) { if row < 0 { row = later.row } }
}

/// The last row; -1 of none.
struct LastRow: Fold {
  var row: Int32 = -1
  @inline(__always) mutating func add(_ row: Int) { self.row = Int32(truncatingIfNeeded: row) }
  mutating func merge(_ later: LastRow) { if later.row >= 0 { row = later.row } }
}

/// A row and its rank.
struct RankedRow: BitwiseCopyable, Sendable {
  var rank: UInt64
  var row: Int32
}

/// The first row of the least rank; -1 of none.
struct LeastRow: Fold {
  var best = RankedRow(rank: .max, row: -1)
  @inline(__always) mutating func add(_ other: RankedRow) {
    if best.row < 0 || other.rank < best.rank { best = other }
  }
  mutating func merge(_ later: LeastRow) { if later.best.row >= 0 { add(later.best) } }
}

/// The first row of the greatest rank; -1 of none.
struct GreatestRow: Fold {
  var best = RankedRow(rank: 0, row: -1)
  @inline(__always) mutating func add(_ other: RankedRow) {
    if best.row < 0 || other.rank > best.rank { best = other }
  }
  mutating func merge(_ later: GreatestRow) { if later.best.row >= 0 { add(later.best) } }
}

/// All rows.
struct AllRows: NumberSource {
  @inline(__always) func number(_ row: Int) -> Int { row }
  @inline(__always) func isMissing(_: Int) -> Bool { false }
}

/// The rows that have a value, and not NaN.
struct PresentRows: NumberSource {
  private let validity: Validity?
  private let floats: FixedVector<Double>?

  init(_ column: Column) {
    validity = column.validity
    if case .float64(let vector) = column.storage { floats = vector } else { floats = nil }
  }

  @inline(__always) func number(_ row: Int) -> Int { row }
  @inline(__always) func isMissing(_ row: Int) -> Bool {
    if let validity, !validity.bits.reader[row] { return true }
    guard let floats else { return false }
    return floats.pointer[row] != floats.pointer[row]
  }
}

/// The rows that have a value, with ranks in the order of the values.
struct RankedRows: NumberSource {
  private let rows: PresentRows
  private let ranks: FixedVector<UInt64>

  init(_ column: Column) {
    rows = PresentRows(column)
    let ranks = column.ranks(false)
    // The last one's are the values.
    self.ranks = ranks[ranks.count - 1].values
  }

  @inline(__always) func number(_ row: Int) -> RankedRow {
    RankedRow(rank: ranks.pointer[row], row: Int32(truncatingIfNeeded: row))
  }
  @inline(__always) func isMissing(_ row: Int) -> Bool { rows.isMissing(row) }
}

extension Grouping {
  /// How many rows of each group a source has.
  func counts(_ rows: some NumberSource<Int>) -> Column {
    let counts = fold(rows, to: RowCount.self)
    return Column(
      storage: .int64(FixedVector(count: count) { counts.pointer[$0].value }),
      validity: nil
    )
  }
}
