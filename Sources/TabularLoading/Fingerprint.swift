internal import TabularFrame
internal import TabularPreprocessing
internal import TabularTensor

/// A hash that is the same on every platform, made step by step.
package struct Fingerprint: Sendable {
  private var state: UInt64 = 0x5441_4255_4C41_5221

  package init() {}

  /// Takes in a number.
  package mutating func combine(_ value: UInt64) {
    state = SplitMix64.mix(state &+ 0x9E37_79B9_7F4A_7C15) ^ SplitMix64.mix(value)
  }

  /// Takes in a number.
  package mutating func combine(_ value: Int) { combine(UInt64(bitPattern: Int64(value))) }

  /// Takes in a text and its length.
  package mutating func combine(_ text: String) {
    combine(text.utf8.count)
    for byte in text.utf8 { combine(UInt64(byte)) }
  }

  /// The hash, as 16 hexadecimal digits.
  package var text: String {
    let digits = String(SplitMix64.mix(state), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Up to 64 rows of `count`, spread evenly, with the first and the last.
  package static func someRows(of count: Int) -> [Int] {
    guard count > 64 else { return Array(0..<max(count, 0)) }
    let (step, rest) = (count - 1).quotientAndRemainder(dividingBy: 63)
    return (0..<64).map { $0 * step + $0 * rest / 63 }
  }
}

extension Dataset {
  /// The count and the ids of some rows, hashed.
  public var fingerprint: String {
    var hash = Fingerprint()
    hash.combine(count)
    for row in Fingerprint.someRows(of: count) { hash.combine(rowID(at: row).rawValue) }
    return hash.text
  }
}

extension MatrixDataset {
  /// The shape, the names of the features, and ids and values of some rows, hashed.
  public var fingerprint: String {
    var hash = Fingerprint()
    hash.combine(count)
    for name in matrix.featureNames { hash.combine(name) }
    let width = matrix.features.shape[1]
    let rows = Fingerprint.someRows(of: count)
    matrix.features.withUnsafeScalars { values in
      for row in rows {
        hash.combine(matrix.rowIDs[row].rawValue)
        for value in values[row * width..<(row + 1) * width] {
          hash.combine(Double(value).bitPattern)
        }
      }
    }
    switch matrix.labels {
    case .classes(let tensor):
      tensor.withUnsafeScalars { for row in rows { hash.combine(Int($0[row])) } }
    case .values(let tensor):
      tensor.withUnsafeScalars { for row in rows { hash.combine(Double($0[row]).bitPattern) } }
    case nil: hash.combine("no labels")
    }
    return hash.text
  }
}
