public import TabularFrame
public import TabularPreprocessing
public import TabularTensor

/// The rows of a feature matrix, gathered a batch at a time.
public struct MatrixDataset<Scalar: FloatingTensorScalar>: BatchDataset {
  /// The matrix that the rows are taken from.
  public let matrix: FeatureMatrix<Scalar>

  /// Wraps a matrix, without copying.
  public init(_ matrix: FeatureMatrix<Scalar>) { self.matrix = matrix }

  /// The number of rows.
  public var count: Int { matrix.rowCount }

  /// The matrix's own row id.
  public func rowID(at index: Int) -> RowID { matrix.rowIDs[index] }

  /// Copies rows into new tensors; a position outside 0 ..< count traps.
  ///
  /// - Returns: features of shape [indices, columns], and labels of shape [indices] where the
  ///   matrix has labels.
  public func batch(_ indices: [Int]) -> (features: Tensor<Scalar>, target: Labels<Scalar>?) {
    let target: Labels<Scalar>? =
      switch matrix.labels {
      case .classes(let tensor): .classes(tensor.gathered(indices))
      case .values(let tensor): .values(tensor.gathered(indices))
      case nil: nil
      }
    return (matrix.features.gathered(indices), target)
  }
}

extension Tensor {
  /// The entries of the outermost dimension at some positions, in their order.
  func gathered(_ indices: [Int]) -> Tensor {
    let width = shape.dimensions.dropFirst().reduce(MemoryLayout<Scalar>.stride, *)
    let result = Buffer(uninitialized: indices.count * width)
    copyRows(indices, of: width, from: buffer.bytes.prefix(shape[0] * width), to: result.pointer)
    return Tensor(shape: Shape([indices.count] + shape.dimensions.dropFirst()), buffer: result)
  }
}

/// Copies rows of `width` bytes; without generics, so that it is as fast from every module.
private func copyRows(
  _ indices: [Int],
  of width: Int,
  from source: Slice<UnsafeRawBufferPointer>,
  to destination: UnsafeMutableRawPointer
) {
  guard width > 0, let first = UnsafeRawBufferPointer(rebasing: source).baseAddress else {
    precondition(width == 0 || indices.isEmpty, "rows of an empty matrix")
    return
  }
  let rows = source.count / width
  var slot = destination
  for index in indices {
    precondition(index >= 0 && index < rows, "row \(index) of \(rows)")
    slot.copyMemory(from: first + index * width, byteCount: width)
    slot += width
  }
}
