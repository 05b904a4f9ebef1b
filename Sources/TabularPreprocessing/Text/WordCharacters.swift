/// Lower case and word characters as Python has them, so that terms equal scikit-learn's.
///
/// Scalars below `known` are looked up in a table, made once.
struct WordCharacters: Sendable {
  static let shared = WordCharacters()

  private static let known: UInt32 = 0x3000
  /// Bit 0: a word character; bit 1: its lower case is in `lower`; else it takes the long way.
  private let flags: [UInt8]
  private let lower: [UInt32]

  private init() {
    var flags: [UInt8] = []
    var lower: [UInt32] = []
    for value in 0..<Self.known {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let mapping = scalar.properties.lowercaseMapping.unicodeScalars
      let isSimple = mapping.count == 1 && scalar != Self.sigma
      flags.append((Self.isWord(scalar) ? 1 : 0) | (isSimple ? 2 : 0))
      lower.append(mapping.first?.value ?? value)
    }
    (self.flags, self.lower) = (flags, lower)
  }

  private static let sigma: Unicode.Scalar = "\u{3A3}"

  /// `\w` of Python's `re`: `str.isalnum`, or the underscore.
  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    if scalar == "_" { return true }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      return true
    default: return scalar.properties.numericType != nil
    }
  }

  func isWord(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < Self.known ? flags[Int(scalar.value)] & 1 != 0 : Self.isWord(scalar)
  }

  /// `str.lower` of Python: the full mapping, and the final sigma by its neighbours.
  ///
  /// Source: Unicode, SpecialCasing.txt, condition Final_Sigma.
  func lowercased(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(text.count)
    for (i, scalar) in text.enumerated() {
      let value = Int(scalar.value)
      if value < Self.known, flags[value] & 2 != 0 {
        result.append(Unicode.Scalar(lower[value]) ?? scalar)
      } else if scalar == Self.sigma {
        let before = text[..<i].last { !$0.properties.isCaseIgnorable }
        let after = text[(i + 1)...].first { !$0.properties.isCaseIgnorable }
        let isFinal = before?.properties.isCased == true && after?.properties.isCased != true
        result.append(isFinal ? "\u{3C2}" : "\u{3C3}")
      } else {
        result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
      }
    }
    return result
  }
}
