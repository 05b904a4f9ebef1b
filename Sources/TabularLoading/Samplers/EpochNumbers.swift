internal import TabularFrame

/// The random numbers of an epoch by position: any of them can be drawn by itself.
///
/// It is the stream of `SplitMix64`, whose state at a position is known without those before it.
struct EpochNumbers: Sendable {
  private let start: UInt64

  /// The numbers of an epoch for one purpose, of which the same seed may serve several.
  init(seed: UInt64, epoch: Int, purpose: Purpose) {
    precondition(epoch >= 0, "epoch \(epoch): epochs count from 0")
    start = Self.start(seed: Self.seed(seed, for: purpose), epoch: epoch)
  }

  /// What an epoch's numbers are for.
  enum Purpose: UInt64 {
    case replacement = 1, weights, blocks, windows, classes, batches
  }

  /// A seed of its own for a purpose, and for one of several things of that purpose.
  static func seed(_ seed: UInt64, for purpose: Purpose, _ index: Int = 0) -> UInt64 {
    let tag = purpose.rawValue << 56 ^ UInt64(index)
    return SplitMix64.mix(SplitMix64.mix(seed &+ 0x6A09_E667_F3BC_C909) ^ tag)
  }

  /// Where the numbers of a seed and an epoch begin.
  static func start(seed: UInt64, epoch: Int) -> UInt64 {
    SplitMix64.mix(SplitMix64.mix(seed &+ 0x9E37_79B9_7F4A_7C15) ^ UInt64(epoch))
  }

  /// 64 random bits for a place.
  @inline(__always)
  func bits(at place: Int) -> UInt64 {
    SplitMix64.mix(start &+ UInt64(truncatingIfNeeded: place + 1) &* 0x9E37_79B9_7F4A_7C15)
  }

  /// A whole number 0 ..< bound for a place.
  @inline(__always)
  func below(_ bound: Int, at place: Int) -> Int {
    Int(truncatingIfNeeded: bits(at: place).multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A number in [0, 1) for a place, a multiple of 2^-53.
  @inline(__always)
  func unit(at place: Int) -> Double { Double(bits(at: place) >> 11) * 0x1p-53 }
}
