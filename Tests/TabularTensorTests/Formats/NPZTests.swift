import Foundation
import TabularFiles
import Testing

@testable import TabularTensor

struct NPZTests {
  @Test(arguments: [true, false], [true, false])
  func readsWhatItWrites(compressed: Bool, mapped: Bool) throws {
    let seed = TestRandom.seed()
    var random = TestRandom(seed: seed)
    let folder = try TemporaryFolder()
    let path = folder.path("x.npz")
    var tensors = tensorsOfEveryType(&random)
    // What one deflated block, or one buffer of input, cannot hold.
    tensors["large"] = randomTensor(.uint8, [700_001], &random)
    tensors["same"] = AnyTensor(Tensor<Double>(zeros: [1_000, 300]))
    try NPZ.write(tensors, to: path, compressed: compressed)
    for verifying in [true, false] {
      let read = try NPZ.read(path, mapped: mapped, verifyingChecksums: verifying)
      #expect(Set(read.keys) == Set(tensors.keys))
      for (name, tensor) in tensors {
        #expect(read[name]?.isIdentical(to: tensor) == true, "\(name), seed \(seed)")
        #expect(read[name]?.buffer.isBorrowed == (mapped && !compressed))
        #expect(read[name].map { Int(bitPattern: $0.buffer.pointer) % 64 } == 0)
      }
    }
    try NPZ.write([:], to: path, compressed: compressed)
    #expect(try NPZ.read(path, mapped: mapped).isEmpty)
  }

  @Test func equalTensorsGiveEqualBytes() throws {
    let folder = try TemporaryFolder()
    for compressed in [true, false] {
      for name in ["a", "b"] {
        var random = TestRandom(seed: 5)
        try NPZ.write(tensorsOfEveryType(&random), to: folder.path(name), compressed: compressed)
      }
      #expect(try content(folder.path("a")) == content(folder.path("b")))
    }
  }

