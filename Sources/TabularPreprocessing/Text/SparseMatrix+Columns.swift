internal import TabularFrame
internal import TabularTensor

extension SparseRows {
  /// Makes each value 1.
  mutating func makeBinary() { for i in values.indices { values[i] = 1 } }

  /// Scales each row to a norm of 1; a row of zeros stays.
  mutating func normalize(_ norm: VectorNorm) {
    var start = 0
    values.withUnsafeMutableBufferPointer { values in
      for end in ends {
        var sum = 0.0
        for i in start..<end {
          sum += norm == .l1 ? abs(values[i]) : values[i] * values[i]
        }
        let length = norm == .l2 ? sum.squareRoot() : sum
        if norm != .none, length > 0 { for i in start..<end { values[i] /= length } }
        start = end
      }
    }
  }
}

/// What a row of values is scaled by.
public enum VectorNorm: String, Codable, Sendable {
  /// The sum of absolute values.
  case l1
  /// The root of the sum of squares.
  case l2
  /// Nothing.
  case none
}

// Columns of a frame.
extension SparseMatrix {
  /// The columns as int64, whose values are whole.
  func integerColumns() -> [Column] {
    columns {
      Int64($0)
    } make: {
      .int64($0)
    }
  }

  /// The columns as float64.
  func floatColumns() -> [Column] {
    columns {
      $0
    } make: {
      .float64($0)
    }
  }

  private func columns<Value: BitwiseCopyable & Sendable>(
    _ convert: (Double) -> Value,
    make: (FixedVector<Value>) -> Column.Storage
  ) -> [Column] {
    let buffers = (0..<shape.columns).map { _ in
      Buffer(zeroed: shape.rows * MemoryLayout<Value>.stride)
    }
    let pointers = buffers.map { $0.pointer.assumingMemoryBound(to: Value.self) }
    for row in 0..<shape.rows {
      for i in Int(indptr[row])..<Int(indptr[row + 1]) {
        pointers[Int(indices[i])][row] = convert(values[i])
      }
    }
    return buffers.map {
      Column(storage: make(FixedVector(buffer: $0, count: shape.rows)), validity: nil)
    }
  }
}

/// More columns of a frame than a step makes of a sparse matrix.
let mostDenseColumns = 1 << 16

extension DataFrame {
  /// Adds the features that a step made of a column, under new names.
  mutating func append(_ columns: [Column], _ names: [String], from source: String)
    throws(PreprocessingError)
  {
    for (name, column) in zip(names, columns) { try append(column, name, from: source) }
  }

  /// Refuses more dense columns than anybody has memory for.
  static func refuseDense(_ count: Int, of source: String) throws(PreprocessingError) {
    guard count > mostDenseColumns else { return }
    throw PreprocessingError(
      .value,
      "column '\(source)' would become \(count) dense columns, of at most \(mostDenseColumns); "
        + "choose fewer, or take the sparse matrix (transform)",
      column: source
    )
  }
}
