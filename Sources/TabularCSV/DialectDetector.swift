/// Finds out which byte separates the cells, and whether the first record is a header.
///
/// Of comma, tab, semicolon and pipe the one is taken that gives most of the first records the same
/// number of cells, two or more; then the one with more cells; then the first in this order.
struct DialectDetector {
  /// The byte, or the comma where none separates anything.
  private(set) var delimiter = UInt8(ascii: ",")
  private(set) var hasHeader = true
  /// How many cells most records have, and how many records were looked at.
  private(set) var width = 1
  private(set) var records = 0

  static let candidates: [(byte: UInt8, name: String)] = [
    (UInt8(ascii: ","), "comma"), (UInt8(ascii: "\t"), "tab"), (UInt8(ascii: ";"), "semicolon"),
    (UInt8(ascii: "|"), "pipe"),
  ]

  /// Looks at the first records of bytes that begin where records begin.
  init(_ bytes: ArraySlice<UInt8>, isWhole: Bool, options: CSVReadingOptions) {
    var best = 0
    for candidate in Self.candidates where candidate.byte != options.dialect.quote {
      let block = Self.scan(bytes, candidate.byte, isWhole: isWhole, options)
      let found = block.records.prefix(100).filter { !$0.isBlank }
      var widths: [Int: Int] = [:]
      for record in found where record.problem == nil { widths[record.cellCount, default: 0] += 1 }
      guard
        let (width, count) = widths.filter({ $0.key > 1 })
          .max(by: { ($0.value, $0.key) < ($1.value, $1.key) })
      else { continue }
      if count > best || (count == best && width > self.width) {
        (best, self.width, records, delimiter) = (count, width, found.count, candidate.byte)
      }
    }
    let block = Self.scan(bytes, delimiter, isWhole: isWhole, options)
    hasHeader = Self.hasHeader(block, width: width)
  }

  /// In words, for the report.
  var notice: String {
    let name = Self.candidates.first { $0.byte == delimiter }?.name ?? "comma"
    let header = hasHeader ? "the first record is the header" : "there is no header"
    return "cells are separated by \(name), \(width) in a record; \(header)"
  }

  private static func scan(
    _ bytes: ArraySlice<UInt8>,
    _ delimiter: UInt8,
    isWhole: Bool,
    _ options: CSVReadingOptions
  ) -> RecordBlock {
    var scanner = LibCSVScanner(
      dialect: CSVDialect(delimiter: delimiter, quote: options.dialect.quote),
      isLenient: options.quoting == .lenient,
      comment: Array((options.comment ?? "").utf8),
      offset: bytes.startIndex,
      line: 1,
      afterReturn: false
    )
    var block = RecordBlock()
    bytes.withUnsafeBufferPointer { scanner.scan($0, isLast: isWhole, into: &block) }
    return block
  }

  /// No header: a number, a date or a bool stands over others of its kind, and no text over any.
  private static func hasHeader(_ block: RecordBlock, width: Int) -> Bool {
    let rows = block.records.prefix(100).filter { $0.problem == nil && $0.cellCount == width }
    guard rows.count > 1 else { return true }
    var typed = 0
    for column in 0..<width {
      func type(_ record: RecordBlock.Record) -> TypeInference {
        var inference = TypeInference()
        let cell = block.cells[record.firstCell + column]
        block.text[cell.start..<(cell.start + cell.length)].withUnsafeBufferPointer {
          if !$0.isEmpty { inference.observe($0) }
        }
        return inference
      }
      var below = TypeInference()
      for row in rows.dropFirst() { below.merge(type(row)) }
      let first = type(rows[0])
      guard below.base != .none, below.type != .string else { continue }
      if first.base == .string { return true }
      if first.base != .none { typed += 1 }
    }
    return typed == 0
  }
}
