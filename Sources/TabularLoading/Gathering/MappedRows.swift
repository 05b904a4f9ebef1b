internal import TabularTensor

/// Rows of one width in several mapped files, one behind the other.
struct MappedRows: Sendable {
  /// The files' memory; its first `rows` rows are at its start.
  private let parts: [Part]
  private let index: PartIndex
  private let width: Int
  private let residency: Residency
  /// For batches that keep to a window.
  private let cache: BlockCache

  private struct Part: Sendable {
    let buffer: Buffer
    /// The number of the part's memory in `residency`.
    let region: Int
  }

  /// Joins parts.
  ///
  /// - Parameters:
  ///   - parts: mapped memory, and the rows in it.
  ///   - width: the bytes of a row.
  ///   - residency: what keeps to the bytes that may be mapped in.
  ///   - limit: the bytes that copies of blocks may take, where these are used instead.
  init(
    _ parts: [(buffer: Buffer, rows: Int)],
    width: Int,
    _ residency: Residency,
    limit: Int
  ) {
    self.parts = parts.map { part in
      Part(
        buffer: part.buffer,
        region: residency.add(part.buffer.pointer, byteCount: part.rows * width)
      )
    }
    index = PartIndex(parts.map(\.rows))
    self.width = width
    self.residency = residency
    cache = BlockCache(
      parts.map { UnsafeRawPointer($0.buffer.pointer) },
      index,
      width: width,
      limit: limit
    )
  }

  /// The bytes of copies of blocks.
  var copiedBytes: Int { cache.residentBytes }

  /// The rows at some positions, in their order; a position that is not there traps.
  func gathered(_ rows: [Int], in context: BatchContext) -> Buffer {
    let count = index.count
    if let wrong = firstOutside(rows, of: count) { preconditionFailure("row \(wrong) of \(count)") }
    let result = context.buffer(byteCount: rows.count * width)
    if rows.isEmpty || width == 0 { return result }
    withUnsafeTemporaryAllocation(of: UnsafeRawPointer.self, capacity: rows.count) { addresses in
      if case .windowed(let blockRows) = context.locality {
        residency.clear()
        let isDone = cache.withRows(rows, blockRows: blockRows, addresses) {
          gatherRows(at: UnsafeBufferPointer(addresses), of: width, to: result.pointer)
        }
        if isDone { return }
      }
      cache.clear()
      findMapped(rows, addresses, limit: context.locality == .consecutive ? 1 << 25 : .max)
      gatherRows(at: UnsafeBufferPointer(addresses), of: width, to: result.pointer)
    }
    // The mapping must outlive the copy.
    withExtendedLifetime(parts) {}
    return result
  }

  /// Finds rows in the mappings, of which about `limit` bytes stay mapped in at most.
  private func findMapped(
    _ rows: [Int],
    _ addresses: UnsafeMutableBufferPointer<UnsafeRawPointer>,
    limit: Int
  ) {
    let bases = parts.map { UnsafeRawPointer($0.buffer.pointer) }
    residency.use(limit: limit) { marks in
      var (start, end, region) = (0, 0, 0)
      var base = bases[0]
      for (position, row) in rows.enumerated() {
        if row < start || row >= end {
          let part = index.part(of: row)
          (start, end) = (index.starts[part], index.starts[part + 1])
          (base, region) = (bases[part], parts[part].region)
        }
        let offset = (row - start) * width
        addresses.initializeElement(at: position, to: base + offset)
        marks.bytes(of: region, offset..<offset + width)
      }
    }
  }
}

/// Which of several parts a row is in.
struct PartIndex: Sendable {
  /// The position at which each part begins, and at last the number of rows.
  let starts: [Int]
  /// Where a row is looked for first: parts mostly have the same number of rows.
  private let partsPerRow: Double

  init(_ counts: [Int]) {
    starts = counts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    let count = starts[counts.count]
    partsPerRow = count > 0 ? Double(counts.count) / Double(count) : 0
  }

  /// The rows of all parts.
  var count: Int { starts[starts.count - 1] }

  /// The part that has a row 0 ..< count: the last one that begins at or before it.
  @inline(__always)
  func part(of row: Int) -> Int {
    let guess = min(Int(Double(row) * partsPerRow), starts.count - 2)
    if row >= starts[guess], row < starts[guess + 1] { return guess }
    return searchedPart(of: row)
  }

  private func searchedPart(of row: Int) -> Int {
    var (low, high) = (0, starts.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= row { low = middle } else { high = middle }
    }
    return low
  }
}
