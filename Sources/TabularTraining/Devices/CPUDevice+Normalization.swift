// The kernels of LayerNorm and BatchNorm1d. Sums are float64, as PyTorch's on a CPU; results are
// float32. Invariant: as in CPUDevice+Kernels.swift.

// Rows.
extension CPUDevice {
  /// Normalises each row.
  public func normalizeRows(
    _ matrix: DeviceMatrix,
    weight: DeviceMatrix?,
    bias: DeviceMatrix?,
    epsilon: Float,
    moments: DeviceMatrix,
    into result: DeviceMatrix
  ) {
    let columns = matrix.columns
    precondition(
      matrix.count == result.count && moments.count == 2 * matrix.rows
        && (weight?.count ?? columns) == columns && (bias?.count ?? columns) == columns,
      "[\(matrix.rows), \(columns)] into \(result.count), moments \(moments.count)"
    )
    for row in 0..<matrix.rows {
      let (x, y) = (matrix.base + row * columns, result.base + row * columns)
      let mean = sum(columns) { Double(x[$0]) } / Double(columns)
      let squares = sum(columns) {
        let distance = Double(x[$0]) - mean
        return distance * distance
      }
      let inverse = Float(1 / (squares / Double(columns) + Double(epsilon)).squareRoot())
      let center = Float(mean)
      (moments.base[2 * row], moments.base[2 * row + 1]) = (center, inverse)
      if let weight = weight?.base, let bias = bias?.base {
        for j in 0..<columns { y[j] = (x[j] - center) * inverse * weight[j] + bias[j] }
      } else {
        for j in 0..<columns { y[j] = (x[j] - center) * inverse }
      }
    }
  }

  /// Computes the gradients of weight, bias and input.
  public func normalizeRowsGradient(
    _ gradient: DeviceMatrix,
    input: DeviceMatrix,
    weight: DeviceMatrix?,
    moments: DeviceMatrix,
    weightGradient: DeviceMatrix?,
    biasGradient: DeviceMatrix?,
    into result: DeviceMatrix?
  ) {
    let columns = input.columns
    precondition(
      gradient.count == input.count && moments.count == 2 * input.rows
        && (result?.count ?? input.count) == input.count,
      "[\(input.rows), \(columns)] of \(gradient.count), moments \(moments.count)"
    )
    if let weightGradient { clear(weightGradient) }
    if let biasGradient { clear(biasGradient) }
    for row in 0..<input.rows {
      let (x, g) = (input.base + row * columns, gradient.base + row * columns)
      let (center, inverse) = (moments.base[2 * row], moments.base[2 * row + 1])
      if let weights = weightGradient?.base, let biases = biasGradient?.base {
        for j in 0..<columns {
          weights[j] += g[j] * ((x[j] - center) * inverse)
          biases[j] += g[j]
        }
      }
      guard let r = result.map({ $0.base + row * columns }) else { continue }
      // The gradient of the normalised values, for now.
      if let weight = weight?.base {
        for j in 0..<columns { r[j] = g[j] * weight[j] }
      } else {
        for j in 0..<columns { r[j] = g[j] }
      }
      let mean = Float(sum(columns) { Double(r[$0]) } / Double(columns))
      let slope = Float(
        sum(columns) { Double(r[$0]) * Double((x[$0] - center) * inverse) } / Double(columns)
      )
      for j in 0..<columns {
        r[j] = inverse * (r[j] - mean - (x[j] - center) * inverse * slope)
      }
    }
  }

  /// A sum in four parts, so that additions need not wait for one another.
  @inline(__always)
  private func sum(_ count: Int, _ term: (Int) -> Double) -> Double {
    var parts = (0.0, 0.0, 0.0, 0.0)
    var i = 0
    while i + 4 <= count {
      parts.0 += term(i)
      parts.1 += term(i + 1)
      parts.2 += term(i + 2)
      parts.3 += term(i + 3)
      i += 4
    }
    while i < count {
      parts.0 += term(i)
      i += 1
    }
    return (parts.0 + parts.1) + (parts.2 + parts.3)
  }
}

// Columns.
extension CPUDevice {
  /// Columns whose sums lie on the stack together.
  private static let tile = 32

  /// Gives `body` the columns tile by tile, with two sums for each column, all zero.
  @inline(__always)
  private func forEachTile(
    of columns: Int,
    _ body: (Range<Int>, UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * Self.tile) { sums in
      sums.initialize(repeating: 0)
      guard let base = sums.baseAddress else { return }
      var start = 0
      while start < columns {
        let end = min(start + Self.tile, columns)
        sums.update(repeating: 0)
        body(start..<end, base, base + Self.tile)
        start = end
      }
    }
  }

