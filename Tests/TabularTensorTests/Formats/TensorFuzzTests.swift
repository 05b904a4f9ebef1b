import Foundation
import TabularFiles
import Testing

@testable import TabularTensor

/// Mutated files of tensors: no crash, mapped and read give the same, what is accepted holds what
/// its shape says and no more than its file can, and is the same after it is written and read.
///
/// `TABULAR_FUZZ_SECONDS=600` lengthens each test. The input at hand is in a file whose path is
/// printed then, and which stays when the process crashes.
struct TensorFuzzTests {
  private typealias Outcome = Result<[String: AnyTensor], TensorError>

  @Test func safetensors() throws {
    var random = TestRandom(seed: 1)
    let folder = try TemporaryFolder()
    var corpus: [[UInt8]] = []
    for (number, tensors) in [[:], some(&random), tensorsOfEveryType(&random)].enumerated() {
      try Safetensors(tensors: tensors, metadata: number == 1 ? ["k": "ä\n\u{1}"] : [:])
        .write(to: folder.path("x"))
      corpus.append(try content(folder.path("x")))
    }
    try fuzz(
      corpus,
      tokens: [
        "{", "}", "[", "]", ":", ",", "\"", "\\", "\\u0000", "\\ud800", "\"dtype\"", "\"shape\"",
        "\"data_offsets\"", "\"__metadata__\":{}", "\"F32\"", "\"BOOL\"", "0", "1", "-1", "1e3",
        "8",
        "9223372036854775807", "9223372036854775808", "  ", "\n", "[[[[", "{\"a\":{\"a\":{",
      ],
      read: { path, mapped in try Safetensors(contentsOf: path, mapped: mapped).tensors },
      write: { tensors, path in try Safetensors(tensors: tensors).write(to: path) }
    )
  }

  @Test func npy() throws {
    try fuzz(
      npyFiles(),
      tokens: Self.npyTokens,
      read: { path, mapped in ["x": try NPY.read(path, mapped: mapped)] },
      write: { tensors, path in
        for tensor in tensors.values { try NPY.write(tensor, to: path) }
      }
    )
  }

  @Test func npz() throws {
    var random = TestRandom(seed: 3)
    let folder = try TemporaryFolder()
    var corpus = [Self.savez, Self.streamed].compactMap { text in
      Data(base64Encoded: text).map { [UInt8]($0) }
    }
    for compressed in [true, false] {
      for tensors in [[:], some(&random), tensorsOfEveryType(&random)] {
        try NPZ.write(tensors, to: folder.path("x"), compressed: compressed)
        corpus.append(try content(folder.path("x")))
      }
    }
    let inner = try npyFiles()
    for verifying in [true, false] {
      try fuzz(
        corpus,
        tokens: [
          "PK\u{1}\u{2}", "PK\u{3}\u{4}", "PK\u{5}\u{6}", "PK\u{6}\u{6}", "PK\u{6}\u{7}", ".npy",
          "\0",
        ],
        share: 0.5,
        // An archive in order, around an npy file that is not.
        make: { random in
          guard Bool.random(using: &random) else { return nil }
          let file = Self.mutated(inner, Self.npyTokens.map { Array($0.utf8) }, &random)
          let packed = file.withUnsafeBytes { deflated([$0]) }
          let isStored = Bool.random(using: &random)
          let entry = ZipEntry(
            name: "x.npy",
            method: isStored ? .stored : .deflated,
            size: file.count,
            packedSize: isStored ? file.count : packed.count,
            checksum: file.withUnsafeBytes { crc32(of: $0) },
            offset: 0
          )
          let start = entry.localHeader() + (isStored ? file : packed)
          return start + ZipEntry.directory(of: [entry], at: start.count)
        },
        read: { path, mapped in
          try NPZ.read(path, mapped: mapped, verifyingChecksums: verifying)
        },
        write: { tensors, path in
          try NPZ.write(tensors, to: path, compressed: tensors.count % 2 == 0)
        }
      )
    }
  }
}

