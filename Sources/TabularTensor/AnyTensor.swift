/// A tensor whose element type is known only at run time: what a file holds under a name.
public struct AnyTensor: Sendable {
  /// The element type.
  public let dtype: DType
  /// The extents, outermost first.
  public let shape: Shape
  package let buffer: Buffer

  package init(dtype: DType, shape: Shape, buffer: Buffer) {
    self.dtype = dtype
    self.shape = shape
    self.buffer = buffer
  }

  /// Forgets the element type, without copying.
  public init<Scalar>(_ tensor: Tensor<Scalar>) {
    self.init(dtype: Scalar.dtype, shape: tensor.shape, buffer: tensor.buffer)
  }

  /// The number of bytes the elements take.
  public var byteCount: Int { shape.count * dtype.byteCount }

  /// The elements as bytes, little-endian and row-major, for writing.
  package var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: buffer.pointer, count: byteCount)
  }
}

extension Tensor {
  /// Recovers the element type, without copying.
  ///
  /// - Throws: `TensorError` of kind `dtype` when the file holds another type.
  public init(_ tensor: AnyTensor) throws(TensorError) {
    guard tensor.dtype == Scalar.dtype else {
      throw TensorError(
        .dtype,
        "expected \(Scalar.dtype.rawValue), found \(tensor.dtype.rawValue) \(tensor.shape)"
      )
    }
    self.init(shape: tensor.shape, buffer: tensor.buffer)
  }
}