  /// Computes means, and then distances from them.
  public func columnMoments(of matrix: DeviceMatrix, means: DeviceMatrix, squares: DeviceMatrix) {
    let (rows, columns) = (matrix.rows, matrix.columns)
    precondition(
      means.count == columns && squares.count == columns && rows > 0,
      "moments of [\(rows), \(columns)] into \(means.count) and \(squares.count)"
    )
    forEachTile(of: columns) { tile, sums, distances in
      let width = tile.count
      for row in 0..<rows {
        let x = matrix.base + row * columns + tile.lowerBound
        for j in 0..<width { sums[j] += Double(x[j]) }
      }
      for j in 0..<width { sums[j] /= Double(rows) }
      for row in 0..<rows {
        let x = matrix.base + row * columns + tile.lowerBound
        for j in 0..<width {
          let distance = Double(x[j]) - sums[j]
          distances[j] += distance * distance
        }
      }
      for j in 0..<width {
        means.base[tile.lowerBound + j] = Float(sums[j])
        squares.base[tile.lowerBound + j] = Float(distances[j])
      }
    }
  }

  /// Computes 1 / √(x / divisor + epsilon).
  public func inverseRoots(
    of matrix: DeviceMatrix,
    divisor: Float,
    epsilon: Float,
    into result: DeviceMatrix
  ) {
    precondition(matrix.count == result.count, "\(matrix.count) into \(result.count)")
    let (divisor, epsilon) = (Double(divisor), Double(epsilon))
    for i in 0..<matrix.count {
      result.base[i] = Float(1 / (Double(matrix.base[i]) / divisor + epsilon).squareRoot())
    }
  }

  /// Normalises each column.
  public func normalizeColumns(
    _ matrix: DeviceMatrix,
    means: DeviceMatrix,
    inverses: DeviceMatrix,
    weight: DeviceMatrix?,
    bias: DeviceMatrix?,
    into result: DeviceMatrix
  ) {
    let columns = matrix.columns
    precondition(
      matrix.count == result.count && means.count == columns && inverses.count == columns
        && (weight?.count ?? columns) == columns && (bias?.count ?? columns) == columns,
      "[\(matrix.rows), \(columns)] into \(result.count)"
    )
    let (means, inverses) = (means.base, inverses.base)
    for row in 0..<matrix.rows {
      let (x, y) = (matrix.base + row * columns, result.base + row * columns)
      if let weight = weight?.base, let bias = bias?.base {
        for j in 0..<columns { y[j] = (x[j] - means[j]) * inverses[j] * weight[j] + bias[j] }
      } else {
        for j in 0..<columns { y[j] = (x[j] - means[j]) * inverses[j] }
      }
    }
  }

  /// Computes the gradients of weight, bias and input.
  public func normalizeColumnsGradient(
    _ gradient: DeviceMatrix,
    input: DeviceMatrix,
    means: DeviceMatrix,
    inverses: DeviceMatrix,
    weight: DeviceMatrix?,
    weightGradient: DeviceMatrix,
    biasGradient: DeviceMatrix,
    into result: DeviceMatrix?
  ) {
    let (rows, columns) = (input.rows, input.columns)
    precondition(
      gradient.count == input.count && means.count == columns && inverses.count == columns
        && (weight?.count ?? columns) == columns && weightGradient.count == columns
        && biasGradient.count == columns && (result?.count ?? input.count) == input.count,
      "[\(rows), \(columns)] of \(gradient.count)"
    )
    forEachTile(of: columns) { tile, products, sums in
      let (start, width) = (tile.lowerBound, tile.count)
      let (m, v) = (means.base + start, inverses.base + start)
      for row in 0..<rows {
        let (x, g) = (
          input.base + row * columns + start, gradient.base + row * columns + start
        )
        for j in 0..<width {
          products[j] += Double(g[j]) * Double((x[j] - m[j]) * v[j])
          sums[j] += Double(g[j])
        }
      }
      for j in 0..<width {
        weightGradient.base[start + j] = Float(products[j])
        biasGradient.base[start + j] = Float(sums[j])
        // Means from now on.
        products[j] /= Double(rows)
        sums[j] /= Double(rows)
      }
      guard let result else { return }
      for row in 0..<rows {
        let (x, g, r) = (
          input.base + row * columns + start, gradient.base + row * columns + start,
          result.base + row * columns + start
        )
        for j in 0..<width {
          let normal = (x[j] - m[j]) * v[j]
          r[j] = v[j] * (g[j] - Float(sums[j]) - normal * Float(products[j]))
        }
        if let weight = weight.map({ $0.base + start }) {
          for j in 0..<width { r[j] *= weight[j] }
        }
      }
    }
  }
}