// Inputs.
extension TensorFuzzTests {
  /// `numpy.savez` of int16 [0, 1].
  private static let savez = """
    UEsDBC0AAAAAAAAAIQA7BhSp//////////8FABQAeC5ucHkBABAAhAAAAAAAAACEAAAAAAAAAJNOVU1QWQEAdgB7J2\
    Rlc2NyJzogJzxpMicsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCksIH0gICAgICAgICAgICAg\
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAABAFBLAQItAy0AAAAAAAAAIQ\
    A7BhSphAAAAIQAAAAFAAAAAAAAAAAAAACAAQAAAAB4Lm5weVBLBQYAAAAAAQABADMAAAC7AAAAAAA=
    """

  /// `numpy.savez_compressed` of [True, False], written to a pipe.
  private static let streamed = """
    UEsDBC0ACAAIAAAAIQAAAAAA//////////8FABQAeC5ucHkBABAAAAAAAAAAAAAAAAAAAAAAAJvsF+obEMnIUMZQrZ\
    6SWpxcpG6loF6TZKiuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6mjoKtQoUAC5GBgBQSwcI7hm7XUYA\
    AAAAAAAAggAAAAAAAABQSwECLQMtAAgACAAAACEA7hm7XUYAAACCAAAABQAAAAAAAAAAAAAAgAEAAAAAeC5ucHlQSw\
    UGAAAAAAEAAQAzAAAAlQAAAAAA
    """

  private func some(_ random: inout TestRandom) -> [String: AnyTensor] {
    [
      "a": randomTensor(.float32, [2, 3], &random), "b": randomTensor(.bool, [5], &random),
      "c": randomTensor(.int64, [], &random), "d": randomTensor(.uint16, [0, 4], &random),
    ]
  }

  private static let npyTokens = [
    "{", "}", "(", ")", ",", "'", "\"", "'descr'", "'shape'", "'fortran_order'", "True", "False",
    "L",
    "'<f4'", "'>i8'", "'|b1'", "'|u1'", "'|O'", "1", "0", "-1", "1.0", "9223372036854775807",
    "9223372036854775808", "(2, 3)", "(,)", "4294967296, 4294967296", " ", "\n", "\u{93}NUMPY",
  ]

  private func npyFiles() throws -> [[UInt8]] {
    var random = TestRandom(seed: 2)
    let folder = try TemporaryFolder()
    var corpus: [[UInt8]] = []
    for tensor in tensorsOfEveryType(&random).values {
      try NPY.write(tensor, to: folder.path("x"))
      corpus.append(try content(folder.path("x")))
    }
    for (text, size) in [
      ("{'descr': '>f4', 'fortran_order': True, 'shape': (2, 3), }", 24),
      ("{'shape': (3, 2, 4), 'fortran_order': True, 'descr': '<i2'}\n", 48),
      ("{'descr': '|b1', 'fortran_order': False, 'shape': (2L,)}", 2),
    ] {
      for version in [1, 2, 3] as [UInt8] {
        let length = [UInt8(text.utf8.count), 0] + (version == 1 ? [] : [0, 0])
        let data = (0..<size).map { UInt8($0 % 2) }
        corpus.append(NPYHeader.magic + [version, 0] + length + Array(text.utf8) + data)
      }
    }
    return corpus.sorted { $0.lexicographicallyPrecedes($1) }
  }

