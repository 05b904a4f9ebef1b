import Foundation
import TabularFiles
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

  private func file(_ json: [UInt8], _ dataCount: Int) -> FileBytes {
    let length = (0..<8).map { UInt8(truncatingIfNeeded: json.count >> ($0 * 8)) }
    return FileBytes(
      length + json + Array(repeating: 9, count: dataCount),
      path: "f.safetensors"
    )
  }

  private func reason(_ file: FileBytes) -> String {
    let start = "'f.safetensors': not a valid safetensors file: "
    do throws(TensorError) {
      _ = try Safetensors(file)
      return "valid"
    } catch {
      #expect(error.kind == .format && !error.description.contains("\n"))
      #expect(error.description.hasPrefix(start))
      return String(error.description.dropFirst(start.count))
    }
  }

  @Test(arguments: [
    (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4, "claims bytes 0 to 8 of 4"),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "where byte 0 comes next"),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 8, "claims bytes 4 to 0"),
    (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 8, "4 bytes after the last"),
    (
      #"{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"#
        + #""y":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}"#, 6,
      "tensor 'y' of 4 bytes claims bytes 2 to 6 of 6, where byte 4 comes next"
    ),
    (
      #"{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"#
        + #""y":{"dtype":"U8","shape":[1],"data_offsets":[5,6]}}"#, 6, "where byte 4 comes next"
    ),
    (
      #"{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
        + #""x":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, 2, "the name 'x' twice"
    ),
    (
      #"{"x":{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}}"#, 1,
      "tensor 'x' has 'shape' twice"
    ),
    (#"{"__metadata__":{"a":"1","a":"2"}}"#, 0, "the metadata 'a' twice"),
    (#"{"__metadata__":{},"__metadata__":{}}"#, 0, "the name '__metadata__' twice"),
    (#"{"__metadata__":{"a":1}}"#, 0, #"a text expected at byte 29, found "1}}""#),
    (#"{"x":{"dtype":"F9","shape":[1],"data_offsets":[0,4]}}"#, 4, "the unknown type 'F9'"),
    (
      #"{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4,
      #"a count expected at byte 37"#
    ),
    (#"{"x":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#, 4, "a count expected"),
    (#"{"x":{"dtype":"F32","shape":[1e0],"data_offsets":[0,4]}}"#, 4, "a count expected"),
    (#"{"x":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}"#, 4, "a count expected"),
    (
      #"{"x":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}"#, 4,
      "a count expected"
    ),
    (
      #"{"x":{"dtype":"F64","shape":[0,4611686018427387904,4],"data_offsets":[0,0]}}"#, 0,
      "of shape [0, 4611686018427387904, 4] is too large"
    ),
    (
      #"{"x":{"dtype":"F64","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, 0,
      "of shape [4611686018427387904, 4] is too large"
    ),
    (
      #"{"x":{"dtype":"F64","shape":[1],"data_offsets":[0,9223372036854775807]}}"#, 8,
      "claims bytes 0 to 9223372036854775807 of 8"
    ),
    (
      #"{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}"#, 1,
      "data_offsets [0, 1, 2], not two"
    ),
    (#"{"x":{"dtype":"U8","shape":[1]}}"#, 1, "tensor 'x' has no 'data_offsets'"),
    (#"{"x":{"dtype":"U8","a":[1]}}"#, 1, "tensor 'x' has the unknown key 'a'"),
    (#"{"x":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}}"#, 1, "a byte other than 0 and 1"),
    (#"{"x\u0000":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 1, "with a NUL"),
    (#"{"\ud800":{}}"#, 0, "a surrogate pair expected"),
    (#"{"\ud800\u0041":{}}"#, 0, "half a surrogate pair"),
    (#"{"\udc00":{}}"#, 0, "half a surrogate pair"),
    (#"{"\x":{}}"#, 0, "an escape expected"), (#"{"\u12G4":{}}"#, 0, "an escape expected"),
    ("{\"a\nb\":{}}", 0, "the end of a text expected"), (#"["x"]"#, 0, "no '{' at byte 8"),
    (#" {}"#, 0, "no '{' at byte 8"), (#"{"x":1}"#, 0, "'{' expected at byte 13"),
    (#"{"x"}"#, 0, "':' expected"), (#"{"x":{}"#, 0, "tensor 'x' has no 'dtype'"),
    (#"{"__metadata__":{}"#, 0, "its header ends where ',' or '}' was expected"),
    (#"{} {}"#, 0, "the end of the header expected at byte 11"), (#"{,}"#, 0, "a text expected"),
  ])
  func refusesAHeaderThatLies(json: String, dataCount: Int, message: String) {
    let found = reason(file(Array(json.utf8), dataCount))
    #expect(found.contains(message), "\(found)")
  }

  @Test func refusesBytesThatAreNoText() {
    let json = Array("{\"x".utf8) + [0xC3, 0x28] + Array("\":{}}".utf8)
    #expect(reason(file(json, 0)) == "a text before byte 14 is not UTF-8")
  }

  @Test(arguments: ["{", "["])
  func refusesDeepNesting(bracket: String) {
    let json =
      Array(#"{"x":{"shape":"#.utf8) + Array(repeating: bracket.utf8.first ?? 0, count: 1 << 20)
    #expect(reason(file(json, 0)).contains(" expected at byte "))
  }

  @Test func refusesTruncatedFiles() {
    for bytes in [[], [1, 2, 3], [255, 0, 0, 0, 0, 0, 0, 0, 123]] as [[UInt8]] {
      #expect(reason(FileBytes(bytes, path: "f.safetensors")) != "valid")
    }
    let huge = [0x01, 0xE1, 0xF5, 0x05, 0, 0, 0, 0] as [UInt8]  // 100,000,001
    #expect(
      reason(FileBytes(huge + [123], path: "f.safetensors"))
        == "a header of 100000001 bytes in a file of 9"
    )
    let largest = Array(repeating: 0xFF, count: 8) as [UInt8]
    #expect(
      reason(FileBytes(largest, path: "f.safetensors"))
        == "a header of 18446744073709551615 bytes in a file of 8"
    )
  }

  @Test func readsEscapesAndSpaces() throws {
    let json =
      #"{ "\ud83d\ude0e\u00e4\/\"\\" : { "shape" : [ ] , "data_offsets" : [ 0 , 1 ] , "dtype":"U8" } , "#
      + "\"__metadata__\":{\"\\b\\f\\n\\r\\t\":\"\"}}  \n\r\t "
    let read = try Safetensors(file(Array(json.utf8), 1))
    #expect(try read.tensor("😎ä/\"\\", as: UInt8.self).item == 9)
    #expect(read.metadata == ["\u{8}\u{C}\n\r\t": ""])
  }

  @Test(arguments: [true, false])
  func readsWhatItWrites(mapped: Bool) throws {
    let seed = TestRandom.seed()
    var random = TestRandom(seed: seed)
    let folder = try TemporaryFolder()
    let path = folder.path("x.safetensors")
    let tensors = tensorsOfEveryType(&random)
    try Safetensors(tensors: tensors, metadata: ["k": "\u{1}ä\n"]).write(to: path)
    let read = try Safetensors(contentsOf: path, mapped: mapped)
    #expect(read.metadata == ["k": "\u{1}ä\n"])
    #expect(Set(read.tensors.keys) == Set(tensors.keys))
    for (name, tensor) in tensors {
      #expect(read.tensors[name]?.isIdentical(to: tensor) == true, "\(name), seed \(seed)")
      #expect(read.tensors[name]?.buffer.isBorrowed == mapped)
    }
  }
}
