import Foundation
import Testing

@testable import TabularTensor

struct NPYTests {
  /// As `numpy.save` writes `numpy.array([[1, 2, 3]], dtype="<f4")`: numpy/lib/format.py.
  @Test func writesTheFormatByteForByte() {
    let header = NPYHeader.bytes(dtype: .float32, shape: [1, 3])
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }"
    #expect(header.count == 128 && header.count % 64 == 0)
    #expect(Array(header[..<10]) == [0x93, 78, 85, 77, 80, 89, 1, 0, 118, 0])
    #expect(String(decoding: header[10..<(10 + text.utf8.count)], as: UTF8.self) == text)
    #expect(header.last == 10)
    let vector = String(decoding: NPYHeader.bytes(dtype: .int64, shape: [5])[10...], as: UTF8.self)
    #expect(vector.contains("'shape': (5,), }"))
  }

  @Test(arguments: DType.allCases)
  func readsWhatItWrites(dtype: DType) throws {
    let buffer = Buffer(zeroed: 6 * dtype.byteCount)
    for i in 0..<6 {
      buffer.pointer.storeBytes(of: 1, toByteOffset: i * dtype.byteCount, as: UInt8.self)
    }
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).npy")
      .path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try NPY.write(AnyTensor(dtype: dtype, shape: [2, 3], buffer: buffer), to: path)
    let read = try NPY.read(path)
    #expect(read.dtype == dtype && read.shape == [2, 3])
    #expect(read.bytes.elementsEqual(buffer.bytes))
  }

  @Test(arguments: [
    ("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", "Fortran order"),
    ("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", "element type '>f4'"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "8 bytes of data expected"),
    ("{'descr': '<f4', 'fortran_order': False, }", "header"),
    ("garbage", "header"),
  ])
  func refusesAHeaderThatLies(text: String, message: String) {
    let bytes =
      NPYHeader.magic + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8) + [0, 0, 0, 0]
    let error = #expect(throws: TensorError.self) { try NPY.tensor(from: bytes, path: nil) }
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
  }

  @Test func readsVersion2And3() throws {
    let text = "{'fortran_order': False, 'shape': (), 'descr': '|u1'}\n"
    for version in [2, 3] as [UInt8] {
      let bytes =
        NPYHeader.magic + [version, 0, UInt8(text.utf8.count), 0, 0, 0] + Array(text.utf8) + [42]
      #expect(try Tensor<UInt8>(NPY.tensor(from: bytes, path: nil)).item == 42)
    }
  }
}