  @Test func readsTheTensorsThatAreNamed() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("x.npz")
    let tensors = ["a": randomTensor(.int8, [3], 1), "b": randomTensor(.int8, [3], 2)]
    try NPZ.write(tensors, to: path)
    let read = try NPZ.read(path, names: ["b"])
    #expect(read.count == 1 && read["b"]?.isIdentical(to: randomTensor(.int8, [3], 2)) == true)
    let error = #expect(throws: TensorError.self) { try NPZ.read(path, names: ["c"]) }
    #expect(error?.description == "'\(path)': no tensor 'c'; there are: a, b")
  }

  /// The bytes of a file with two tensors: of int16 [2, 2], and of bool [3].
  private func sample(compressed: Bool) throws -> [UInt8] {
    let folder = try TemporaryFolder()
    let tensors = [
      "a": AnyTensor(Tensor<Int16>([[1, 2], [3, 4]])), "b": AnyTensor(Tensor([true, false, true])),
    ]
    try NPZ.write(tensors, to: folder.path("x.npz"), compressed: compressed)
    return try content(folder.path("x.npz"))
  }

  private func reason(_ bytes: [UInt8]) -> String {
    do throws(TensorError) {
      _ = try NPZ.tensors(of: FileBytes(bytes, path: "x.npz"))
      return "valid"
    } catch {
      #expect(error.kind == .format && !error.description.contains("\n"))
      #expect(error.description.contains("'x.npz"))
      return error.description
    }
  }

  private func at(_ signature: String, _ bytes: [UInt8]) -> [Int] {
    let pattern = Array(signature.utf8)
    return bytes.indices.dropLast(3).filter { bytes[$0...].starts(with: pattern) }
  }

  /// Each change is at an offset from the n-th header with a signature.
  @Test(arguments: [
    // The directory: a signature, flags, method, checksum, sizes, name, disk, offset.
    ("PK\u{1}\u{2}", 0, 1, 7, "an entry of the zip directory is damaged"),
    ("PK\u{1}\u{2}", 0, 8, 1, "\"a.npy\" is encrypted"),
    ("PK\u{1}\u{2}", 0, 8, 64, "is encrypted"),
    ("PK\u{1}\u{2}", 1, 9, 32, "\"b.npy\" is encrypted"),
    ("PK\u{1}\u{2}", 0, 8, 32, "a part of another archive"),
    ("PK\u{1}\u{2}", 0, 10, 12, "is packed by method 12; stored and deflated ones are read"),
    ("PK\u{1}\u{2}", 0, 10, 8, "has two headers that differ"),
    ("PK\u{1}\u{2}", 0, 16, 1, "has two headers that differ"),
    ("PK\u{1}\u{2}", 0, 20, 1, "is stored, but has two sizes: 1 and 136"),
    ("PK\u{1}\u{2}", 0, 23, 200, "is stored, but has two sizes"),
    ("PK\u{1}\u{2}", 0, 24, 1, "is stored, but has two sizes: 136 and 1"),
    ("PK\u{1}\u{2}", 0, 28, 4, "has two headers that differ"),
    ("PK\u{1}\u{2}", 0, 28, 200, "ends too early"),
    ("PK\u{1}\u{2}", 0, 30, 9, "damaged"), ("PK\u{1}\u{2}", 0, 32, 200, "ends too early"),
    ("PK\u{1}\u{2}", 0, 34, 1, "a part of another archive"),
    ("PK\u{1}\u{2}", 0, 45, 255, "where no header can be"),
    ("PK\u{1}\u{2}", 1, 42, 1, "is longer than the archive"),
    ("PK\u{1}\u{2}", 1, 46, 97, "the zip member \"a.npy\" is there twice"),
    ("PK\u{1}\u{2}", 0, 46, 0, "is no text"), ("PK\u{1}\u{2}", 0, 46, 255, "is no text"),
    // The header before the data.
    ("PK\u{3}\u{4}", 0, 0, 7, "the header of a zip member is damaged"),
    ("PK\u{3}\u{4}", 0, 8, 8, "has two headers that differ"),
    ("PK\u{3}\u{4}", 0, 14, 1, "has two headers that differ"),
    ("PK\u{3}\u{4}", 0, 18, 1, "has two headers that differ"),
    ("PK\u{3}\u{4}", 0, 27, 255, "is longer than the archive"),
    ("PK\u{3}\u{4}", 0, 30, 120, "has two headers that differ"),
    // The end.
    ("PK\u{5}\u{6}", 0, 0, 7, "no directory was found"),
    ("PK\u{5}\u{6}", 0, 4, 1, "over several disks"),
    ("PK\u{5}\u{6}", 0, 6, 1, "over several disks"),
    ("PK\u{5}\u{6}", 0, 8, 1, "over several disks"),
    ("PK\u{5}\u{6}", 0, 12, 9, "does not end at byte"),
    ("PK\u{5}\u{6}", 0, 16, 9, "does not end at byte"),
    ("PK\u{5}\u{6}", 0, 19, 255, "does not end at byte"),
    ("PK\u{5}\u{6}", 0, 20, 1, "no directory was found"),
  ])
  func refusesAnArchiveThatLies(
    signature: String,
    number: Int,
    offset: Int,
    value: UInt8,
    message: String
  ) throws {
    var bytes = try sample(compressed: false)
    #expect(reason(bytes) == "valid")
    bytes[at(signature, bytes)[number] + offset] = value
    let found = reason(bytes)
    #expect(found.contains(message), "\(found)")
  }

  @Test func refusesNumbersOfMembersThatDiffer() throws {
    var bytes = try sample(compressed: false)
    let end = at("PK\u{5}\u{6}", bytes)[0]
    for (count, message) in [
      (1 as UInt8, "bytes behind the last entry"), (3, "3 members in a zip directory of 102 bytes"),
    ] {
      (bytes[end + 8], bytes[end + 10]) = (count, count)
      #expect(reason(bytes).contains(message))
    }
  }

  @Test(arguments: [true, false])
  func refusesDataThatAreDamaged(compressed: Bool) throws {
    let sample = try sample(compressed: compressed)
    let data = (at("PK\u{3}\u{4}", sample)[1]..<at("PK\u{1}\u{2}", sample)[0]).dropFirst(65)
    var reasons: [String] = []
    for place in data {
      var bytes = sample
      bytes[place] ^= 0x10
      reasons.append(reason(bytes))
      #expect(reasons.last != "valid", "byte \(place)")
    }
    #expect(reasons.contains { $0.contains("\"b.npy\" has another checksum than its header") })
    // Every beginning of a file.
    for count in 0..<sample.count { #expect(reason(Array(sample.prefix(count))) != "valid") }
    #expect(reason(sample + [0]).contains("no directory was found"))
    #expect(reason([0] + sample).contains("does not end at byte"))
  }

  @Test func refusesWhatIsNoArrayUnlessOthersAreNamed() throws {
    var bytes = try sample(compressed: false)
    bytes[at("PK\u{1}\u{2}", bytes)[1] + 50] = UInt8(ascii: "x")
    bytes[at("PK\u{3}\u{4}", bytes)[1] + 34] = UInt8(ascii: "x")
    #expect(reason(bytes).contains("'b.npx' in it is no npy file"))
    let file = FileBytes(bytes, path: "x.npz")
    #expect(try NPZ.tensors(of: file, names: ["a"])["a"]?.shape == [2, 2])
  }

  @Test func refusesMembersThatOverlap() throws {
    var bytes = try sample(compressed: false)
    let (local, central) = (at("PK\u{3}\u{4}", bytes), at("PK\u{1}\u{2}", bytes))
    // The second member's header stands in the first one's name.
    let inside = local[0] + 66
    bytes[inside..<(inside + 128)] = bytes[local[1]..<(local[1] + 128)]
    bytes[central[1] + 42] = UInt8(inside)
    bytes[central[1] + 43] = 0
    #expect(reason(bytes).contains("the zip member 'b.npy' overlaps another one"))
  }

  /// 1 GiB is claimed of some bytes, and of more bytes than there can be memory for.
  @Test func refusesBombsBeforeItAllocates() throws {
    var bytes = try sample(compressed: true)
    for (offset, header) in [(22, "PK\u{3}\u{4}"), (24, "PK\u{1}\u{2}")] {
      bytes[at(header, bytes)[0] + offset + 3] = 0x40
    }
    #expect(reason(bytes).contains("\"a.npy\" cannot unpack from "))
    // A size that deflated data might have, where the npy header within tells another.
    bytes = try sample(compressed: true)
    for (offset, header) in [(22, "PK\u{3}\u{4}"), (24, "PK\u{1}\u{2}")] {
      bytes[at(header, bytes)[0] + offset + 1] = 1
    }
    #expect(
      reason(bytes)
        == "'x.npz': 'a.npy' in it is not a valid npy file: 8 bytes of data expected for [2, 2], 264 found"
    )
  }

  /// Comments, of the archive and of members, and what other tools write besides.
  @Test func readsCommentsAndForeignFields() throws {
    var bytes = try sample(compressed: false)
    let end = at("PK\u{5}\u{6}", bytes)[0]
    bytes[end + 20] = 8
    bytes += Array("PK\u{5}\u{6}....".utf8)
    #expect(reason(bytes) == "valid")
    let central = at("PK\u{1}\u{2}", bytes)[1]
    bytes[central + 32] = 3
    bytes.insert(contentsOf: Array("ha!".utf8), at: end)
    bytes[end + 3 + 12] += 3
    #expect(reason(bytes) == "valid")
  }
}
