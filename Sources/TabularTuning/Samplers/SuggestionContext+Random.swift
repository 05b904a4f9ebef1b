internal import TabularFrame

extension SuggestionContext {
  /// Random numbers for one purpose: the same for the same seed, trial number and purpose, and as
  /// good as independent of those for another.
  func generator(for purpose: String) -> SplitMix64 {
    // FNV-1a, since the hashes of Swift differ from process to process.
    let hash = purpose.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3
    }
    let trial = SplitMix64.mix(SplitMix64.mix(seed) &+ UInt64(bitPattern: Int64(number)))
    return SplitMix64(seed: SplitMix64.mix(trial ^ hash))
  }
}
