internal import CTabularScan
internal import TabularTensor

// Invariants: all rows are checked to lie in 0 ..< rowCount before any record is read; a field lies
// within a record and its features within a row, which the packer laid out; a code is below the
// number of its field's features.
extension PackedFeatures {
  /// The rows that are worked on together, field by field, while they are in the first cache.
  private static var rowsTogether: Int { 64 }

  /// Writes the features of rows at some positions, row-major; a position outside 0 ..< rowCount
  /// traps.
  ///
  /// - Parameters:
  ///   - rows: the positions.
  ///   - target: room for `rows.count` rows of `columnCount`.
  package func gather(_ rows: [Int], into target: UnsafeMutableBufferPointer<Scalar>) {
    precondition(target.count == rows.count * columnCount, "room for \(rows.count) rows")
    for row in rows { precondition(row >= 0 && row < rowCount, "row \(row) of \(rowCount)") }
    guard let start = target.baseAddress else { return }
    // Concrete types, since a generic from another module is not specialised.
    let memory = UnsafeMutableRawPointer(start)
    switch Scalar.dtype {
    case .float32: gather(rows, memory.assumingMemoryBound(to: Float.self))
    case .float64: gather(rows, memory.assumingMemoryBound(to: Double.self))
    case .float16: gather(rows, memory.assumingMemoryBound(to: Float16.self))
    default: gather(rows, start)
    }
  }

  private func gather<Output: FloatingTensorScalar>(
    _ rows: [Int],
    _ target: UnsafeMutablePointer<Output>
  ) {
    let together = Self.rowsTogether
    let hasIndicators = fields.contains { if case .indicators = $0.kind { true } else { false } }
    rows.withUnsafeBufferPointer { rows in
      for row in rows.prefix(together) { prefetch(row) }
      var start = 0
      while start < rows.count {
        let block = UnsafeBufferPointer(rebasing: rows[start..<min(rows.count, start + together)])
        for row in rows.dropFirst(start + together).prefix(together) { prefetch(row) }
        let place = target + start * columnCount
        if hasIndicators { place.update(repeating: 0, count: block.count * columnCount) }
        for field in fields { write(field, of: block, to: place + field.features.lowerBound) }
        start += together
      }
    }
    withExtendedLifetime(records) {}
  }

  private func prefetch(_ row: Int) {
    let record = UnsafeRawPointer(records.pointer) + row * rowBytes
    var offset = 0
    while offset < rowBytes {
      tabular_prefetch_far(record + offset)
      offset += 64
    }
    tabular_prefetch_far(record + max(0, rowBytes - 1))
  }

  @inline(__always)
  private func write<Output: FloatingTensorScalar>(
    _ field: PackedField,
    of rows: UnsafeBufferPointer<Int>,
    to target: UnsafeMutablePointer<Output>
  ) {
    let source = UnsafeRawPointer(records.pointer) + field.offset
    switch field.kind {
    case .scalars:
      var place = target
      for row in rows {
        let record = source + row * rowBytes
        for feature in 0..<field.features.count {
          place[feature] = record.loadUnaligned(
            fromByteOffset: feature * MemoryLayout<Output>.stride,
            as: Output.self
          )
        }
        place += columnCount
      }
    case .integer(1): convert(Int8.self, source, rows, target)
    case .integer(2): convert(Int16.self, source, rows, target)
    case .integer: convert(Int32.self, source, rows, target)
    case .indicators(1): set(Int8.self, source, rows, target)
    case .indicators(2): set(Int16.self, source, rows, target)
    case .indicators: set(Int32.self, source, rows, target)
    }
  }

  @inline(__always)
  private func convert<Code: FixedWidthInteger & BitwiseCopyable, Output: FloatingTensorScalar>(
    _ type: Code.Type,
    _ source: UnsafeRawPointer,
    _ rows: UnsafeBufferPointer<Int>,
    _ target: UnsafeMutablePointer<Output>
  ) {
    var place = target
    for row in rows {
      place.pointee = Output((source + row * rowBytes).loadUnaligned(as: Code.self))
      place += columnCount
    }
  }

  /// The zeros are there already.
  @inline(__always)
  private func set<Code: FixedWidthInteger & BitwiseCopyable, Output: FloatingTensorScalar>(
    _ type: Code.Type,
    _ source: UnsafeRawPointer,
    _ rows: UnsafeBufferPointer<Int>,
    _ target: UnsafeMutablePointer<Output>
  ) {
    var place = target
    for row in rows {
      let code = Int((source + row * rowBytes).loadUnaligned(as: Code.self))
      if code >= 0 { place[code] = 1 }
      place += columnCount
    }
  }
}
