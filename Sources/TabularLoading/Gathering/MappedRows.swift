internal import TabularTensor

/// Rows of one width in several mapped files, one behind the other.
struct MappedRows: Sendable {
  /// The files' memory; its first `rows` rows are at its start.
  private let parts: [Part]
  /// The position at which each part begins, and at last the number of rows.
  private let starts: [Int]
  /// Where the part of a row is looked for first: parts mostly have the same number of rows.
  private let partsPerRow: Double
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
    let count = starts[parts.count]
    partsPerRow = count > 0 ? Double(parts.count) / Double(count) : 0
  }

  /// The rows at some positions, in their order; a position that is not there traps.
  func gathered(_ rows: [Int], in context: BatchContext) -> Buffer {
    let count = starts[parts.count]
    if let wrong = firstOutside(rows, of: count) { preconditionFailure("row \(wrong) of \(count)") }
    let result = context.buffer(byteCount: rows.count * width)
    if rows.isEmpty || width == 0 { return result }
    withUnsafeTemporaryAllocation(of: UnsafeRawPointer.self, capacity: rows.count) { addresses in
      let bases = parts.map { UnsafeRawPointer($0.buffer.pointer) }
      residency.use { marks in
        var (part, start, end) = (0, 0, 0)
        var base = bases[0]
        var region = parts[0].region
        for (position, row) in rows.enumerated() {
          if row < start || row >= end {
            part = self.part(of: row)
            (start, end) = (starts[part], starts[part + 1])
            (base, region) = (bases[part], parts[part].region)
          }
          let offset = (row - start) * width
          addresses.initializeElement(at: position, to: base + offset)
          marks.bytes(of: region, offset..<offset + width)
        }
      }
      gatherRows(at: UnsafeBufferPointer(addresses), of: width, to: result.pointer)
    }
    // The mapping must outlive the copy.
    withExtendedLifetime(parts) {}
    return result
  }

  /// The part that has a row: the last one that begins at or before it.
  @inline(__always)
  private func part(of row: Int) -> Int {
    let guess = min(Int(Double(row) * partsPerRow), parts.count - 1)
    if row >= starts[guess], row < starts[guess + 1] { return guess }
    return searchedPart(of: row)
  }

  private func searchedPart(of row: Int) -> Int {
    var (low, high) = (0, parts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= row { low = middle } else { high = middle }
    }
    return low
  }
}
