internal import TabularTensor

/// Rows of one width in several mapped files, one behind the other.
struct MappedRows: Sendable {
  /// The files' memory; its first `rows` rows are at its start.
  private let parts: [Part]
  /// The position at which each part begins, and at last the number of rows.
  private let starts: [Int]
  private let width: Int
  private let residency: Residency

  private struct Part: Sendable {
    let buffer: Buffer
    /// The number of the part's memory in `residency`.
    let region: Int
  }

  init(_ parts: [(buffer: Buffer, rows: Int)], width: Int, _ residency: Residency) {
    self.parts = parts.map { part in
      Part(
        buffer: part.buffer,
        region: residency.add(part.buffer.pointer, byteCount: part.rows * width)
      )
    }
    starts = parts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.rows) }
    self.width = width
    self.residency = residency
  }

  /// The rows at some positions, in their order; a position that is not there traps.
  func gathered(_ rows: [Int], in context: BatchContext) -> Buffer {
    let count = starts[parts.count]
    if let wrong = firstOutside(rows, of: count) { preconditionFailure("row \(wrong) of \(count)") }
    let result = context.buffer(byteCount: rows.count * width)
    if rows.isEmpty || width == 0 { return result }
    withUnsafeTemporaryAllocation(of: UnsafeRawPointer.self, capacity: rows.count) { addresses in
      residency.use { touch in
        var part = 0
        for (position, row) in rows.enumerated() {
          if row < starts[part] || row >= starts[part + 1] { part = self.part(of: row) }
          let offset = (row - starts[part]) * width
          addresses.initializeElement(
            at: position,
            to: UnsafeRawPointer(parts[part].buffer.pointer + offset)
          )
          touch.bytes(of: parts[part].region, offset..<offset + width)
        }
      }
      gatherRows(at: UnsafeBufferPointer(addresses), of: width, to: result.pointer)
    }
    // The mapping must outlive the copy.
    withExtendedLifetime(parts) {}
    return result
  }

  /// The part that has a row: the last one that begins at or before it.
  private func part(of row: Int) -> Int {
    var (low, high) = (0, parts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= row { low = middle } else { high = middle }
    }
    return low
  }
}
