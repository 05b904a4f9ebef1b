/// Turns bytes into records: the seam that every scanner fills.
///
/// libcsv in strict mode, with its space trimming off, defines which bytes are which cells
/// (`LibCSVScanner`); a faster scanner fills the same blocks with the same records.
protocol RecordScanner {
  init(dialect: CSVDialect)

  /// Scans the next bytes of the input and appends the records that end in them.
  ///
  /// - Parameters:
  ///   - bytes: the bytes that follow those of the call before.
  ///   - isLast: whether the input ends with them.
  ///   - block: gets the records; a record that has not ended stays with the scanner.
  mutating func scan(
    _ bytes: UnsafeBufferPointer<UInt8>,
    isLast: Bool,
    into block: inout RecordBlock
  )
}

/// Records with the text of their cells, as a scanner leaves them.
struct RecordBlock {
  /// A cell: a run of `text`.
  struct Cell {
    var start: Int
    var length: Int
    /// Whether the cell is empty and unquoted.
    var isMissing: Bool
  }

  /// Why a record is no row.
  enum Problem: Equatable {
    case quoteInUnquotedCell
    case textAfterQuote
    case unclosedQuote
  }

  /// A record: a run of `cells`, and where it stands in the input.
  struct Record {
    var firstCell: Int
    var cellCount: Int
    /// The physical line on which it begins, from 1.
    var line: Int
    /// The offsets of its first byte and of the byte after its last, without the line end.
    var bytes: Range<Int>
    /// What is wrong with it, and the offset and the physical line of the offending byte.
    var problem: (kind: Problem, byteOffset: Int, line: Int)?

    var isBlank: Bool { cellCount == 0 && problem == nil }
  }

  var text: [UInt8] = []
  var cells: [Cell] = []
  var records: [Record] = []

  mutating func removeAll() {
    text.removeAll(keepingCapacity: true)
    cells.removeAll(keepingCapacity: true)
    records.removeAll(keepingCapacity: true)
  }

  /// The text of a cell, for messages and headers.
  func string(_ cell: Cell) -> String {
    String(decoding: text[cell.start..<(cell.start + cell.length)], as: UTF8.self)
  }
}