  private static func mutated(
    _ corpus: [[UInt8]],
    _ tokens: [[UInt8]],
    _ random: inout TestRandom
  ) -> [UInt8] {
    var bytes = corpus.randomElement(using: &random) ?? []
    for _ in 0..<Int.random(in: 0...4, using: &random) {
      let place = Int.random(in: 0...bytes.count, using: &random)
      let end = min(bytes.count, place + Int.random(in: 0...20, using: &random))
      switch Int.random(in: 0..<8, using: &random) {
      case 0: bytes.removeSubrange(place..<end)
      case 1 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 2 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
      case 3:
        let width = [1, 2, 4, 8].randomElement(using: &random) ?? 1
        guard place + width <= bytes.count else { break }
        let numbers: [UInt64] = [
          0, 1, 63, 64, 0x7FFF_FFFF, 0xFFFF_FFFF, 0x7FFF_FFFF_FFFF_FFFF, .max, UInt64(bytes.count),
          UInt64(place),
        ]
        let number = numbers.randomElement(using: &random) ?? 0
        for i in 0..<width { bytes[place + i] = UInt8(truncatingIfNeeded: number >> (i * 8)) }
      case 4:
        let other = corpus.randomElement(using: &random) ?? []
        let start = Int.random(in: 0...other.count, using: &random)
        bytes.replaceSubrange(place..<end, with: other[start...].prefix(100))
      case 5: bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
      case 6: bytes.replaceSubrange(place..<end, with: tokens.randomElement(using: &random) ?? [])
      default: bytes.insert(contentsOf: tokens.randomElement(using: &random) ?? [], at: place)
      }
    }
    return bytes
  }
}

// What must hold.
extension TensorFuzzTests {
  /// Tries inputs for a number, or for a share of the seconds that the environment gives.
  private func fuzz(
    _ corpus: [[UInt8]],
    tokens: [String],
    share: Double = 1,
    make: (inout TestRandom) -> [UInt8]? = { _ in nil },
    read: (String, Bool) throws -> [String: AnyTensor],
    write: ([String: AnyTensor], String) throws -> Void,
    name: String = #function
  ) throws {
    let seed = TestRandom.seed()
    let seconds = ProcessInfo.processInfo.environment["TABULAR_FUZZ_SECONDS"].flatMap { Double($0) }
    let tokens = tokens.map { Array($0.utf8) }
    let folder = try TemporaryFolder()
    let path = folder.path("input")
    if seconds != nil { print("\(name): TABULAR_SEED=\(seed), input in \(path)") }
    let start = Date()
    var (number, accepted) = (0, 0)
    while seconds.map({ Date().timeIntervalSince(start) < $0 * share }) ?? (number < 150) {
      var random = TestRandom(seed: seed &+ UInt64(number) << 32)
      number += 1
      let bytes = make(&random) ?? Self.mutated(corpus, tokens, &random)
      try Data(bytes).write(to: URL(filePath: path))
      let found = try outcome { try read(path, false) }
      let place = "input \(number) of seed \(seed)" as Comment
      let mapped = try outcome { try read(path, true) }
      try #require(Self.areSame(found, mapped), place)
      guard case .success(let tensors) = found else { continue }
      accepted += 1
      for tensor in tensors.values {
        // One byte more is read than a bomb could unpack to.
        try #require(tensor.byteCount <= 1033 * bytes.count, place)
        try #require(tensor.byteCount == tensor.buffer.byteCount, place)
      }
      let copy = folder.path("copy")
      let again = try outcome {
        try write(tensors, copy)
        return try read(copy, false)
      }
      try #require(Self.areSame(found, again), place)
    }
    // Mutations must leave something to read, and something to refuse.
    #expect(accepted > 0 && accepted < number, "seed \(seed)")
    if seconds != nil {
      print("\(name): \(number) inputs, \(accepted) accepted, \(Date().timeIntervalSince(start)) s")
    }
  }

  private func outcome(_ body: () throws -> [String: AnyTensor]) rethrows -> Outcome {
    do {
      return .success(try body())
    } catch let error as TensorError {
      return .failure(error)
    }
  }

  private static func areSame(_ left: Outcome, _ right: Outcome) -> Bool {
    switch (left, right) {
    case (.failure(let left), .failure(let right)):
      left.kind == .format && left.description == right.description
        && !left.description.contains("\n") && left.description.utf8.count < 1_000
    case (.success(let left), .success(let right)):
      left.count == right.count
        && left.allSatisfy { name, tensor in right[name]?.isIdentical(to: tensor) == true }
    default: false
    }
  }
}
