/// Reads JSON (RFC 8259), strictly, one byte after another.
struct JSONParser {
  private let text: [UInt8]
  private var position = 0
  /// Objects and lists that are open: a limit keeps a hostile text from exhausting the stack.
  private var depth = 0
  private static let deepest = 100
  /// Whether the numbers that Python's `json` adds are read: NaN and infinities.
  private let acceptsNaN: Bool

  init(_ text: String, acceptsNaN: Bool = false) {
    self.text = Array(text.utf8)
    self.acceptsNaN = acceptsNaN
    // A byte order mark is no part of the text.
    if self.text.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  /// The one value of the text.
  mutating func document() throws(JSONRefusal) -> JSONNode {
    let node = try value()
    skipSpace()
    guard position == text.count else { throw refusal(expected: "the end of the file") }
    return node
  }

  private mutating func value() throws(JSONRefusal) -> JSONNode {
    skipSpace()
    let place = place(of: position)
    if acceptsNaN, let word = ["NaN", "Infinity", "-Infinity"].first(where: { take($0) }) {
      return JSONNode(content: .number(word), place: place)
    }
    let content: JSONNode.Content
    switch peek {
    case UInt8(ascii: "{"):
      content = .object(try nested { p throws(JSONRefusal) in try p.members() })
    case UInt8(ascii: "["):
      content = .array(try nested { p throws(JSONRefusal) in try p.elements() })
    case UInt8(ascii: "\""): content = .text(try string())
    case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")):
      content = .number(try number())
    default:
      if take("true") {
        content = .bool(true)
      } else if take("false") {
        content = .bool(false)
      } else if take("null") {
        content = .null
      } else {
        throw refusal(expected: "a value")
      }
    }
    return JSONNode(content: content, place: place)
  }

  private mutating func nested<Content>(
    _ read: (inout Self) throws(JSONRefusal) -> Content
  ) throws(JSONRefusal) -> Content {
    guard depth < Self.deepest else {
      throw JSONRefusal(
        reason: "lists and objects \(Self.deepest) deep at most",
        place: place(of: position)
      )
    }
    depth += 1
    position += 1
    let content = try read(&self)
    depth -= 1
    return content
  }

  private mutating func members() throws(JSONRefusal) -> [JSONNode.Member] {
    var members: [JSONNode.Member] = []
    if takeNext("}") { return members }
    repeat {
      skipSpace()
      let keyPlace = place(of: position)
      guard peek == UInt8(ascii: "\"") else { throw refusal(expected: "a name in quotes") }
      let key = try string()
      guard takeNext(":") else { throw refusal(expected: "':'") }
      members.append(JSONNode.Member(key: key, keyPlace: keyPlace, value: try value()))
    } while takeNext(",")
    guard takeNext("}") else { throw refusal(expected: "',' or '}'") }
    return members
  }

  private mutating func elements() throws(JSONRefusal) -> [JSONNode] {
    var elements: [JSONNode] = []
    if takeNext("]") { return elements }
    repeat { elements.append(try value()) } while takeNext(",")
    guard takeNext("]") else { throw refusal(expected: "',' or ']'") }
    return elements
  }

  private mutating func number() throws(JSONRefusal) -> String {
    let start = position
    _ = take("-")
    guard let first = digits(), first == 1 || text[position - first] != UInt8(ascii: "0") else {
      position = start
      throw refusal(expected: "a number")
    }
    if take("."), digits() == nil { throw refusal(expected: "a digit") }
    if take("e") || take("E") {
      _ = take("+") || take("-")
      if digits() == nil { throw refusal(expected: "a digit") }
    }
    return String(decoding: text[start..<position], as: UTF8.self)
  }

  /// Takes decimal digits: how many, or nil where there is none.
  private mutating func digits() -> Int? {
    let count = text[position...].prefix { $0 >= 0x30 && $0 <= 0x39 }.count
    position += count
    return count > 0 ? count : nil
  }
}

// Texts and their escapes.
extension JSONParser {
  private mutating func string() throws(JSONRefusal) -> String {
    position += 1
    var bytes: [UInt8] = []
    while true {
      guard let byte = peek, byte >= 0x20 else { throw refusal(expected: "the end of a text") }
      position += 1
      switch byte {
      // The text came as a String, so that its bytes are UTF-8.
      case UInt8(ascii: "\""): return String(decoding: bytes, as: UTF8.self)
      case UInt8(ascii: "\\"): bytes += String(try escaped()).utf8
      default: bytes.append(byte)
      }
    }
  }

  /// What stands behind a backslash.
  private mutating func escaped() throws(JSONRefusal) -> Character {
    for (letter, meaning) in Self.escapes where take(letter) { return meaning }
    let start = position
    var code = try codeUnit()
    if code & 0xFC00 == 0xD800, take("\\") {
      let low = try codeUnit()
      if low & 0xFC00 == 0xDC00 { code = 0x10000 + (code & 0x3FF) << 10 + (low & 0x3FF) }
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw JSONRefusal(reason: "half a surrogate pair", place: place(of: start))
    }
    return Character(scalar)
  }

  private static let escapes: [(String, Character)] = [
    ("\"", "\""), ("\\", "\\"), ("/", "/"), ("b", "\u{8}"), ("f", "\u{C}"), ("n", "\n"),
    ("r", "\r"), ("t", "\t"),
  ]

  /// `u` and four hexadecimal digits.
  private mutating func codeUnit() throws(JSONRefusal) -> UInt32 {
    let digits = text[position...].dropFirst().prefix(4)
    guard peek == UInt8(ascii: "u"), digits.count == 4,
      digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw refusal(expected: "an escape") }
    position += 5
    return code
  }
}

// Single bytes, and where they are.
extension JSONParser {
  private var peek: UInt8? { position < text.count ? text[position] : nil }

  private mutating func skipSpace() {
    while let byte = peek, [0x20, 0x0A, 0x0D, 0x09].contains(byte) { position += 1 }
  }

  private mutating func take(_ word: String) -> Bool {
    guard text[position...].starts(with: word.utf8) else { return false }
    position += word.utf8.count
    return true
  }

  /// Takes a byte that may stand behind white space.
  private mutating func takeNext(_ word: String) -> Bool {
    skipSpace()
    return take(word)
  }

  private func refusal(expected: String) -> JSONRefusal {
    let rest = String(decoding: text[position...].prefix(80), as: UTF8.self)
    let found = position == text.count ? "the end" : quotedForMessage(String(rest.prefix(20)))
    return JSONRefusal(reason: "\(expected) expected, found \(found)", place: place(of: position))
  }

  private func place(of position: Int) -> JSONNode.Place {
    let before = text[..<position]
    let line = before.reduce(1) { $0 + ($1 == 0x0A ? 1 : 0) }
    let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let column = String(decoding: text[start..<position], as: UTF8.self).count
    return JSONNode.Place(line: line, column: column + 1)
  }
}
