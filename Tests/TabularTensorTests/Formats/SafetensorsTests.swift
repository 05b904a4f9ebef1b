import Foundation
import Testing

@testable import TabularTensor

struct SafetensorsTests {
  /// The layout is the format's own example, with our padding: huggingface/safetensors, README.md.
  @Test func writesTheFormatByteForByte() throws {
    let file = Safetensors(
      tensors: [
        "b": AnyTensor(Tensor<Float>([[1, 2]])), "a": AnyTensor(Tensor<Float>([3])),
        "y": AnyTensor(Tensor<Int64>([7])), "m": AnyTensor(Tensor<Bool>([true])),
      ],
      metadata: ["note": "\"q\"\n", "k": "v"]
    )
    let json =
      #"{"__metadata__":{"k":"v","note":"\"q\"\n"},"#
      + #""y":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"#
      + #""a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},"#
      + #""b":{"dtype":"F32","shape":[1,2],"data_offsets":[12,20]},"#
      + #""m":{"dtype":"BOOL","shape":[1],"data_offsets":[20,21]}}"#

    let path = FileManager.default.temporaryDirectory
      .appending(path: "\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try file.write(to: path)
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
    let header = bytes[..<(8 + (Int(bytes[0]) | Int(bytes[1]) << 8))]
    #expect(header.count % 64 == 0)
    let text = String(decoding: header[8...], as: UTF8.self)
    #expect(text.trimmingCharacters(in: .whitespaces) == json)
    #expect(
      Array(bytes[header.count...]) == [7, 0, 0, 0, 0, 0, 0, 0]
        + [0, 0, 0x40, 0x40, 0, 0, 0x80, 0x3F, 0, 0, 0, 0x40, 1]
    )
    let read = try Safetensors(contentsOf: path)
    #expect(read.metadata == file.metadata)
    #expect(try read.tensor("b", as: Float.self) == Tensor([[1, 2]]))
    #expect(try read.tensor("y", as: Int64.self) == Tensor([7]))
    #expect(try read.tensor("m", as: Bool.self) == Tensor([true]))
    #expect(Safetensors.isLikely(Array(bytes.prefix(16))))
  }

  @Test func namesWhatIsMissingOrOfAnotherType() throws {
    let file = Safetensors(tensors: ["x": AnyTensor(Tensor<Float>([1]))])
    let missing = #expect(throws: TensorError.self) { try file.tensor("y", as: Float.self) }
    #expect(missing?.description == "no tensor 'y'; there are: x")
    let other = #expect(throws: TensorError.self) { try file.tensor("x", as: Double.self) }
    #expect(other?.description == "tensor 'x': expected F64, found F32 [1]")
  }

  @Test(arguments: [
    (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4, "claims bytes 0 to 8 of 4"),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "where byte 0 comes next"),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 8, "4 bytes after the last"),
    (#"{"x":{"dtype":"F9","shape":[1],"data_offsets":[0,4]}}"#, 4, "the unknown type 'F9'"),
    (#"{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "shape [-1]"),
    (
      #"{"x":{"dtype":"F64","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, 0,
      "of shape [4611686018427387904, 4]"
    ),
    (#"{"x":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}}"#, 1, "a byte other than 0 and 1"),
    (#"["x"]"#, 0, "no '{' at byte 8"),
    (#"{"x":1}"#, 0, "not the JSON"),
  ])
  func refusesAHeaderThatLies(json: String, dataCount: Int, message: String) {
    let length = (0..<8).map { UInt8(truncatingIfNeeded: json.utf8.count >> ($0 * 8)) }
    let bytes = length + Array(json.utf8) + Array(repeating: 9, count: dataCount)
    let error = #expect(throws: TensorError.self) {
      try Safetensors(bytes: bytes, path: "f.safetensors")
    }
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    #expect(error?.description.hasPrefix("'f.safetensors': not a valid safetensors file") == true)
  }

  @Test func refusesTruncatedFiles() {
    for bytes in [[], [1, 2, 3], [255, 0, 0, 0, 0, 0, 0, 0, 123]] as [[UInt8]] {
      #expect(throws: TensorError.self) { try Safetensors(bytes: bytes, path: nil) }
    }
  }
}
