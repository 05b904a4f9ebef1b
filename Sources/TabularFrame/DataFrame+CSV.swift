internal import OrderedCollections
public import TabularCSV
package import TabularFiles

// CSV out.
extension DataFrame {
  /// Writes the frame as CSV: RFC 4180, shortest round-trip numbers, quotes only where needed.
  ///
  /// A null (or NaN) is an empty cell, an empty text `""`. The file appears under its name when it
  /// is complete; `-` is standard output. Rows are formatted on all processors.
  ///
  /// - Throws: `FrameError` of kind `file` when it cannot be written.
  public func writeCSV(to path: String, dialect: CSVDialect = .rfc4180) throws(FrameError) {
    do throws(FileError) {
      let file = try AtomicFile(path: path)
      try appendCSV(to: file, dialect: dialect, hasHeader: true)
      try file.commit()
    } catch {
      throw FrameError(error)
    }
  }

  /// Appends the frame to a file.
  package func appendCSV(
    to file: borrowing AtomicFile,
    dialect: CSVDialect = .rfc4180,
    hasHeader: Bool
  ) throws(FileError) {
    try forEachCSVBlock(dialect: dialect, hasHeader: hasHeader) { bytes throws(FileError) in
      try file.write(bytes)
    }
  }

  /// The frame as CSV text.
  public func csv(dialect: CSVDialect = .rfc4180) -> String {
    var text = ""
    forEachCSVBlock(dialect: dialect, hasHeader: true) {
      text += String(decoding: $0, as: UTF8.self)
    }
    return text
  }

  /// Gives `body` the text in pieces, in order.
  private func forEachCSVBlock<E: Error>(
    dialect: CSVDialect,
    hasHeader: Bool,
    _ body: (UnsafeRawBufferPointer) throws(E) -> Void
  ) throws(E) {
    var header = CSVFormatter(dialect: dialect)
    if hasHeader {
      for name in table.keys { header.append(text: name) }
      header.endRecord()
    }
    try body(header.bytes)
    let writers = table.values.map { CellWriter($0) }
    // About half a megabyte of text a thread at a time.
    let block = max(1, 65_536 / max(writers.count, 1))
    let blocks = (rowCount + block - 1) / block
    let threads = max(1, min(processorCount, blocks))
    // While one set of formatters is written, the other is filled.
    var filled = (0..<threads).map { _ in CSVFormatter(dialect: dialect) }
    var next = (0..<threads).map { _ in CSVFormatter(dialect: dialect) }
    let rowCount = rowCount
    var first = 0
    while first < blocks + threads {
      nonisolated(unsafe) let formatters = next
      let start = first
      try onThreads(min(threads, max(0, blocks - first))) { index in
        var formatter = formatters[index]
        let row = (start + index) * block
        format(writers, row..<min(row + block, rowCount), into: &formatter)
      } meanwhile: { () throws(E) in
        for index in filled.indices where !filled[index].bytes.isEmpty {
          try body(filled[index].bytes)
          filled[index].removeAll()
        }
      }
      swap(&filled, &next)
      first += threads
    }
    withExtendedLifetime(table) {}
  }
}

private func format(
  _ writers: [CellWriter],
  _ rows: Range<Int>,
  into formatter: inout CSVFormatter
) {
  writers.withUnsafeBufferPointer { writers in
    for row in rows {
      for column in writers.indices { writers[column].write(row, into: &formatter) }
      formatter.endRecord()
    }
  }
}
