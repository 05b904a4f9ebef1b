import CTabularABI
import Foundation
import Testing

@testable import TabularTensor

@Suite struct DLPackTests {
  /// Runs what hands tensors out, after which none may be left.
  private func deletingAll(_ body: () throws -> Void) rethrows {
    let ledger = ExportLedger()
    try ExportLedger.$current.withValue(ledger) { try body() }
    #expect(ledger.total > 0 && ledger.count == 0, "tensors that nobody deleted")
  }

  @Test func aTensorIsHandedOutWithoutACopy() {
    deletingAll {
      let tensor = Tensor<Float>([[1, 2, 3], [4, 5, 6]])
      let export = tensor.exportDLPack()
      let managed = export.pointee
      #expect(managed.version.major == 1 && managed.version.minor == 1)
      let dl = managed.dl_tensor
      #expect(dl.data == tensor.buffer.pointer && dl.byte_offset == 0)
      #expect(dl.device.device_type == 1 && dl.device.device_id == 0)
      #expect(dl.dtype.code == 2 && dl.dtype.bits == 32 && dl.dtype.lanes == 1)
      #expect(dl.ndim == 2 && (0..<2).map { dl.shape[$0] } == [2, 3])
      // In elements, not in bytes.
      #expect((0..<2).map { dl.strides[$0] } == [3, 1])
      managed.deleter(export)
    }
  }

  /// DLPack's codes: int 0, uint 1, float 2, bool 6 (`dmlc/dlpack`, `DLDataTypeCode`).
  @Test func elementTypesHaveTheirCodes() {
    let codes: [DType: (UInt8, UInt8)] = [
      .bool: (6, 8), .uint8: (1, 8), .int8: (0, 8), .int16: (0, 16), .uint16: (1, 16),
      .float16: (2, 16), .int32: (0, 32), .uint32: (1, 32), .float32: (2, 32), .int64: (0, 64),
      .uint64: (1, 64), .float64: (2, 64),
    ]
    for dtype in DType.allCases {
      let type = dtype.dlpack
      #expect(codes[dtype]! == (type.code, type.bits) && type.lanes == 1, "\(dtype)")
    }
  }

  @Test func onlyWhatNobodyElseHoldsMayBeWritten() {
    deletingAll {
      let shared = Tensor<Int64>([1, 2, 3])
      let export = shared.exportDLPack()
      #expect(export.pointee.flags == 1)
      #expect(shared.scalars == [1, 2, 3])
      export.pointee.deleter(export)

      let alone = Tensor<Int64>([1, 2, 3])
      let given = (consume alone).exportDLPack()
      #expect(given.pointee.flags == 0)
      given.pointee.deleter(given)
      let erased = AnyTensor(Tensor<Bool>([true])).exportDLPack()
      #expect(erased.pointee.flags == 0)
      erased.pointee.deleter(erased)
    }
  }

  /// A consumer reads what was handed out, whatever the tensor becomes.
  @Test func writingAnExportedTensorCopiesIt() {
    deletingAll {
      var tensor = Tensor<Int64>([1, 2, 3])
      let export = tensor.exportDLPack()
      tensor.withUnsafeMutableScalars { $0[0] = 9 }
      let data = export.pointee.dl_tensor.data.assumingMemoryBound(to: Int64.self)
      #expect(data[0] == 1 && tensor[0] == 9)
      export.pointee.deleter(export)
    }
  }

  @Test func olderConsumersGetACopyOfWhatIsShared() {
    deletingAll {
      let shared = Tensor<Double>([[0.5], [1.5]])
      let copy = shared.exportLegacyDLPack()
      let dl = copy.pointee.dl_tensor
      #expect(dl.data != shared.buffer.pointer && dl.ndim == 2)
      #expect(dl.data.assumingMemoryBound(to: Double.self)[1] == 1.5)
      copy.pointee.deleter(copy)

      let alone = Tensor<Double>([0.5])
      let address = alone.buffer.pointer
      let given = (consume alone).exportLegacyDLPack()
      #expect(given.pointee.dl_tensor.data == address)
      given.pointee.deleter(given)
    }
  }

  @Test func aVersionedTensorBecomesALegacyOne() throws {
    try deletingAll {
      let alone = AnyTensor(Tensor<Double>([0.5])).exportDLPack()
      let address = alone.pointee.dl_tensor.data
      let legacy = try legacyDLPack(alone)
      #expect(legacy.pointee.dl_tensor.data == address)
      legacy.pointee.deleter(legacy)

      let shared = Tensor<Double>([0.5])
      let copy = try legacyDLPack(shared.exportDLPack())
      #expect(copy.pointee.dl_tensor.data != shared.buffer.pointer)
      copy.pointee.deleter(copy)
    }
  }

  @Test(arguments: [[], [0], [3], [2, 0, 4], [2, 1, 3]])
  func shapesComeBack(extents: [Int]) throws {
    try deletingAll {
      let shape = Shape(extents)
      let tensor = Tensor<Int32>(shape: shape, (0..<Int32(shape.count)).map { $0 * 7 })
      let back = try AnyTensor(importingDLPack: tensor.exportDLPack())
      #expect(try Tensor<Int32>(back) == tensor && back.shape == shape)
      let legacy = try AnyTensor(importingLegacyDLPack: tensor.exportLegacyDLPack())
      #expect(try Tensor<Int32>(legacy) == tensor)
    }
  }

