package import TabularCSV
package import TabularTensor

// Features: the columns of a row-major matrix, in its own type.
extension ArrowWriter {
  /// Begins a file of a matrix's columns, float16, float32 or float64, and columns behind them.
  ///
  /// - Throws: `FrameError` of kind `column` when two have one name, of kind `file` when it cannot be
  ///   written.
  package init(
    _ path: String,
    features names: [String],
    as type: DType,
    columns: [(name: String, type: ColumnType)] = [],
    options: ArrowWritingOptions = ArrowWritingOptions()
  ) throws(FrameError) {
    let features = names.map { ArrowField($0, .float(bits: 8 * type.byteCount)) }
    let others = columns.enumerated().map { index, column in
      ArrowField(column.name, column.type, options.textType, id: names.count + index)
    }
    try self.init(
      path,
      fields: features + others,
      types: names.map { _ in nil } + columns.map(\.type),
      options: options
    )
  }

  /// Appends rows of features, shape [rows, features], and the same rows of the columns behind them.
  ///
  /// NaN stays NaN. A matrix, or a number of columns, that does not fit the initialiser traps.
  ///
  /// - Throws: `FrameError` of kind `type` when a column has another type, of kind `file` when they
  ///   cannot be written.
  package mutating func append<Scalar: FloatingTensorScalar>(
    features: Tensor<Scalar>,
    columns: [Column] = [],
    rows: Range<Int>? = nil
  ) throws(FrameError) {
    precondition(features.shape.rank == 2, "features of shape \(features.shape)")
    let (rowCount, width) = (features.shape[0], features.shape[1])
    let rows = rows ?? 0..<rowCount
    precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "rows \(rows) of \(rowCount)")
    let bits = 8 * MemoryLayout<Scalar>.stride
    precondition(
      schema.fields.count == width + columns.count
        && schema.fields.prefix(width).allSatisfy { $0.type == .float(bits: bits) },
      "features \(Scalar.dtype.rawValue) \(features.shape) and \(columns.count) columns"
    )
    precondition(columns.allSatisfy { $0.count == rowCount }, "columns of \(rowCount) rows")
    try check(columns, from: width)
    let columns = columns.map { $0.slice(rows) }
    let codes = try learn(columns, from: width, isOnly: false)
    // Many columns make batches of fewer rows, of about 64 MB.
    let most = max(1024, (1 << 26) / max(1, width * MemoryLayout<Scalar>.stride))
    let ranges = ranges(of: rows.count, columns, most: min(options.batchRows, most))
    let textType = options.textType
    let first = rows.lowerBound
    try writeBatches(ranges.count) { number in
      let part = ranges[number]
      var body = ArrowBody(rowCount: part.count)
      body.add(features, first + part.lowerBound..<first + part.upperBound)
      for (column, codes) in zip(columns, codes) {
        body.add(column.slice(part), textType, codes: codes)
      }
      return body
    }
  }
}

extension ArrowBody {
  /// Adds each column of a row-major matrix, without nulls.
  fileprivate mutating func add<Scalar: TensorScalar>(_ matrix: Tensor<Scalar>, _ rows: Range<Int>)
  {
    let width = matrix.shape[1]
    let size = rows.count * MemoryLayout<Scalar>.stride
    let stride = size + Self.padding(size)
    let room = Buffer.room(width * stride)
    matrix.withUnsafeScalars { scalars in
      guard let source = scalars.baseAddress.map({ $0 + rows.lowerBound * width }) else { return }
      // A few columns of a few rows at a time, which stay in the cache.
      for firstColumn in Swift.stride(from: 0, to: width, by: 16) {
        let lastColumn = min(firstColumn + 16, width)
        for firstRow in Swift.stride(from: 0, to: rows.count, by: 64) {
          let lastRow = min(firstRow + 64, rows.count)
          for column in firstColumn..<lastColumn {
            let target = (room.pointer + column * stride).assumingMemoryBound(to: Scalar.self)
            for row in firstRow..<lastRow { target[row] = source[row &* width &+ column] }
          }
        }
      }
    }
    for column in 0..<width {
      addNode(nil)
      add(room.slice(column * stride, size))
    }
  }
}
