public import CTabularABI

// Tensors of other array libraries.
extension AnyTensor {
  /// Takes over a tensor that another library handed out by DLPack 1.
  ///
  /// Row-major elements that lie at a multiple of their size are used where they are, until the last
  /// tensor that shares them is gone; others are copied. The structure is this package's from the
  /// call on, whether it throws or not: its deleter is called once.
  ///
  /// - Throws: `TensorError` for another major version, a device that is no processor, an element
  ///   type that is not among `DType`, and extents that are no shape.
  public init(importingDLPack source: UnsafeMutablePointer<DLManagedTensorVersioned>)
    throws(TensorError)
  {
    let version = source.pointee.version
    let holder = ImportedTensor { source.pointee.deleter?(source) }
    guard version.major == UInt32(DLPACK_MAJOR_VERSION) else {
      throw TensorError(
        .format,
        "a DLPack tensor of version \(version.major).\(version.minor); "
          + "expected \(DLPACK_MAJOR_VERSION)"
      )
    }
    self = try AnyTensor(source.pointee.dl_tensor, holder: holder)
  }

  /// Takes over a tensor that another library handed out by DLPack before version 1.
  ///
  /// - Throws: `TensorError` as `init(importingDLPack:)` does.
  public init(importingLegacyDLPack source: UnsafeMutablePointer<DLManagedTensor>)
    throws(TensorError)
  {
    let holder = ImportedTensor { source.pointee.deleter?(source) }
    self = try AnyTensor(source.pointee.dl_tensor, holder: holder)
  }
}

/// Makes a tensor one of DLPack before version 1.
///
/// Such a one cannot say that it is read-only: elements that are, are copied. The given structure is
/// taken over, whether this throws or not.
package func legacyDLPack(_ tensor: UnsafeMutablePointer<DLManagedTensorVersioned>)
  throws(TensorError) -> UnsafeMutablePointer<DLManagedTensor>
{
  let isWritable = tensor.pointee.flags & DLPackFlags.readOnly == 0
  guard isWritable, tensor.pointee.version.major == UInt32(DLPACK_MAJOR_VERSION) else {
    return try AnyTensor(importingDLPack: tensor).exportLegacyDLPack()
  }
  let legacy = UnsafeMutablePointer<DLManagedTensor>.allocate(capacity: 1)
  legacy.initialize(
    to: DLManagedTensor(
      dl_tensor: tensor.pointee.dl_tensor,
      manager_ctx: UnsafeMutableRawPointer(tensor),
      deleter: { legacy in
        guard let legacy, let context = legacy.pointee.manager_ctx else { return }
        let tensor = context.assumingMemoryBound(to: DLManagedTensorVersioned.self)
        tensor.pointee.deleter?(tensor)
        legacy.deallocate()
      }
    )
  )
  return legacy
}

/// Calls a foreign tensor's deleter when its last buffer is gone.
private final class ImportedTensor {
  private let delete: () -> Void

  init(_ delete: @escaping () -> Void) { self.delete = delete }

  deinit { delete() }
}

extension AnyTensor {
  private init(_ tensor: DLTensor, holder: ImportedTensor) throws(TensorError) {
    func refused(_ found: String) -> TensorError {
      TensorError(.format, "a DLPack tensor \(found)")
    }
    guard tensor.device.device_type == DLDeviceType(kDLCPU) else {
      throw refused("on device kind \(tensor.device.device_type); copy it to the processor first")
    }
    let type = tensor.dtype
    let known = DType.allCases.first {
      $0.dlpack.code == type.code && $0.dlpack.bits == type.bits && type.lanes == 1
    }
    guard let dtype = known else {
      throw refused("of type code \(type.code), \(type.bits) bits, \(type.lanes) lanes")
    }
    let rank = Int(tensor.ndim)
    guard rank >= 0, rank == 0 || tensor.shape != nil else {
      throw refused("of \(rank) dimensions without extents")
    }
    let extents = (0..<rank).map { Int(tensor.shape[$0]) }
    guard extents.allSatisfy({ $0 >= 0 }), let byteCount = dtype.byteCount(of: extents) else {
      throw refused("of shape \(extents)")
    }
    guard byteCount > 0 else {
      self.init(dtype: dtype, shape: Shape(extents), buffer: Buffer(zeroed: 0))
      return
    }
    guard let data = tensor.data, let offset = Int(exactly: tensor.byte_offset) else {
      throw refused("of \(byteCount) bytes at no address")
    }
    let start = data + offset
    let strides = tensor.strides.map { strides in (0..<rank).map { Int(strides[$0]) } }
    let isCompact = strides.map { Self.isCompact(extents, strides: $0) } ?? true
    let isAligned = Int(bitPattern: start) % dtype.byteCount == 0
    let buffer: Buffer
    if isCompact, isAligned {
      buffer = Buffer(borrowing: start, byteCount: byteCount, owner: holder)
    } else {
      buffer = Buffer(uninitialized: byteCount)
      Self.copy(start, extents, strides ?? [], dtype.byteCount, to: buffer.pointer)
    }
    withExtendedLifetime(holder) {}
    if dtype == .bool, buffer.bytes.contains(where: { $0 > 1 }) {
      throw refused("is bool and holds a byte other than 0 and 1")
    }
    self.init(dtype: dtype, shape: Shape(extents), buffer: buffer)
  }

  /// Whether strides, in elements, are those of row-major elements without holes.
  private static func isCompact(_ extents: [Int], strides: [Int]) -> Bool {
    var expected = 1
    for (extent, stride) in zip(extents, strides).reversed() {
      guard extent == 1 || stride == expected else { return false }
      expected *= extent
    }
    return true
  }

  /// Copies elements at strides into row-major ones.
  private static func copy(
    _ source: UnsafeMutableRawPointer,
    _ extents: [Int],
    _ strides: [Int],
    _ size: Int,
    to target: UnsafeMutableRawPointer
  ) {
    let count = extents.reduce(1, *)
    guard !strides.isEmpty else {
      target.copyMemory(from: source, byteCount: count * size)
      return
    }
    var place = [Int](repeating: 0, count: extents.count)
    for element in 0..<count {
      let offset = zip(place, strides).reduce(0) { $0 + $1.0 * $1.1 }
      (target + element * size).copyMemory(from: source + offset * size, byteCount: size)
      var dimension = extents.count - 1
      while dimension >= 0 {
        place[dimension] += 1
        guard place[dimension] == extents[dimension] else { break }
        place[dimension] = 0
        dimension -= 1
      }
    }
  }
}

extension DType {
  /// The bytes of so many elements; nil where they do not fit an `Int`.
  fileprivate func byteCount(of extents: [Int]) -> Int? {
    var size = byteCount
    for extent in extents {
      let (product, overflow) = size.multipliedReportingOverflow(by: extent)
      guard !overflow else { return nil }
      size = product
    }
    return size
  }
}
