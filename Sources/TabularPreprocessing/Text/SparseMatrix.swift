public import TabularTensor

/// A matrix that is mostly zeros, in compressed rows (CSR), as SciPy's `csr_matrix`.
///
/// Row `i` holds `values[indptr[i]..<indptr[i + 1]]` in the columns `indices` of the same range,
/// which ascend.
public struct SparseMatrix: Sendable, Equatable {
  /// The numbers of rows and columns.
  public let shape: (rows: Int, columns: Int)
  /// Where each row begins, and where the last ends: rows + 1 positions.
  public let indptr: [Int64]
  /// The column of each value.
  public let indices: [Int32]
  /// The values that are not zero.
  public let values: [Double]

  /// Creates a matrix from its parts; what does not fit traps.
  public init(rows: Int, columns: Int, indptr: [Int64], indices: [Int32], values: [Double]) {
    precondition(indptr.count == rows + 1, "\(indptr.count) row positions for \(rows) rows")
    precondition(indices.count == values.count, "\(indices.count) columns, \(values.count) values")
    precondition(
      indptr.first == 0 && indptr.last == Int64(values.count)
        && zip(indptr, indptr.dropFirst()).allSatisfy { $0 <= $1 },
      "row positions that do not ascend to \(values.count)"
    )
    precondition(indices.allSatisfy { $0 >= 0 && $0 < columns }, "a column beyond \(columns)")
    shape = (rows, columns)
    (self.indptr, self.indices, self.values) = (indptr, indices, values)
  }

  /// Joins runs of rows.
  init(columns: Int, _ parts: [SparseRows]) {
    let rows = parts.reduce(0) { $0 + $1.ends.count }
    shape = (rows, columns)
    var indptr: [Int64] = [0]
    indptr.reserveCapacity(rows + 1)
    var first: Int64 = 0
    for part in parts {
      for end in part.ends { indptr.append(first + Int64(end)) }
      first += Int64(part.values.count)
    }
    self.indptr = indptr
    if parts.count == 1 {
      (indices, values) = (parts[0].indices, parts[0].values)
    } else {
      indices = parts.flatMap(\.indices)
      values = parts.flatMap(\.values)
    }
  }

  /// The value of a cell; an index out of range traps.
  public subscript(row: Int, column: Int) -> Double {
    precondition(column >= 0 && column < shape.columns, "column \(column) of \(shape.columns)")
    let range = Int(indptr[row])..<Int(indptr[row + 1])
    return range.first { indices[$0] == column }.map { values[$0] } ?? 0
  }

  /// The columns and values of a row; an index out of range traps.
  public func row(_ row: Int) -> [(column: Int, value: Double)] {
    (Int(indptr[row])..<Int(indptr[row + 1])).map { (Int(indices[$0]), values[$0]) }
  }

  /// The sum of all values.
  public var sum: Double { values.reduce(0, +) }

  /// The whole matrix, zeros and all, shape [rows, columns].
  public func dense<Scalar: FloatingTensorScalar>(as type: Scalar.Type = Scalar.self) -> Tensor<
    Scalar
  > {
    Tensor(shape: [shape.rows, shape.columns]) { scalars in
      scalars.initialize(repeating: 0)
      for row in 0..<shape.rows {
        for i in Int(indptr[row])..<Int(indptr[row + 1]) {
          scalars[row * shape.columns + Int(indices[i])] += Scalar(values[i])
        }
      }
    }
  }

  /// Equal shapes and equal parts.
  public static func == (left: Self, right: Self) -> Bool {
    left.shape == right.shape && left.indptr == right.indptr && left.indices == right.indices
      && left.values == right.values
  }
}

/// A run of rows of a sparse matrix.
struct SparseRows: Sendable {
  var indices: [Int32] = []
  var values: [Double] = []
  /// Where each row ends.
  var ends: [Int] = []

  /// Adds a row of columns in any order, each as often as it is to count; those below 0 are left out.
  mutating func append(counting columns: UnsafeMutableBufferPointer<Int32>) {
    if columns.count <= 24 {
      for i in 1..<max(1, columns.count) {
        let column = columns[i]
        var j = i
        while j > 0, columns[j - 1] > column {
          columns[j] = columns[j - 1]
          j -= 1
        }
        columns[j] = column
      }
    } else {
      var columns = columns
      columns.sort()
    }
    var i = 0
    while i < columns.count {
      let column = columns[i]
      var next = i + 1
      while next < columns.count, columns[next] == column { next += 1 }
      if column >= 0 {
        indices.append(column)
        values.append(Double(next - i))
      }
      i = next
    }
    ends.append(values.count)
  }

  /// Adds a row of columns and values in any order; values of one column are added up in order.
  mutating func append(_ cells: [(column: Int32, value: Double)]) {
    // Stable: equal columns in the order of the row.
    let order = cells.indices.sorted { (cells[$0].column, $0) < (cells[$1].column, $1) }
    let first = values.count
    for i in order {
      if values.count > first, indices[indices.count - 1] == cells[i].column {
        values[values.count - 1] += cells[i].value
      } else {
        indices.append(cells[i].column)
        values.append(cells[i].value)
      }
    }
    ends.append(values.count)
  }
}
