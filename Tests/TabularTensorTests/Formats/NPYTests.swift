import Foundation
import TabularFiles
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

  /// A shape that version 1 has no room for.
  @Test func writesVersion2WhereTheHeaderIsLong() throws {
    let shape = Shape(Array(repeating: 1, count: 30_000))
    let header = NPYHeader.bytes(dtype: .int8, shape: shape)
    #expect(header[6] == 2 && header.count % 64 == 0)
    let length = header[8..<12].reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(length > 90_000 && length == header.count - 12)
    #expect(try NPY.tensor(of: FileBytes(header + [7], path: "x.npy")).shape == shape)
  }

  @Test(arguments: DType.allCases, [[], [6], [2, 3], [0], [4, 0, 2]] as [Shape])
  func readsWhatItWrites(dtype: DType, shape: Shape) throws {
    let seed = TestRandom.seed()
    var random = TestRandom(seed: seed)
    let folder = try TemporaryFolder()
    let path = folder.path("x.npy")
    let tensor = randomTensor(dtype, shape, &random)
    try NPY.write(tensor, to: path)
    for mapped in [true, false] {
      let read = try NPY.read(path, mapped: mapped)
      #expect(read.isIdentical(to: tensor), "seed \(seed)")
      #expect(read.buffer.isBorrowed == mapped)
      #expect(Int(bitPattern: read.buffer.pointer) % 64 == 0)
    }
  }

  private func file(_ text: String, _ data: [UInt8], version: UInt8 = 1) -> FileBytes {
    let count = text.utf8.count
    let length = version == 1 ? [UInt8(count), 0] : [UInt8(count), 0, 0, 0]
    return FileBytes(
      NPYHeader.magic + [version, 0] + length + Array(text.utf8) + data,
      path: "x.npy"
    )
  }

  @Test(arguments: [
    ("{'descr': '>f2', 'fortran_order': False, 'shape': (3,), }", "6 bytes of data expected"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "8 bytes of data expected"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (), }x", "behind the dictionary"),
    ("{'descr': '<f4', 'fortran_order': False, }", "no 'shape'"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'shape': (1,)}", "'shape' twice"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "an extent that is no count"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1.0,), }", "no ',' or ')'"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1e0,), }", "no ',' or ')'"),
    (
      "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
      "an extent that is no count"
    ),
    (
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }",
      "the size of shape [4294967296, 4294967296] is too large"
    ),
    (
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4, 0), }",
      "is too large"
    ),
    (
      "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4611686018427387904, 4), }",
      "is too large"
    ),
    ("{'descr': '<f4', 'fortran_order': 1, 'shape': (1,), }", "no True or False"),
    ("{'descr': '|f4', 'fortran_order': False, 'shape': (1,), }", "type '|f4' is not supported"),
    ("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "type '|O' is not supported"),
    ("{'descr': '<U1', 'fortran_order': False, 'shape': (1,), }", "type '<U1' is not supported"),
    ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "a structured element"),
    ("{'descr': '<f4', 'order': False, 'shape': (1,), }", "the unknown key 'order'"),
    ("{'descr': '|b1', 'fortran_order': False, 'shape': (4,), }", "a byte other than 0 and 1"),
    ("{'descr': '<f4", "a structured element type in the header"),
    ("\n\0\u{7F}", "no dictionary in the header \"\\n\\0\\u{7F}\""),
    ("", "no dictionary"),
  ])
  func refusesAHeaderThatLies(text: String, message: String) {
    let error = #expect(throws: TensorError.self) {
      try NPY.tensor(of: file(text, [9, 9, 9, 9]))
    }
    #expect(error?.kind == .format)
    #expect(error?.description.hasPrefix("'x.npy': not a valid npy file: ") == true)
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    #expect(error?.description.contains("\n") == false)
  }

  @Test(
    arguments: [
      ([], "it has 0 bytes"), (Array("PK\u{3}\u{4}......".utf8), "no \\x93NUMPY"),
      (NPYHeader.magic + [4, 0, 0, 0], "version 4.0"),
      (NPYHeader.magic + [1, 1, 0, 0], "version 1.1"),
      (NPYHeader.magic + [2, 0, 0, 0], "it ends in its header"),
      (NPYHeader.magic + [1, 0, 2, 0, 32], "a header of 2 bytes in a file of 11"),
      (
        NPYHeader.magic + [2, 0, 255, 255, 255, 255], "a header of 4294967295 bytes in a file of 12"
      ),
    ] as [([UInt8], String)]
  )
  func refusesABeginningThatLies(bytes: [UInt8], message: String) {
    let error = #expect(throws: TensorError.self) {
      try NPY.tensor(of: FileBytes(bytes, path: "x.npy"))
    }
    #expect(error?.description == "'x.npy': not a valid npy file: \(message)")
  }

  @Test func refusesAHeaderOfMegabytes() {
    let length = [0, 0, 0x20, 0] as [UInt8]
    let bytes = NPYHeader.magic + [3, 0] + length + Array(repeating: 32, count: 1 << 21)
    let error = #expect(throws: TensorError.self) {
      try NPY.tensor(of: FileBytes(bytes, path: "x.npy"))
    }
    #expect(error?.description.contains("of which 1048576 are read") == true)
  }

  @Test func readsVersion2And3AndTheLongsOfPython2() throws {
    let text = "{'fortran_order': False, 'shape': (), 'descr': '|u1'}\n"
    for version in [2, 3] as [UInt8] {
      #expect(try Tensor<UInt8>(NPY.tensor(of: file(text, [42], version: version))).item == 42)
    }
    let long = "{'descr': '|i1', 'fortran_order': False, 'shape': (1L, 2L), }"
    #expect(try Tensor<Int8>(NPY.tensor(of: file(long, [1, 2]))) == Tensor([[1, 2]]))
  }

  @Test func swapsTheBytesOfBigEndianElements() throws {
    let text = "{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }"
    #expect(
      try Tensor<Int16>(NPY.tensor(of: file(text, [1, 2, 0xFF, 0xFE]))).scalars == [258, -2]
    )
    // 1.5 is 0x3FF8 and zeros.
    let double = "{'descr': '>f8', 'fortran_order': True, 'shape': (1,), }"
    let bytes = [0x3F, 0xF8, 0, 0, 0, 0, 0, 0] as [UInt8]
    #expect(try Tensor<Double>(NPY.tensor(of: file(double, bytes))).item == 1.5)
  }

  /// Element [i, j, k] of column-major memory stands at i + j * rows + k * rows * columns.
  @Test(
    arguments: [[2, 3], [40, 70], [1, 5], [5, 1], [3, 4, 5], [2, 1, 3, 33], [4], []] as [Shape]
  )
  func reordersFortranOrder(shape: Shape) throws {
    let strides = shape.dimensions.indices.map { shape.dimensions[..<$0].reduce(1, *) }
    func expected(_ place: Int) -> UInt16 {
      var (rest, offset) = (place, 0)
      for axis in shape.dimensions.indices.reversed() {
        offset += rest % shape[axis] * strides[axis]
        rest /= shape[axis]
      }
      return UInt16(offset)
    }
    let source = Tensor<UInt16>((0..<shape.count).map { UInt16($0) })
    let tuple = shape.dimensions.map { "\($0)," }.joined()
    let text = "{'descr': '<u2', 'fortran_order': True, 'shape': (\(tuple)), }"
    let read = try NPY.tensor(of: file(text, Array(AnyTensor(source).bytes)))
    #expect(read.shape == shape)
    #expect(try Tensor<UInt16>(read).scalars == (0..<shape.count).map(expected))
    for width in [1, 4, 8] {
      let wide = randomTensor(width == 1 ? .uint8 : width == 4 ? .int32 : .float64, shape, width)
      let moved = wide.buffer.rowMajor(shape, width: width)
      for place in 0..<shape.count {
        let from = Int(expected(place)) * width
        #expect(
          moved.bytes[(place * width)..<((place + 1) * width)]
            .elementsEqual(wide.bytes[from..<(from + width)])
        )
      }
    }
  }
}