  @Test func anImportedTensorIsSharedUntilItIsWritten() throws {
    try deletingAll {
      let tensor = Tensor<Int64>([1, 2, 3])
      var back = try Tensor<Int64>(AnyTensor(importingDLPack: tensor.exportDLPack()))
      #expect(back.buffer.pointer == tensor.buffer.pointer)
      back.withUnsafeMutableScalars { $0[0] = 9 }
      #expect(tensor[0] == 1 && back[0] == 9)
    }
  }

  @Test func deletersRunOnOtherThreads() throws {
    deletingAll {
      nonisolated(unsafe) let export = Tensor<Float>([1]).exportDLPack()
      let done = DispatchSemaphore(value: 0)
      Thread {
        export.pointee.deleter(export)
        done.signal()
      }
      .start()
      done.wait()
    }
  }

  /// What a foreign producer hands out, of elements 0, 1, 2, ...
  private func foreign(
    shape: [Int64],
    strides: [Int64]?,
    elements: Int,
    _ change: (inout DLManagedTensorVersioned) -> Void = { _ in }
  ) -> (tensor: UnsafeMutablePointer<DLManagedTensorVersioned>, deleted: () -> Int) {
    final class Context {
      var deleted = 0
      var memory: [UnsafeMutableRawPointer] = []
      func hold<Value>(_ values: [Value]) -> UnsafeMutablePointer<Value> {
        let pointer = UnsafeMutablePointer<Value>.allocate(capacity: max(values.count, 1))
        pointer.initialize(from: values, count: values.count)
        memory.append(UnsafeMutableRawPointer(pointer))
        return pointer
      }
    }
    let context = Context()
    let tensor = UnsafeMutablePointer<DLManagedTensorVersioned>.allocate(capacity: 1)
    var managed = DLManagedTensorVersioned()
    managed.version = DLPackVersion(major: 1, minor: 3)
    managed.manager_ctx = Unmanaged.passRetained(context).toOpaque()
    managed.dl_tensor.data = .init(context.hold((0..<Int16(elements)).map { $0 }))
    managed.dl_tensor.device = DLDevice(device_type: 1, device_id: 0)
    managed.dl_tensor.ndim = Int32(shape.count)
    managed.dl_tensor.dtype = DLDataType(code: 0, bits: 16, lanes: 1)
    managed.dl_tensor.shape = context.hold(shape)
    managed.dl_tensor.strides = strides.map(context.hold)
    managed.deleter = { tensor in
      guard let tensor else { return }
      let context = Unmanaged<Context>.fromOpaque(tensor.pointee.manager_ctx).takeRetainedValue()
      context.deleted += 1
      context.memory.forEach { $0.deallocate() }
      context.memory = []
      tensor.deallocate()
    }
    change(&managed)
    tensor.initialize(to: managed)
    return (tensor, { context.deleted })
  }

  @Test func stridesAreFollowed() throws {
    let cases: [([Int64], [Int64]?, Int, [Int16])] = [
      ([2, 3], nil, 6, [0, 1, 2, 3, 4, 5]),
      ([2, 3], [1, 2], 6, [0, 2, 4, 1, 3, 5]),
      ([2, 2], [4, 1], 8, [0, 1, 4, 5]),
      ([3], [0], 1, [0, 0, 0]),
      ([1, 3], [77, 1], 3, [0, 1, 2]),
    ]
    for (shape, strides, elements, expected) in cases {
      let (tensor, deleted) = foreign(shape: shape, strides: strides, elements: elements)
      do {
        let found = try Tensor<Int16>(AnyTensor(importingDLPack: tensor))
        #expect(found.scalars == expected && found.shape == Shape(shape.map { Int($0) }))
      }
      #expect(deleted() == 1)
    }
    let (tensor, deleted) = foreign(shape: [2], strides: nil, elements: 4) {
      $0.dl_tensor.byte_offset = 4
    }
    do {
      #expect(try Tensor<Int16>(AnyTensor(importingDLPack: tensor)).scalars == [2, 3])
    }
    #expect(deleted() == 1)
  }

  @Test func whatIsNoTensorHereIsRefusedAndDeletedOnce() {
    let cases: [(String, (inout DLManagedTensorVersioned) -> Void)] = [
      ("a DLPack tensor of version 2.3; expected 1", { $0.version.major = 2 }),
      (
        "a DLPack tensor on device kind 2; copy it to the processor first",
        { $0.dl_tensor.device.device_type = 2 }
      ),
      ("a DLPack tensor of type code 4, 16 bits, 1 lanes", { $0.dl_tensor.dtype.code = 4 }),
      ("a DLPack tensor of type code 0, 16 bits, 2 lanes", { $0.dl_tensor.dtype.lanes = 2 }),
      ("a DLPack tensor of -1 dimensions without extents", { $0.dl_tensor.ndim = -1 }),
      ("a DLPack tensor of shape [-2, 3]", { $0.dl_tensor.shape[0] = -2 }),
      (
        "a DLPack tensor of shape [9223372036854775807, 3]", { $0.dl_tensor.shape[0] = .max }
      ),
      ("a DLPack tensor of 12 bytes at no address", { $0.dl_tensor.data = nil }),
      (
        "a DLPack tensor is bool and holds a byte other than 0 and 1",
        {
          $0.dl_tensor.dtype = DLDataType(code: 6, bits: 8, lanes: 1)
        }
      ),
    ]
    for (expected, change) in cases {
      let (tensor, deleted) = foreign(shape: [2, 3], strides: nil, elements: 6, change)
      do {
        _ = try AnyTensor(importingDLPack: tensor)
        Issue.record("\(expected): no error")
      } catch {
        #expect(error.message == expected)
      }
      #expect(deleted() == 1)
    }
  }
}
