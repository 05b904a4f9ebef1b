/// Proposes types for the columns from samples of several places of the first input.
///
/// A sample may be wrong, for a place in the middle may lie within quotes: every cell is checked
/// against the proposal, and the result never depends on it.
struct TypeSampler {
  /// What the cells of each kept column have in common.
  private(set) var inferences: [TypeInference]
  /// The bytes of an average record; nil where no record was seen.
  private(set) var recordSize: Int?

  private let scratch = PaddedBytes(capacity: 64)

  private static let places = 7
  private static let rowsPerPlace = 100

  init(_ input: CSVInput, positions: [Int], rules: [CellRules], options: CSVReadingOptions) {
    inferences = positions.map { _ in TypeInference() }
    // Of a stream only the beginning is at hand.
    let size = max(0, (input.size ?? 0) - input.dataOffset)
    // Several records, however long.
    let piece = max(16 * 1024, min(4 * input.dataOffset, 16 << 20))
    var bytes = 0
    var records = 0
    for place in 0..<Self.places {
      let offset = input.dataOffset + (size - piece) / Self.places * place
      guard place == 0 || size > 2 * Self.places * piece else { break }
      var sample = input.bytes(offset..<(offset + piece))[...]
      if place > 0 {
        guard let lineEnd = sample.firstIndex(of: UInt8(ascii: "\n")) else { continue }
        sample = sample[(lineEnd + 1)...]
      }
      var scanner = LibCSVScanner(
        dialect: options.dialect,
        isLenient: options.quoting == .lenient,
        comment: Array((options.comment ?? "").utf8),
        offset: 0,
        line: 1,
        afterReturn: false
      )
      var block = RecordBlock()
      sample.withUnsafeBufferPointer {
        scanner.scan($0, isLast: offset + piece >= input.end, into: &block)
      }
      let good = block.records.filter { $0.problem == nil && $0.cellCount == input.head.width }
      bytes += good.reduce(0) { $0 + $1.bytes.count + 1 }
      records += good.count
      observe(good.prefix(Self.rowsPerPlace), of: block, positions, rules)
    }
    if records > 0 { recordSize = max(1, bytes / records) }
  }

  private mutating func observe(
    _ records: ArraySlice<RecordBlock.Record>,
    of block: RecordBlock,
    _ positions: [Int],
    _ rules: [CellRules]
  ) {
    block.text.withUnsafeBufferPointer { text in
      for (column, position) in positions.enumerated() {
        for record in records where !inferences[column].isSettled {
          let cell = block.cells[record.firstCell + position]
          guard cell.length > 0 else { continue }
          var bytes = CellBytes(rebasing: text[cell.start..<(cell.start + cell.length)])
          if rules[column].trims { bytes = rules[column].trimmed(bytes) }
          if bytes.isEmpty { continue }
          if !rules[column].nullValues.contains(where: { bytes.elementsEqual($0) }) {
            rules[column].observe(bytes, &inferences[column], scratch)
          }
        }
      }
    }
  }
}
