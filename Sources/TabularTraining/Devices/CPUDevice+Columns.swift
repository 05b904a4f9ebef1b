internal import TabularFrame

// The kernels of Embedding, TabularInput and Dropout. Invariant: as in CPUDevice+Kernels.swift.
extension CPUDevice {
  /// Copies the rows that the ids name.
  public func gatherRows(
    of table: DeviceMatrix,
    ids: DeviceMatrix,
    column: Int,
    into result: DeviceMatrix,
    at offset: Int
  ) {
    precondition(
      column < ids.columns && ids.rows == result.rows && offset + table.columns <= result.columns,
      "rows of [\(table.rows), \(table.columns)] into [\(result.rows), \(result.columns)]"
    )
    for row in 0..<ids.rows {
      let id = Int(ids.base[row * ids.columns + column])
      precondition(id >= 0 && id < table.rows, "row \(id) of \(table.rows)")
      (result.base + row * result.columns + offset)
        .update(from: table.base + id * table.columns, count: table.columns)
    }
  }

  /// Adds rows to those that the ids name.
  public func scatterRows(
    of gradient: DeviceMatrix,
    at offset: Int,
    ids: DeviceMatrix,
    column: Int,
    into table: DeviceMatrix
  ) {
    precondition(
      column < ids.columns && ids.rows == gradient.rows
        && offset + table.columns <= gradient.columns,
      "rows of [\(gradient.rows), \(gradient.columns)] into [\(table.rows), \(table.columns)]"
    )
    clear(table)
    for row in 0..<ids.rows {
      let id = Int(ids.base[row * ids.columns + column])
      precondition(id >= 0 && id < table.rows, "row \(id) of \(table.rows)")
      let (sum, part) = (
        table.base + id * table.columns, gradient.base + row * gradient.columns + offset
      )
      for j in 0..<table.columns { sum[j] += part[j] }
    }
  }

  /// Copies columns row by row.
  public func copyColumns(
    _ columns: Range<Int>,
    of matrix: DeviceMatrix,
    into result: DeviceMatrix,
    at offset: Int
  ) {
    precondition(
      columns.lowerBound >= 0 && columns.upperBound <= matrix.columns
        && matrix.rows == result.rows && offset >= 0 && offset + columns.count <= result.columns,
      "columns \(columns) of [\(matrix.rows), \(matrix.columns)] "
        + "into [\(result.rows), \(result.columns)] at \(offset)"
    )
    if columns.count == matrix.columns && columns.count == result.columns {
      return result.base.update(from: matrix.base, count: matrix.count)
    }
    for row in 0..<matrix.rows {
      (result.base + row * result.columns + offset)
        .update(from: matrix.base + row * matrix.columns + columns.lowerBound, count: columns.count)
    }
  }

  /// Draws 32 bits for each element, two elements at once.
  public func drawFactors(
    probability: Float,
    _ randomness: RowRandomness,
    into factors: DeviceMatrix
  ) {
    let columns = factors.columns
    // The first of 2^32 draws that are kept.
    let first = UInt64((Double(probability) * 0x1p32).rounded())
    let kept = probability < 1 ? 1 / (1 - probability) : 0
    for row in 0..<factors.rows {
      let (bits, f) = (randomness.row(row), factors.base + row * columns)
      for pair in 0..<(columns / 2) {
        let draw = bits.bits(at: pair)
        f[2 * pair] = draw & 0xffff_ffff >= first ? kept : 0
        f[2 * pair + 1] = draw >> 32 >= first ? kept : 0
      }
      if !columns.isMultiple(of: 2) {
        f[columns - 1] = bits.bits(at: columns / 2) & 0xffff_ffff >= first ? kept : 0
      }
    }
  }

  /// Multiplies element by element.
  public func multiply(_ left: DeviceMatrix, _ right: DeviceMatrix, into result: DeviceMatrix) {
    precondition(
      left.count == right.count && left.count == result.count,
      "\(left.count) · \(right.count) into \(result.count)"
    )
    let (l, r, y) = (left.base, right.base, result.base)
    for i in 0..<left.count { y[i] = l[i] * r[i] }
  }

  /// Writes one value.
  public func fill(_ matrix: DeviceMatrix, with value: Float) {
    matrix.base.update(repeating: value, count: matrix.count)
  }
}
