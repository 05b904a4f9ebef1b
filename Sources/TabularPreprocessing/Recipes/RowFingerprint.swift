internal import TabularCSV
internal import TabularFrame

/// Which rows a recipe has seen: their ids, and a hash of what they hold in a few columns.
///
/// A row id tells rows of one table apart; the rows of another table have the same ids and other
/// content. 12 bytes a row, in memory only.
struct RowFingerprint: Sendable {
  private let columns: [String]
  /// Ascending.
  private let ids: [UInt64]
  private let contents: [UInt32]

  private static let columnCount = 4

  /// Remembers the rows of frames by those of the columns that tell them apart best: texts, then
  /// fractions and instants; of one type, the first.
  init(of frames: [DataFrame], by columns: [String]) throws(PreprocessingError) {
    let order: [ColumnType] = [.string, .float64, .datetime, .int64, .date, .category, .bool]
    let types = Dictionary(uniqueKeysWithValues: frames.first?.types.map { ($0, $1) } ?? [])
    let ranked = order.flatMap { type in columns.filter { types[$0] == type } }
    self.columns = Array(ranked.uniqued.prefix(Self.columnCount))
    var ids: [UInt64] = []
    var contents: [UInt32] = []
    for frame in frames {
      contents += try Self.contents(of: frame, self.columns)
      ids += frame.rowIDs.map(\.rawValue)
    }
    if !zip(ids, ids.dropFirst()).allSatisfy({ $0 <= $1 }) {
      let order = ids.indices.sorted { ids[$0] < ids[$1] }
      (ids, contents) = (order.map { ids[$0] }, order.map { contents[$0] })
    }
    (self.ids, self.contents) = (ids, contents)
  }

  private static func contents(of frame: DataFrame, _ columns: [String])
    throws(PreprocessingError) -> [UInt32]
  {
    var hashers: [CellHasher] = []
    for name in columns { hashers.append(CellHasher(try frame.column(name), isText: false)) }
    let (taken, slices) = (hashers, RowSlices(rowCount: frame.rowCount))
    let parts = try mapTasks(slices.count, cells: frame.rowCount * columns.count) { slice in
      var hashes = [UInt64](repeating: 0, count: slices[slice].count)
      hashes.withUnsafeMutableBufferPointer { hashes in
        for hasher in taken { hasher.fold(slices[slice], into: hashes) }
      }
      return hashes.map { UInt32(truncatingIfNeeded: $0) }
    }
    return Array(parts.joined())
  }

  /// A row of a frame that is one of these; nil where the frame is another table.
  ///
  /// Of the rows with a known id, more than half must hold the same: rows of another table that
  /// happen to be alike are not these.
  func sharedRow(with frame: DataFrame) throws(PreprocessingError) -> RowID? {
    let found = try Self.contents(of: frame, columns)
    var (known, same) = (0, 0)
    var first: RowID?
    for row in 0..<frame.rowCount {
      let id = frame.ids[row]
      var position = lowerBound(id.rawValue)
      guard position < ids.count, ids[position] == id.rawValue else { continue }
      known += 1
      while position < ids.count, ids[position] == id.rawValue {
        if contents[position] == found[row] {
          same += 1
          first = first ?? id
          break
        }
        position += 1
      }
    }
    return same * 2 > known ? first : nil
  }

  private func lowerBound(_ id: UInt64) -> Int {
    var (low, high) = (0, ids.count)
    while low < high {
      let middle = (low + high) / 2
      if ids[middle] < id { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// A hash of each cell of a column, the same on every platform and in every version.
struct CellHasher: Sendable {
  private let column: Column
  /// Whether a number is hashed as its text, so that its column may become one of text.
  private let isText: Bool
  /// A hash of each word of a category.
  private let words: [UInt64]

  init(_ column: Column, isText: Bool) {
    (self.column, self.isText) = (column, isText)
    if case .category(_, let dictionary) = column.storage {
      words = (0..<dictionary.count).map { word in dictionary.withBytes(word) { Self.hash($0) } }
    } else {
      words = []
    }
  }

  private static let null: UInt64 = 0x9E37_79B9_7F4A_7C15

  subscript(row: Int) -> UInt64 {
    guard !column.isNull(row) else { return Self.null }
    switch column.storage {
    case .string(let texts): return texts.withBytes(row) { Self.hash($0) }
    case .category(let codes, _): return words[Int(codes[row])]
    case _ where isText: return Self.hash(Array(column[row].description.utf8))
    case .int64(let values): return Self.hash(values[row])
    case .float64(let values): return Self.hash(values[row])
    case .bool(let bits): return Self.hash(bits[row])
    case .date(let days): return SplitMix64.mix(UInt64(bitPattern: Int64(days[row])))
    case .datetime(let micros): return SplitMix64.mix(UInt64(bitPattern: micros[row]))
    }
  }

  /// Adds the hash of each cell of some rows to what earlier columns left, a column at a time.
  func fold(_ rows: Range<Int>, into hashes: UnsafeMutableBufferPointer<UInt64>) {
    func add(_ hash: (Int) -> UInt64) {
      let bits = column.validity?.bits
      for (place, row) in rows.enumerated() {
        let cell = bits.map { $0[row] } ?? true ? hash(row) : Self.null
        hashes[place] = SplitMix64.mix(hashes[place] &+ 1 ^ cell)
      }
    }
    switch column.storage {
    case .string(let texts): add { texts.withBytes($0) { Self.hash($0) } }
    case .category(let codes, _): add { words[Int(codes[$0])] }
    case .int64(let values) where !isText: add { Self.hash(values[$0]) }
    case .float64(let values) where !isText: add { Self.hash(values[$0]) }
    default: add { self[$0] }
    }
  }

  private static func hash(_ value: Int64) -> UInt64 { SplitMix64.mix(Double(value).bitPattern) }
  private static func hash(_ value: Double) -> UInt64 { SplitMix64.mix((value + 0).bitPattern) }
  private static func hash(_ value: Bool) -> UInt64 { SplitMix64.mix(value ? 1 : 2) }

  /// Source: Fowler, Noll and Vo, FNV-1a with 64 bits; mixed, since its high bits are weak.
  private static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return SplitMix64.mix(hash)
  }
}

extension Array where Element: Hashable {
  /// The elements without those that an earlier one equals.
  var uniqued: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}

extension DataFrame {
  /// A hash of each cell of a column, nulls among them, the same in every run.
  ///
  /// - Throws: `PreprocessingError` when there is no such column.
  package func cellHashes(of name: String) throws(PreprocessingError) -> [UInt64] {
    let hasher = CellHasher(try column(name), isText: false)
    var hashes = [UInt64](repeating: 0, count: rowCount)
    hashes.withUnsafeMutableBufferPointer { hasher.fold(0..<rowCount, into: $0) }
    return hashes
  }
}
