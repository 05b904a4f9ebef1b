import Foundation
import Testing

@testable import TabularTensor

struct TensorFileWriterTests {
  /// Writes tensors in random pieces, those of one among those of others.
  private func writeInPieces(
    _ tensors: [String: AnyTensor],
    as format: TensorFileFormat,
    metadata: [String: String] = [:],
    to path: String,
    _ random: inout TestRandom
  ) throws {
    let list = tensors.shuffled(using: &random)
    var file = try TensorFileWriter(
      path: path,
      format: format,
      entries: list.map { .init(name: $0.key, dtype: $0.value.dtype, shape: $0.value.shape) },
      metadata: metadata
    )
    var done = list.map { _ in 0 }
    while let entry = list.indices.filter({ done[$0] < list[$0].value.byteCount })
      .randomElement(using: &random)
    {
      let rest = list[entry].value.bytes[done[entry]...]
      let piece = UnsafeRawBufferPointer(
        rebasing: rest.prefix(.random(in: 0...100, using: &random))
      )
      try file.append(piece, to: entry)
      done[entry] += piece.count
    }
    try file.commit()
  }

  @Test func piecesGiveTheBytesOfTheWhole() throws {
    let seed = TestRandom.seed()
    var random = TestRandom(seed: seed)
    let folder = try TemporaryFolder()
    for round in 0..<4 {
      let tensors = round == 0 ? [:] : tensorsOfEveryType(&random)
      let metadata = ["k": "v", "rows": "\(round)"]
      try Safetensors(tensors: tensors, metadata: metadata).write(to: folder.path("a"))
      try writeInPieces(
        tensors,
        as: .safetensors,
        metadata: metadata,
        to: folder.path("b"),
        &random
      )
      #expect(try content(folder.path("a")) == content(folder.path("b")), "seed \(seed)")
      try NPZ.write(tensors, to: folder.path("a"))
      try writeInPieces(tensors, as: .npz, to: folder.path("b"), &random)
      #expect(try content(folder.path("a")) == content(folder.path("b")), "seed \(seed)")
      guard let (name, tensor) = tensors.randomElement(using: &random) else { continue }
      try NPY.write(tensor, to: folder.path("a"))
      try writeInPieces([name: tensor], as: .npy, to: folder.path("b"), &random)
      #expect(try content(folder.path("a")) == content(folder.path("b")), "seed \(seed)")
    }
    #expect(folder.contents == ["a", "b"])
  }

  @Test(arguments: TensorFileFormat.allCases)
  func refusesTooFewAndTooManyBytes(format: TensorFileFormat) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("out")
    func write(_ counts: [Int]) -> String? {
      do throws(TensorError) {
        var file = try TensorFileWriter(
          path: path,
          format: format,
          entries: [.init(name: "x", dtype: .float32, shape: [2, 2])]
        )
        for count in counts {
          let bytes = Buffer(zeroed: count)
          try file.append(bytes.bytes, to: 0)
        }
        try file.commit()
        return nil
      } catch {
        return error.description
      }
    }
    #expect(write([8, 4]) == "'\(path)': tensor 'x': 12 bytes for [2, 2], which takes 16")
    #expect(write([8, 9]) == "'\(path)': tensor 'x': 17 bytes for [2, 2], which takes 16")
    #expect(folder.contents == [])
    #expect(write([8, 0, 8]) == nil)
    #expect(folder.contents == ["out"])
  }

  @Test func refusesWhatAFormatCannotHold() {
    func reason(_ format: TensorFileFormat, _ names: [String]) -> String? {
      do throws(TensorError) {
        _ = try TensorFileWriter(
          path: "/dev/null",
          format: format,
          entries: names.map { .init(name: $0, dtype: .int8, shape: []) }
        )
        return nil
      } catch {
        return error.description
      }
    }
    #expect(reason(.npy, ["a", "b"]) == "an npy file holds one tensor, not 2")
    #expect(reason(.safetensors, ["a", "a"]) == "two tensors of the name 'a' for one file")
    #expect(reason(.safetensors, ["__metadata__"])?.contains("keeps for text") == true)
    #expect(reason(.npz, ["a\0b"]) == "a name that npz cannot hold: \"a\\0b\"")
    let long = String(repeating: "n", count: 70_000)
    #expect(reason(.npz, [long])?.hasPrefix("a name that npz cannot hold: \"nnn") == true)
  }

  /// A pipe takes tensors in the order of the file.
  @Test func writesAPipe() throws {
    let folder = try TemporaryFolder()
    let tensors = [
      "x": AnyTensor(Tensor<Float>([[1, 2], [3, 4]])), "n": AnyTensor(Tensor<Float>(zeros: [0])),
      "y": AnyTensor(Tensor<Int64>([5, 6])),
    ]
    for format in [TensorFileFormat.safetensors, .npz] {
      try TensorFileWriter.write(tensors, as: format, to: folder.path("whole"))
      let pipe = Pipe()
      let path = "/dev/fd/\(pipe.fileHandleForWriting.fileDescriptor)"
      try TensorFileWriter.write(tensors, as: format, to: path)
      try pipe.fileHandleForWriting.close()
      let bytes = try pipe.fileHandleForReading.readToEnd().map { [UInt8]($0) }
      #expect(try bytes == content(folder.path("whole")))
    }
    func reason(_ format: TensorFileFormat, _ order: [Int]) -> String? {
      do throws(TensorError) {
        var file = try TensorFileWriter(
          path: "/dev/null",
          format: format,
          entries: [
            .init(name: "a", dtype: .int8, shape: [2]), .init(name: "b", dtype: .int8, shape: [2]),
          ]
        )
        let byte = Buffer(zeroed: 1)
        for entry in order { try file.append(byte.bytes, to: entry) }
        try file.append(UnsafeRawBufferPointer(start: nil, count: 0), to: 0)
        try file.commit()
        return nil
      } catch {
        return error.description
      }
    }
    #expect(reason(.safetensors, [0, 0, 1, 1]) == nil)
    let unordered =
      "cannot write '/dev/null': it is no regular file, so 'a' must come whole before other tensors"
    #expect(reason(.safetensors, [0, 1]) == unordered)
    #expect(reason(.safetensors, [1]) == unordered)
    #expect(reason(.npz, [])?.hasSuffix("piece by piece must be a regular file") == true)
  }

  @Test func saysThatADiskIsFull() {
    let tensor = AnyTensor(Tensor<Float>([1, 2]))
    let writes: [() throws -> Void] = [
      { try NPY.write(tensor, to: "/dev/full") }, { try NPZ.write(["x": tensor], to: "/dev/full") },
      { try NPZ.write(["x": tensor], to: "/dev/full", compressed: true) },
      { try Safetensors(tensors: ["x": tensor]).write(to: "/dev/full") },
    ]
    for write in writes {
      let error = #expect(throws: TensorError.self) { try write() }
      #expect(error?.description == "cannot write '/dev/full': No space left on device")
    }
  }
}
