@testable import TabularCSV

/// What a reading gave, as text that two readings can be compared by.
struct Outcome: Equatable {
  /// A line a column: name, type, each cell.
  var columns: [String] = []
  var records: [Int] = []
  /// A line a bad row, with its text.
  var bad: [String] = []
  var notices: [String] = []
  var error: String?

  mutating func note(_ report: CSVReport) {
    bad = report.badRows.map {
      $0.kind == .encoding ? "encoding, record \($0.record ?? -1)" : "\($0) <\($0.text ?? "")>"
    }
  }
}

/// The ten-line reader: libcsv's records, each cell by the plain kernels, types by a fold.
///
/// It is what the fast reader must equal, for any thread count and any chunk size.
func plainOutcome(_ bytes: [UInt8], _ options: CSVReadingOptions) -> Outcome {
  var outcome = Outcome()
  var scanner = LibCSVScanner(dialect: options.dialect)
  var block = RecordBlock()
  bytes.withUnsafeBufferPointer { scanner.scan($0, isLast: true, into: &block) }
  var records = block.records
  guard let first = records.first(where: { !$0.isBlank && $0.problem == nil }) ?? records.first
  else {
    outcome.error = "empty"
    return outcome
  }
  let width = max(first.cellCount, 1)
  records.removeAll { $0.isBlank && width > 1 }
  var rows: [[(text: [UInt8], isMissing: Bool)]] = []
  for (number, record) in records.enumerated() {
    let error: CSVError
    if let problem = record.problem {
      error = CSVError(problem, record: number, file: "f")
    } else if record.cellCount == width || record.isBlank {
      let cells =
        record.isBlank
        ? [(text: [UInt8](), isMissing: true)]
        : block.cells[record.firstCell..<(record.firstCell + width)].map {
          (text: Array(block.text[$0.start..<($0.start + $0.length)]), isMissing: $0.isMissing)
        }
      guard cells.contains(where: { String(validating: $0.text, as: UTF8.self) == nil }) else {
        rows.append(cells)
        outcome.records.append(number)
        continue
      }
      outcome.bad.append("encoding, record \(number)")
      continue
    } else {
      error = CSVError(
        .cellCount,
        file: "f",
        line: record.line,
        byteOffset: record.bytes.lowerBound,
        expected: width == 1 ? "1 cell" : "\(width) cells",
        found: "\(record.cellCount)"
      )
    }
    outcome.bad.append("\(error) <\(String(decoding: bytes[record.bytes], as: UTF8.self))>")
  }
  for column in 0..<width {
    let cells = rows.map { $0[column] }
    var inference = TypeInference()
    for cell in cells where !cell.text.isEmpty {
      cell.text.withUnsafeBufferPointer { inference.observe($0) }
    }
    var line = "column_\(column + 1): \(inference.type)"
    for cell in cells {
      line +=
        "|"
        + cell.text.withUnsafeBufferPointer { bytes -> String in
          if bytes.isEmpty { return inference.type == .string && !cell.isMissing ? "''" : "~" }
          return switch inference.type {
          case .int64: parseInt64(bytes).map { "\($0)" } ?? "~"
          case .float64: parseFloat64(bytes).map { "\($0.bitPattern)" } ?? "~"
          case .bool: parseBool(bytes).map { "\($0)" } ?? "~"
          case .date: parseDate(bytes).map { "\($0)" } ?? "~"
          case .datetime: parseDatetime(bytes).map { "\($0)" } ?? "~"
          case .string, .category: "'\(String(decoding: bytes, as: UTF8.self))'"
          }
        }
    }
    outcome.columns.append(line)
  }
  return outcome
}

/// What the reader gives, without a header, with bad rows collected.
func readerOutcome(_ bytes: [UInt8], _ options: CSVReadingOptions) -> Outcome {
  var outcome = Outcome()
  let table: ParsedTable
  do throws(CSVError) {
    table = try CSVReader(bytes: bytes, name: "f", options: options).read()
  } catch {
    outcome.error = error.kind == .empty ? "empty" : error.description
    return outcome
  }
  outcome.records = table.records
  outcome.note(table.report)
  for column in table.columns {
    var line = "\(column.name): \(column.values.type)"
    for row in 0..<table.rowCount { line += "|" + (column.described(row) ?? "~") }
    outcome.columns.append(line)
  }
  return outcome
}

extension ParsedTable {
  /// The record of each row.
  var records: [Int] { runs.flatMap { Array($0.record..<($0.record + $0.count)) } }
}

extension ParsedColumn {
  func isNull(_ row: Int) -> Bool {
    guard let validity else { return false }
    return validity.pointer.load(fromByteOffset: row >> 3, as: UInt8.self) >> UInt8(row & 7) & 1
      == 0
  }

  /// A value as text, a float by its bits; nil for a null.
  func described(_ row: Int) -> String? {
    guard !isNull(row) else { return nil }
    switch values {
    case .bool(let bits):
      let byte = bits.pointer.load(fromByteOffset: row >> 3, as: UInt8.self)
      return "\(byte >> UInt8(row & 7) & 1 == 1)"
    case .int64(let memory), .datetime(let memory):
      return "\(memory.pointer.load(fromByteOffset: row * 8, as: Int64.self))"
    case .float64(let memory):
      return "\(memory.pointer.load(fromByteOffset: row * 8, as: UInt64.self))"
    case .date(let memory):
      return "\(memory.pointer.load(fromByteOffset: row * 4, as: Int32.self))"
    case .string(let views, let heap): return "'\(Self.text(views, heap, row))'"
    case .category(let codes, let words, _, let heap):
      let code = codes.pointer.load(fromByteOffset: row * 4, as: Int32.self)
      return "'\(Self.text(words, heap, Int(code)))'"
    }
  }

  static func text(_ views: ColumnMemory, _ heap: StringHeap, _ row: Int) -> String {
    var view = views.pointer.load(fromByteOffset: row * 16, as: StringView.self)
    let length = Int(view.length)
    if length <= 12 {
      return withUnsafeBytes(of: &view) { String(decoding: $0[4..<(4 + length)], as: UTF8.self) }
    }
    let start = heap.buffers[Int(view.buffer)].pointer + Int(view.offset)
    return String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
  }

  /// The text of a row of a string column; nil for a null.
  func text(_ row: Int) -> String? {
    guard case .string(let views, let heap) = values, !isNull(row) else { return nil }
    return Self.text(views, heap, row)
  }
}
