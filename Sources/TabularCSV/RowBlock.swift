/// Rows whose cells were found: positions in a text.
///
/// The cell in row r and column c ends before `ends[r * width + c]`. It begins at `rowStarts[r]`
/// where c is 0, else behind the end of the cell before it. Quotes are still around it.
///
/// Invariant: the pointers belong to a `ChunkParser`, which keeps them until its next chunk, and 64
/// bytes before and behind the text can be read.
struct RowBlock {
  var text: UnsafePointer<UInt8>
  var rowStarts: UnsafePointer<UInt32>
  var ends: UnsafePointer<UInt32>
  var width: Int
  var count: Int
  /// Where the text stands in its input.
  var origin: Origin
  /// Whether a quote is doubled in it, and whether a byte is above 127.
  var hasDoubledQuotes = true
  var hasHighBytes = true
  /// The record of each row counted from `origin.record`; nil when row r is record r.
  var records: ArraySlice<Int>?
  /// Where each row stands in its input; nil where its text stands there as it is.
  var places: ArraySlice<Place>?

  /// Where a row that was written anew stands.
  struct Place {
    var bytes: Range<Int>
    var line: Int
  }

  /// Where a text stands: what turns a position in it into a place that a person finds.
  struct Origin {
    var input: Int
    /// The offset of its first byte, and that byte's physical line.
    var offset: Int
    var line: Int
    /// Whether the byte before it is a CR.
    var isAfterReturn: Bool
    /// The record that begins in it first.
    var record: Int
  }

  /// The bytes of a cell, with its quotes.
  func cell(_ row: Int, _ column: Int) -> CellBytes {
    let start = column == 0 ? Int(rowStarts[row]) : Int(ends[row * width + column - 1]) + 1
    return CellBytes(start: text + start, count: Int(ends[row * width + column]) - start)
  }

  /// The position of a row's first byte, and of the byte behind its last.
  func bytes(ofRow row: Int) -> Range<Int> {
    Int(rowStarts[row])..<Int(ends[row * width + width - 1])
  }

  /// The bytes of a row in its input.
  func sourceBytes(ofRow row: Int) -> Range<Int> {
    if let place = place(ofRow: row) { return place.bytes }
    let bytes = bytes(ofRow: row)
    return (origin.offset + bytes.lowerBound)..<(origin.offset + bytes.upperBound)
  }

  func record(ofRow row: Int) -> Int {
    origin.record + (records.map { $0[$0.startIndex + row] } ?? row)
  }

  /// Where a row that was written anew stands; nil where it stands as it is.
  func place(ofRow row: Int) -> Place? {
    places.map { $0[$0.startIndex + row] }
  }

  /// The rows from `first` on.
  func dropFirst(_ first: Int) -> RowBlock {
    var rest = self
    rest.rowStarts += first
    rest.ends += first * width
    rest.count -= first
    rest.records = rest.records?.dropFirst(first)
    rest.places = rest.places?.dropFirst(first)
    if records == nil { rest.origin.record += first }
    return rest
  }

  /// The physical line of a position.
  func line(at position: Int) -> Int {
    origin.line
      + physicalLines(in: CellBytes(start: text, count: position), after: origin.isAfterReturn)
  }
}

/// How many physical lines end in a text; CR LF is one end.
func physicalLines(in bytes: CellBytes, after isAfterReturn: Bool) -> Int {
  var lines = 0
  var previous = isAfterReturn ? UInt8(ascii: "\r") : 0
  for byte in bytes {
    if byte == UInt8(ascii: "\r")
      || (byte == UInt8(ascii: "\n") && previous != UInt8(ascii: "\r"))
    {
      lines += 1
    }
    previous = byte
  }
  return lines
}

/// A record that is no row, where it stands, and what is wrong with it.
struct BadRecord {
  var input: Int
  /// The record in its input, from 0.
  var record: Int
  var line: Int
  var bytes: Range<Int>
  var problem: Problem

  enum Problem {
    case cellCount(Int)
    case quoting(RecordBlock.Problem, offset: Int, line: Int)
  }
}
