internal import TabularTensor

/// A value of JSON whose objects keep their order.
///
/// As Python's `json` does, it reads and writes `NaN`, `Infinity` and `-Infinity` beside what
/// RFC 8259 has: a journal of Optuna's holds them.
enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  /// A number without a fraction and an exponent, in range.
  case integer(Int)
  /// Any other number.
  case number(Double)
  case text(String)
  case array([JSONValue])
  case object([Member])

  /// A key of an object with its value.
  struct Member: Hashable, Sendable {
    let key: String
    let value: JSONValue

    init(_ key: String, _ value: JSONValue) { (self.key, self.value) = (key, value) }
  }
}

extension JSONValue: ExpressibleByDictionaryLiteral {
  init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(elements.map { Member($0, $1) })
  }
}

// What a value holds, where it is of that kind.
extension JSONValue {
  /// The value of a key of an object; of a key that is there twice the last one, as Python has it.
  subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.key == key }?.value
  }

  var asBool: Bool? { if case .bool(let value) = self { value } else { nil } }

  var asText: String? { if case .text(let value) = self { value } else { nil } }

  var asArray: [JSONValue]? { if case .array(let value) = self { value } else { nil } }

  var asMembers: [Member]? { if case .object(let value) = self { value } else { nil } }

  var asNumber: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// A whole number, also where it is written with a fraction of zero.
  var asInteger: Int? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }
}

// Reading.
extension JSONValue {
  /// Reads UTF-8 that is one value; the error says what is wrong, and at which character.
  init(parsing bytes: some Collection<UInt8>) throws(JSONRefusal) {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw JSONRefusal(reason: "it is no UTF-8", place: JSONNode.Place(line: 1, column: 1))
    }
    self.init(try JSONNode.parse(text, acceptsNaN: true))
  }

  private init(_ node: JSONNode) {
    switch node.content {
    case .null: self = .null
    case .bool(let value): self = .bool(value)
    case .number(let digits):
      // What is beyond the range of Double is infinite, as in Python.
      self = Int(digits).map { .integer($0) } ?? .number(Double(digits) ?? .nan)
    case .text(let text): self = .text(text)
    case .array(let nodes): self = .array(nodes.map { JSONValue($0) })
    case .object(let members):
      self = .object(members.map { Member($0.key, JSONValue($0.value)) })
    }
  }
}

// Writing.
extension JSONValue {
  /// The value on one line; other than ASCII stays as it is, numbers read back the same.
  var json: String {
    var text = ""
    write(to: &text)
    return text
  }

  private func write(to text: inout String) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += "\(value)"
    case .number(let value):
      text +=
        value.isNaN ? "NaN" : value.isFinite ? "\(value)" : value > 0 ? "Infinity" : "-Infinity"
    case .text(let value): text += jsonString(value)
    case .array(let values):
      text += "["
      for (index, value) in values.enumerated() {
        if index > 0 { text += "," }
        value.write(to: &text)
      }
      text += "]"
    case .object(let members):
      text += "{"
      for (index, member) in members.enumerated() {
        if index > 0 { text += "," }
        text += jsonString(member.key) + ":"
        member.value.write(to: &text)
      }
      text += "}"
    }
  }
}
