public import CTabularABI

// Tensors for other array libraries, by DLPack 1.1.
//
// Source: DLPack's "C API" and "Python Specification" documentation.

extension AnyTensor {
  /// Hands the tensor to an array library, without copying.
  ///
  /// The elements are row-major and aligned to 64 bytes. Whoever gets the structure calls its
  /// `deleter` once, from any thread; the memory lives until then. It is marked as read-only unless
  /// nobody else holds the elements: end the tensor's life with the call,
  /// `(consume tensor).exportDLPack()`, where the consumer shall write.
  public consuming func exportDLPack() -> UnsafeMutablePointer<DLManagedTensorVersioned> {
    let (dtype, shape) = (dtype, shape)
    var held = buffer
    _ = consume self
    let isReadOnly = held.isBorrowed || !isKnownUniquelyReferenced(&held)
    return Self.export(held, dtype, shape, isReadOnly: isReadOnly)
  }

  /// Hands the tensor to an array library that may write to it, whoever holds it.
  ///
  /// For a producer who knows that the elements are nobody else's, even if a thread that made them
  /// has not let go of them yet.
  package func exportWritableDLPack() -> UnsafeMutablePointer<DLManagedTensorVersioned> {
    Self.export(buffer, dtype, shape, isReadOnly: false)
  }

  private static func export(
    _ buffer: Buffer,
    _ dtype: DType,
    _ shape: Shape,
    isReadOnly: Bool
  ) -> UnsafeMutablePointer<DLManagedTensorVersioned> {
    let export = UnsafeMutablePointer<DLManagedTensorVersioned>.allocate(capacity: 1)
    export.initialize(
      to: DLManagedTensorVersioned(
        version: DLPackVersion(
          major: UInt32(DLPACK_MAJOR_VERSION),
          minor: UInt32(DLPACK_MINOR_VERSION)
        ),
        manager_ctx: Unmanaged.passRetained(ExportedTensor(buffer)).toOpaque(),
        deleter: { export in
          guard let export else { return }
          release(export.pointee.dl_tensor, holder: export.pointee.manager_ctx)
          export.deallocate()
        },
        flags: isReadOnly ? DLPackFlags.readOnly : 0,
        dl_tensor: DLTensor(buffer, dtype, shape)
      )
    )
    return export
  }

  /// Hands the tensor to a library that knows DLPack before version 1 only.
  ///
  /// Such a library cannot be told that elements are read-only, so they are copied unless nobody
  /// else holds them. Whoever gets the structure calls its `deleter` once.
  public consuming func exportLegacyDLPack() -> UnsafeMutablePointer<DLManagedTensor> {
    let (dtype, shape) = (dtype, shape)
    var held = buffer
    _ = consume self
    if held.isBorrowed || !isKnownUniquelyReferenced(&held) { held = held.copy() }
    let export = UnsafeMutablePointer<DLManagedTensor>.allocate(capacity: 1)
    export.initialize(
      to: DLManagedTensor(
        dl_tensor: DLTensor(held, dtype, shape),
        manager_ctx: Unmanaged.passRetained(ExportedTensor(held)).toOpaque(),
        deleter: { export in
          guard let export else { return }
          release(export.pointee.dl_tensor, holder: export.pointee.manager_ctx)
          export.deallocate()
        }
      )
    )
    return export
  }
}

extension Tensor {
  /// Hands the tensor to an array library, without copying; as `AnyTensor.exportDLPack()`.
  public consuming func exportDLPack() -> UnsafeMutablePointer<DLManagedTensorVersioned> {
    AnyTensor(self).exportDLPack()
  }

  /// Hands the tensor to a library that knows DLPack before version 1 only; as
  /// `AnyTensor.exportLegacyDLPack()`.
  public consuming func exportLegacyDLPack() -> UnsafeMutablePointer<DLManagedTensor> {
    AnyTensor(self).exportLegacyDLPack()
  }
}

/// The flags of a versioned structure; macros of 64 bits are not imported.
enum DLPackFlags {
  static let readOnly: UInt64 = 1 << 0
}

/// What an exported tensor keeps alive.
private final class ExportedTensor {
  private let buffer: Buffer
  private let entry = ExportEntry()

  init(_ buffer: Buffer) { self.buffer = buffer }
}

extension DLTensor {
  /// A row-major tensor in the processor's memory, with extents and strides of its own.
  fileprivate init(_ buffer: Buffer, _ dtype: DType, _ shape: Shape) {
    let rank = shape.rank
    // Extents first, then strides; NumPy wants strides of old consumers, so they are always there.
    let extents = UnsafeMutablePointer<Int64>.allocate(capacity: max(2 * rank, 1))
    var stride: Int64 = 1
    for dimension in (0..<rank).reversed() {
      extents[dimension] = Int64(shape[dimension])
      extents[rank + dimension] = stride
      stride *= Int64(max(shape[dimension], 1))
    }
    self.init(
      data: buffer.pointer,
      device: DLDevice(device_type: DLDeviceType(kDLCPU), device_id: 0),
      ndim: Int32(rank),
      dtype: dtype.dlpack,
      shape: extents,
      strides: extents + rank,
      byte_offset: 0
    )
  }
}

private func release(_ tensor: DLTensor, holder: UnsafeMutableRawPointer?) {
  tensor.shape.deallocate()
  if let holder { Unmanaged<ExportedTensor>.fromOpaque(holder).release() }
}

extension DType {
  /// DLPack's code, and the bits of an element.
  var dlpack: DLDataType {
    let code =
      switch self {
      case .bool: kDLBool
      case .int8, .int16, .int32, .int64: kDLInt
      case .uint8, .uint16, .uint32, .uint64: kDLUInt
      case .float16, .float32, .float64: kDLFloat
      }
    return DLDataType(code: UInt8(code.rawValue), bits: UInt8(byteCount * 8), lanes: 1)
  }
}
