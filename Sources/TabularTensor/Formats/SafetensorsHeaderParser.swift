/// Reads the JSON of a safetensors header, and nothing that the format does not ask for.
///
/// The grammar has a fixed depth: an object of entries, each an object of a text and two lists of
/// counts; and one object of texts. So no nesting, number or repetition of a key gets further than
/// the first byte that does not belong.
struct SafetensorsHeaderParser {
  struct Refusal: Error {
    let reason: String
  }

  struct Entry {
    let name: String
    let dtype: String
    let shape: [Int]
    let begin: Int
    let end: Int
  }

  private(set) var entries: [Entry] = []
  private(set) var metadata: [String: String] = [:]
  private let text: [UInt8]
  private var position = 0

  init(text: [UInt8]) { self.text = text }

  mutating func parse() throws(Refusal) {
    // The format asks for `{` as the first byte; spaces may follow the object.
    guard text.first == UInt8(ascii: "{") else { throw Refusal(reason: "no '{' at byte 8") }
    var names: Set<String> = []
    try object { (parser, name) throws(Refusal) in
      guard names.insert(name).inserted else {
        throw Refusal(reason: "the name \(name.forMessage) twice")
      }
      if name == "__metadata__" {
        try parser.parseMetadata()
      } else {
        guard !name.utf8.contains(0) else {
          throw Refusal(reason: "the name \(name.forMessage), with a NUL")
        }
        try parser.parseEntry(name)
      }
    }
    skipSpace()
    guard position == text.count else { throw unexpected("the end of the header") }
  }

  private mutating func parseMetadata() throws(Refusal) {
    try object { (parser, key) throws(Refusal) in
      let value = try parser.string()
      guard parser.metadata.updateValue(value, forKey: key) == nil else {
        throw Refusal(reason: "the metadata \(key.forMessage) twice")
      }
    }
  }

  private mutating func parseEntry(_ name: String) throws(Refusal) {
    var dtype: String?
    var shape: [Int]?
    var offsets: [Int]?
    try object { (parser, key) throws(Refusal) in
      switch key {
      case "dtype" where dtype == nil: dtype = try parser.string()
      case "shape" where shape == nil: shape = try parser.counts()
      case "data_offsets" where offsets == nil: offsets = try parser.counts()
      case "dtype", "shape", "data_offsets":
        throw Refusal(reason: "tensor \(name.forMessage) has '\(key)' twice")
      default:
        throw Refusal(reason: "tensor \(name.forMessage) has the unknown key \(key.forMessage)")
      }
    }
    guard let dtype, let shape, let offsets else {
      let missing = dtype == nil ? "dtype" : shape == nil ? "shape" : "data_offsets"
      throw Refusal(reason: "tensor \(name.forMessage) has no '\(missing)'")
    }
    guard offsets.count == 2 else {
      throw Refusal(
        reason: "tensor \(name.forMessage) has the data_offsets \(offsets.forMessage), not two"
      )
    }
    entries.append(
      Entry(name: name, dtype: dtype, shape: shape, begin: offsets[0], end: offsets[1])
    )
  }
}

// JSON: RFC 8259.
extension SafetensorsHeaderParser {
  private func unexpected(_ expected: String) -> Refusal {
    guard position < text.count else {
      return Refusal(reason: "its header ends where \(expected) was expected")
    }
    let found = String(decoding: text[position...].prefix(20), as: UTF8.self)
    return Refusal(
      reason: "\(expected) expected at byte \(8 + position), found \(found.debugDescription)"
    )
  }

  private mutating func skipSpace() {
    while position < text.count, [0x20, 0x0A, 0x0D, 0x09].contains(text[position]) { position += 1 }
  }

  private mutating func take(_ character: Character) -> Bool {
    skipSpace()
    guard position < text.count, text[position] == character.asciiValue else { return false }
    position += 1
    return true
  }

  /// An object; `member` reads the value of each key.
  private mutating func object(
    _ member: (inout Self, String) throws(Refusal) -> Void
  ) throws(Refusal) {
    guard take("{") else { throw unexpected("'{'") }
    if take("}") { return }
    repeat {
      let key = try string()
      guard take(":") else { throw unexpected("':'") }
      try member(&self, key)
    } while take(",")
    guard take("}") else { throw unexpected("',' or '}'") }
  }

  /// A list of numbers without sign, fraction or exponent.
  private mutating func counts() throws(Refusal) -> [Int] {
    guard take("[") else { throw unexpected("'['") }
    var counts: [Int] = []
    if take("]") { return counts }
    repeat {
      skipSpace()
      let digits = text[position...].prefix { $0 >= 0x30 && $0 <= 0x39 }
      let next = position + digits.count
      let isWhole = next == text.count || !Array(".eE".utf8).contains(text[next])
      guard isWhole, digits.count == 1 || digits.first != 0x30,
        let count = Int(String(decoding: digits, as: UTF8.self))
      else { throw unexpected("a count") }
      counts.append(count)
      position = next
    } while take(",")
    guard take("]") else { throw unexpected("',' or ']'") }
    return counts
  }

  private mutating func string() throws(Refusal) -> String {
    guard take("\"") else { throw unexpected("a text") }
    var bytes: [UInt8] = []
    while true {
      guard position < text.count, text[position] >= 0x20 else {
        throw unexpected("the end of a text")
      }
      let byte = text[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: bytes, as: UTF8.self) else {
          throw Refusal(reason: "a text before byte \(8 + position) is not UTF-8")
        }
        return string
      case UInt8(ascii: "\\"): bytes += try escaped()
      default: bytes.append(byte)
      }
    }
  }

  /// What stands behind a backslash, in UTF-8.
  private mutating func escaped() throws(Refusal) -> [UInt8] {
    guard position < text.count else { throw unexpected("an escape") }
    let escape = text[position]
    if let (_, byte) = Self.escapes.first(where: { $0.0 == escape }) {
      position += 1
      return [byte]
    }
    var code = try codeUnit()
    if code & 0xFC00 == 0xD800 {
      guard position < text.count, text[position] == UInt8(ascii: "\\") else {
        throw unexpected("the second half of a surrogate pair")
      }
      position += 1
      let low = try codeUnit()
      guard low & 0xFC00 == 0xDC00 else {
        throw Refusal(reason: "half a surrogate pair before byte \(8 + position)")
      }
      code = 0x10000 + (code & 0x3FF) << 10 + (low & 0x3FF)
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw Refusal(reason: "half a surrogate pair before byte \(8 + position)")
    }
    return Array(String(Character(scalar)).utf8)
  }

  private static let escapes: [(UInt8, UInt8)] = zip(
    "\"\\/bfnrt".utf8,
    "\"\\/\u{8}\u{C}\n\r\t".utf8
  )
  .map { ($0, $1) }

  /// `u` and four hexadecimal digits.
  private mutating func codeUnit() throws(Refusal) -> UInt32 {
    let digits = text[position...].prefix(5)
    guard digits.count == 5, digits.first == UInt8(ascii: "u"),
      digits.dropFirst().allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let code = UInt32(String(decoding: digits.dropFirst(), as: UTF8.self), radix: 16)
    else { throw unexpected("an escape") }
    position += 5
    return code
  }
}

extension String {
  /// In quotes, cut and escaped, so that a message stays one short line.
  var forMessage: String {
    let shown = count > 60 ? "\(prefix(60))..." : self
    return unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
      ? shown.debugDescription : "'\(shown)'"
  }
}

extension [Int] {
  /// Cut where it is long.
  var forMessage: String {
    count <= 8 ? "\(self)" : "\(Array(prefix(8))) and \(count - 8) more"
  }
}
