internal import CTabularScan
internal import Foundation

/// What each round of a permutation draws for each half: √count numbers a round, of which an epoch
/// asks for each √count times.
///
/// Invariant: `entries` holds `rounds · stride` draws, a row of `stride ≥ max(a, b)` a round, and one
/// entry more, which vectors that read two at a time touch and do not use.
final class RoundDraws: Sendable {
  let entries: [UInt16]
  let stride: Int

  /// Draws for all halves; nil where they do not fit in 16 bits, or where reading them is slower than
  /// to draw each time.
  init?(_ permutation: Permutation) {
    guard Self.areOfUse, permutation.a <= 1 << 16, permutation.b >= 64 else { return nil }
    let (a, b, rounds) = (permutation.a, permutation.b, permutation.rounds)
    let stride = Int(max(a, b))
    self.stride = stride
    entries = Array(unsafeUninitializedCapacity: rounds * stride + 1) { entries, count in
      for round in 0..<rounds {
        // Rounds draw below a for a half below b, and below b for one below a, in turn.
        let bound = round % 2 == 0 ? a : b
        let row = round * stride
        for half in 0..<stride {
          let drawn = Permutation.draw(UInt64(half), key: permutation.keys[round], below: bound)
          entries[row + half] = UInt16(truncatingIfNeeded: drawn)
        }
      }
      entries[rounds * stride] = 0
      count = rounds * stride + 1
    }
  }

  /// Whether this processor reads 16 places at once, and does so fast.
  ///
  /// Where its microcode keeps gathers from being observed (Intel's "Downfall", CVE-2022-40982), each
  /// takes many times as long. Source: Linux, Documentation/admin-guide/hw-vuln.
  private static let areOfUse: Bool = {
    guard tabular_permutation_best_method() == tabular_permutation_avx512 else { return false }
    let path = "/sys/devices/system/cpu/vulnerabilities/gather_data_sampling"
    let state = FileManager.default.contents(atPath: path).map {
      String(decoding: $0, as: UTF8.self)
    }
    return !(state ?? "").hasPrefix("Mitigation")
  }()
}
