extension Tensor {
  /// Compares element by element; different shapes trap.
  ///
  /// - Returns: a tensor of the same shape, true where the two are equal.
  public static func .== (left: Tensor, right: Tensor) -> Tensor<Bool> {
    precondition(left.shape == right.shape, "\(left.shape) .== \(right.shape)")
    return Tensor<Bool>(shape: left.shape) { result in
      left.withUnsafeScalars { l in
        right.withUnsafeScalars { r in
          for i in 0..<l.count { result[i] = l[i] == r[i] }
        }
      }
    }
  }

  /// Converts each element.
  public func map<Other: TensorScalar, E: Error>(_ transform: (Scalar) throws(E) -> Other)
    throws(E) -> Tensor<Other>
  {
    try Tensor<Other>(shape: shape) { (result) throws(E) in
      try withUnsafeScalars { (scalars) throws(E) in
        for i in 0..<scalars.count { result[i] = try transform(scalars[i]) }
      }
    }
  }
}

extension Tensor where Scalar == Bool {
  /// The number of true elements.
  public func sum() -> Int {
    withUnsafeScalars { scalars in scalars.reduce(0) { $0 + ($1 ? 1 : 0) } }
  }
}

extension Tensor where Scalar: NumericTensorScalar {
  /// The sum of all elements, added in row-major order.
  public func sum() -> Scalar {
    withUnsafeScalars { scalars in scalars.reduce(0, +) }
  }

  /// The position of the largest element of each row; the first one on a tie.
  ///
  /// - Returns: [rows], for a matrix [rows, columns] with at least one column.
  public func argmax() -> Tensor<Int64> {
    precondition(shape.rank == 2 && shape[1] > 0, "argmax of a tensor of shape \(shape)")
    let columns = shape[1]
    return Tensor<Int64>(shape: [shape[0]]) { result in
      withUnsafeScalars { scalars in
        for row in 0..<shape[0] {
          var best = 0
          for column in 1..<max(columns, 1)
          where scalars[row * columns + column] > scalars[row * columns + best] {
            best = column
          }
          result[row] = Int64(best)
        }
      }
    }
  }
}

extension Tensor where Scalar: FloatingTensorScalar {
  /// The mean of all elements; NaN when there is none.
  public func mean() -> Scalar { sum() / Scalar(count) }
}
