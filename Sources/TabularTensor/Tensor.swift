/// A dense, row-major tensor.
///
/// A value: copies share their memory until one of them is written. The memory starts at a
/// multiple of 64 bytes; where it is a mapped file that another program wrote, at a multiple of an
/// element's size.
///
/// ```swift
/// let x = Tensor<Float>([[1, 2], [3, 4]])
/// x.shape       // [2, 2]
/// x[1, 0]       // 3
/// x.argmax()    // [1, 1], the largest column of each row
/// ```
public struct Tensor<Scalar: TensorScalar>: Sendable {
  /// The extents, outermost first.
  public private(set) var shape: Shape
  package private(set) var buffer: Buffer

  /// The number of elements.
  public var count: Int { shape.count }

  /// Adopts a buffer that holds `shape.count` elements.
  package init(shape: Shape, buffer: Buffer) {
    precondition(
      buffer.byteCount >= shape.count * MemoryLayout<Scalar>.stride,
      "a buffer of \(buffer.byteCount) bytes for \(Scalar.dtype.rawValue) \(shape)"
    )
    self.shape = shape
    self.buffer = buffer
  }

  /// Creates a tensor of zeros (or `false`).
  public init(zeros shape: Shape) {
    self.init(shape: shape, buffer: Buffer(zeroed: shape.count * MemoryLayout<Scalar>.stride))
  }

  /// Creates a tensor from its elements in row-major order; a wrong number of them traps.
  public init(shape: Shape, _ scalars: [Scalar]) {
    precondition(
      scalars.count == shape.count,
      "\(scalars.count) elements for a tensor of shape \(shape)"
    )
    self.init(shape: shape) { _ = $0.update(fromContentsOf: scalars) }
  }

  /// Creates a tensor of one dimension.
  public init(_ scalars: [Scalar]) {
    self.init(shape: [scalars.count], scalars)
  }

  /// Creates a matrix from its rows; rows of different lengths trap.
  public init(_ rows: [[Scalar]]) {
    let columns = rows.first?.count ?? 0
    precondition(rows.allSatisfy { $0.count == columns }, "rows of different lengths")
    self.init(shape: [rows.count, columns], rows.flatMap(\.self))
  }

  /// Creates a tensor whose elements `fill` writes, all of them, in row-major order.
  public init<E: Error>(
    shape: Shape,
    filledBy fill: (UnsafeMutableBufferPointer<Scalar>) throws(E) -> Void
  ) throws(E) {
    let buffer = Buffer(uninitialized: shape.count * MemoryLayout<Scalar>.stride)
    try fill(
      UnsafeMutableBufferPointer(
        start: buffer.pointer.bindMemory(to: Scalar.self, capacity: shape.count),
        count: shape.count
      )
    )
    self.init(shape: shape, buffer: buffer)
  }
}

// Elements.
extension Tensor {
  /// The elements in row-major order.
  public var scalars: [Scalar] { withUnsafeScalars { Array($0) } }

  /// Gives `body` the elements, row-major; the pointer is valid during the call only.
  public func withUnsafeScalars<Result, E: Error>(
    _ body: (UnsafeBufferPointer<Scalar>) throws(E) -> Result
  ) throws(E) -> Result {
    let result = try body(
      UnsafeBufferPointer(
        start: buffer.pointer.assumingMemoryBound(to: Scalar.self),
        count: count
      )
    )
    withExtendedLifetime(buffer) {}
    return result
  }

  /// Gives `body` the elements for writing, after a copy if another tensor shares them or they are
  /// borrowed, as those of a mapped file are.
  public mutating func withUnsafeMutableScalars<Result, E: Error>(
    _ body: (UnsafeMutableBufferPointer<Scalar>) throws(E) -> Result
  ) throws(E) -> Result {
    if !isKnownUniquelyReferenced(&buffer) || buffer.isBorrowed { buffer = buffer.copy() }
    let result = try body(
      UnsafeMutableBufferPointer(
        start: buffer.pointer.assumingMemoryBound(to: Scalar.self),
        count: count
      )
    )
    withExtendedLifetime(buffer) {}
    return result
  }

  /// An element of a tensor of one dimension.
  public subscript(index: Int) -> Scalar {
    precondition(shape.rank == 1, "one index for a tensor of shape \(shape)")
    precondition(index >= 0 && index < shape[0], "index \(index) of \(shape)")
    return withUnsafeScalars { $0[index] }
  }

  /// An element of a matrix.
  public subscript(row: Int, column: Int) -> Scalar {
    precondition(shape.rank == 2, "two indices for a tensor of shape \(shape)")
    precondition(
      row >= 0 && row < shape[0] && column >= 0 && column < shape[1],
      "index [\(row), \(column)] of \(shape)"
    )
    return withUnsafeScalars { $0[row * shape[1] + column] }
  }

  /// The same elements under another shape of the same count, without copying.
  public func reshaped(to newShape: Shape) -> Tensor {
    precondition(newShape.count == count, "\(shape) cannot become \(newShape)")
    return Tensor(shape: newShape, buffer: buffer)
  }

  /// The element of a tensor that has one.
  public var item: Scalar {
    precondition(count == 1, "item of a tensor of shape \(shape)")
    return withUnsafeScalars { $0[0] }
  }
}

extension Tensor: Equatable {
  /// True when shapes and all elements are equal.
  public static func == (left: Tensor, right: Tensor) -> Bool {
    left.shape == right.shape
      && left.withUnsafeScalars { l in right.withUnsafeScalars { l.elementsEqual($0) } }
  }
}

extension Tensor: CustomStringConvertible {
  /// Type, shape and the first elements.
  public var description: String {
    let shown = withUnsafeScalars { $0.prefix(8).map { "\($0)" } }
    let dots = count > shown.count ? ", ..." : ""
    return "\(Scalar.dtype.rawValue) \(shape) [\(shown.joined(separator: ", "))\(dots)]"
  }
}
