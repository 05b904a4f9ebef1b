internal import COpenBLAS

// The kernels of layers. Here, in CPUDevice+Losses.swift and in Optimizer+Rules.swift are all
// element loops of this floor. The invariant of each: `DeviceMatrix` names `rows * columns` live
// floats, the preconditions make the shapes agree, and a result overlaps no other argument unless
// it is the same matrix.
extension CPUDevice {
  /// Multiplies with `cblas_sgemm`.
  public func multiply(
    _ left: Operand,
    _ right: Operand,
    into result: DeviceMatrix,
    accumulating: Bool
  ) {
    let (a, b) = (left.layout, right.layout)
    precondition(
      a.columns == b.rows && result.rows == a.rows && result.columns == b.columns,
      "[\(a.rows), \(a.columns)] · [\(b.rows), \(b.columns)] "
        + "into [\(result.rows), \(result.columns)]"
    )
    cblas_sgemm(
      CblasRowMajor,
      a.order,
      b.order,
      Int32(a.rows),
      Int32(b.columns),
      Int32(a.columns),
      1,
      a.matrix.base,
      Int32(a.matrix.columns),
      b.matrix.base,
      Int32(b.matrix.columns),
      accumulating ? 1 : 0,
      result.base,
      Int32(result.columns)
    )
  }

  /// Copies with `cblas_somatcopy`.
  public func transpose(_ matrix: DeviceMatrix, into result: DeviceMatrix) {
    precondition(
      result.rows == matrix.columns && result.columns == matrix.rows,
      "[\(matrix.rows), \(matrix.columns)] transposed into [\(result.rows), \(result.columns)]"
    )
    cblas_somatcopy(
      CblasRowMajor,
      CblasTrans,
      Int32(matrix.rows),
      Int32(matrix.columns),
      1,
      matrix.base,
      Int32(matrix.columns),
      result.base,
      Int32(result.columns)
    )
  }

  /// Copies one row into all rows.
  public func broadcast(_ row: DeviceMatrix, into result: DeviceMatrix) {
    precondition(row.rows == 1 && row.columns == result.columns, "a row of \(row.columns)")
    for i in 0..<result.rows {
      (result.base + i * result.columns).update(from: row.base, count: row.columns)
    }
  }

  /// Adds up rows, from the first to the last.
  public func sumRows(of matrix: DeviceMatrix, into row: DeviceMatrix) {
    precondition(row.rows == 1 && row.columns == matrix.columns, "a row of \(row.columns)")
    clear(row)
    let (sum, columns) = (row.base, matrix.columns)
    for i in 0..<matrix.rows {
      let source = matrix.base + i * columns
      for j in 0..<columns { sum[j] += source[j] }
    }
  }

  /// Writes max(x, 0); not `max`, which would lose a NaN.
  public func rectify(_ matrix: DeviceMatrix, into result: DeviceMatrix) {
    precondition(matrix.count == result.count, "\(matrix.count) into \(result.count)")
    let (x, y) = (matrix.base, result.base)
    for i in 0..<matrix.count { y[i] = x[i] < 0 ? 0 : x[i] }
  }

  /// Lets through what the forward pass let through.
  public func rectifyGradient(
    _ gradient: DeviceMatrix,
    where activation: DeviceMatrix,
    into result: DeviceMatrix
  ) {
    precondition(
      gradient.count == activation.count && gradient.count == result.count,
      "\(gradient.count), \(activation.count) into \(result.count)"
    )
    let (g, y, r) = (gradient.base, activation.base, result.base)
    for i in 0..<gradient.count {
      // Read before the choice: a choice between values needs no branch.
      let value = g[i]
      r[i] = y[i] > 0 ? value : 0
    }
  }

  /// Adds element by element.
  public func add(_ right: DeviceMatrix, to left: DeviceMatrix) {
    precondition(left.count == right.count, "\(left.count) += \(right.count)")
    let (l, r) = (left.base, right.base)
    for i in 0..<left.count { l[i] += r[i] }
  }

  /// Writes zeros.
  public func clear(_ matrix: DeviceMatrix) {
    matrix.base.update(repeating: 0, count: matrix.count)
  }
}

extension Operand {
  fileprivate var layout: (matrix: DeviceMatrix, order: CBLAS_TRANSPOSE, rows: Int, columns: Int) {
    switch self {
    case .plain(let matrix): (matrix, CblasNoTrans, matrix.rows, matrix.columns)
    case .transposed(let matrix): (matrix, CblasTrans, matrix.columns, matrix.rows)
    }
  }
}
