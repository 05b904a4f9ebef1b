import Foundation
import TabularFiles
import Testing

@testable import TabularTensor

struct MappedTensorTests {
  @Test func writingAMappedTensorCopiesIt() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("x.safetensors")
    try Safetensors(tensors: ["x": AnyTensor(Tensor<Float>([1, 2, 3]))]).write(to: path)
    let before = try content(path)
    // The only holder of its buffer: without the copy, writing would end the process.
    var tensor = try Safetensors(contentsOf: path).tensor("x", as: Float.self)
    #expect(tensor.buffer.isBorrowed)
    tensor.withUnsafeMutableScalars { $0[1] = 9 }
    #expect(tensor.scalars == [1, 9, 3] && !tensor.buffer.isBorrowed)
    let address = tensor.buffer.pointer
    tensor.withUnsafeMutableScalars { $0[2] = 8 }
    #expect(tensor.scalars == [1, 9, 8] && tensor.buffer.pointer == address)
    #expect(try content(path) == before)
  }

  @Test func aMappingOutlivesItsFileAndItsReader() throws {
    var tensors: [AnyTensor] = []
    do {
      let folder = try TemporaryFolder()
      let large = Tensor<Double>((0..<10_000).map { Double($0) })
      try NPY.write(large, to: folder.path("a"))
      tensors.append(try NPY.read(folder.path("a")))
      try NPZ.write(
        ["x": AnyTensor(large), "y": AnyTensor(Tensor<Int8>([7]))],
        to: folder.path("b")
      )
      tensors += try NPZ.read(folder.path("b")).sorted { $0.key < $1.key }.map(\.value)
    }
    #expect(tensors.allSatisfy { $0.buffer.isBorrowed })
    #expect(try Tensor<Double>(tensors[0])[9_999] == 9_999)
    #expect(try Tensor<Double>(tensors[1]).sum() == 49_995_000)
    #expect(try Tensor<Int8>(tensors[2]).scalars == [7])
  }

  /// Files of others: a header of any length stands before the elements.
  @Test(arguments: DType.allCases)
  func elementsThatAreNotAlignedAreCopied(dtype: DType) throws {
    let folder = try TemporaryFolder()
    let tensor = randomTensor(dtype, [3], 4)
    for padding in 0..<8 {
      let json =
        "{\"x\":{\"dtype\":\"\(dtype.rawValue)\",\"shape\":[3],\"data_offsets\":[0,\(tensor.byteCount)]}}"
        + String(repeating: " ", count: padding)
      let length = (0..<8).map { UInt8(truncatingIfNeeded: json.utf8.count >> ($0 * 8)) }
      let path = folder.path("\(padding)")
      try writeFile(length + Array(json.utf8) + Array(tensor.bytes), to: path)
      let read = try #require(try Safetensors(contentsOf: path).tensors["x"])
      #expect(read.isIdentical(to: tensor))
      #expect(read.buffer.isBorrowed == ((8 + json.utf8.count) % dtype.byteCount == 0))
    }
  }

  @Test func namesTheFileThatCannotBeRead() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("none")
    for mapped in [true, false] {
      let reads: [() throws -> Void] = [
        { _ = try NPY.read(path, mapped: mapped) }, { _ = try NPZ.read(path, mapped: mapped) },
        { _ = try Safetensors(contentsOf: path, mapped: mapped) },
      ]
      for read in reads {
        let error = #expect(throws: TensorError.self) { try read() }
        #expect(error?.kind == .file)
        #expect(error?.description == "cannot open '\(path)': No such file or directory")
      }
    }
  }
}
