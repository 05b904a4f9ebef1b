import Foundation
import TabularFiles

@testable import TabularTensor

/// A folder that goes away with the value.
final class TemporaryFolder {
  private let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "tensors-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appending(path: name).path }

  var contents: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted()
  }
}

/// SplitMix64: the same numbers for the same seed.
struct TestRandom: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// `TABULAR_SEED`, or a new seed.
  static func seed() -> UInt64 {
    ProcessInfo.processInfo.environment["TABULAR_SEED"].flatMap { UInt64($0) }
      ?? .random(in: 0...999_999)
  }
}

/// A tensor of random bits; of 0 and 1 where it is bool.
func randomTensor(_ dtype: DType, _ shape: Shape, _ random: inout TestRandom) -> AnyTensor {
  let buffer = Buffer(uninitialized: shape.count * dtype.byteCount)
  for i in 0..<buffer.byteCount {
    let byte = UInt8(truncatingIfNeeded: random.next()) & (dtype == .bool ? 1 : 255)
    buffer.pointer.storeBytes(of: byte, toByteOffset: i, as: UInt8.self)
  }
  return AnyTensor(dtype: dtype, shape: shape, buffer: buffer)
}

func randomTensor(_ dtype: DType, _ shape: Shape, _ seed: Int) -> AnyTensor {
  var random = TestRandom(seed: UInt64(seed))
  return randomTensor(dtype, shape, &random)
}

/// Tensors of every type and many shapes, by name.
func tensorsOfEveryType(_ random: inout TestRandom) -> [String: AnyTensor] {
  let shapes: [Shape] = [[], [1], [5], [3, 4], [0], [7, 0, 2], [2, 3, 5], [257]]
  var tensors: [String: AnyTensor] = [:]
  for (i, dtype) in DType.allCases.enumerated() {
    tensors["\(dtype.rawValue.lowercased())"] = randomTensor(dtype, shapes[i % 8], &random)
    tensors["ä \"\(i)\"/x"] = randomTensor(dtype, shapes[(i + 3) % 8], &random)
  }
  return tensors
}

extension AnyTensor {
  /// Whether type, shape and every bit are equal.
  func isIdentical(to other: AnyTensor) -> Bool {
    dtype == other.dtype && shape == other.shape && bytes.elementsEqual(other.bytes)
  }
}

/// The content of a file.
func content(_ path: String) throws -> [UInt8] { try InputFile(path: path).readAll() }
