/// A value of a JSON text, with its place, and the members of objects in their order.
///
/// The order of a search space is the order in its file, which the decoders of Foundation lose.
struct JSONNode: Sendable {
  /// What stands there.
  indirect enum Content: Sendable {
    case null
    case bool(Bool)
    /// The digits as they stand: `16` and `16.0` are different parameters.
    case number(String)
    case text(String)
    case array([JSONNode])
    case object([Member])
  }

  /// One member of an object.
  struct Member: Sendable {
    let key: String
    let keyPlace: Place
    let value: JSONNode
  }

  /// A line and a column, both from 1; columns count characters.
  struct Place: Sendable, CustomStringConvertible {
    let line: Int
    let column: Int
    var description: String { "line \(line), column \(column)" }
  }

  let content: Content
  let place: Place

  /// Reads a JSON text, which is one value; with `acceptsNaN` also the numbers that Python adds.
  static func parse(_ text: String, acceptsNaN: Bool = false) throws(JSONRefusal) -> JSONNode {
    var parser = JSONParser(text, acceptsNaN: acceptsNaN)
    return try parser.document()
  }

  /// What stands there, in the words of a message.
  var words: String {
    switch content {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .number(let digits): digits.count > 40 ? "\(digits.prefix(40))..." : digits
    case .text(let text): quotedForMessage(text)
    case .array(let elements): "a list of \(elements.count)"
    case .object: "an object"
    }
  }
}

/// Why a text is not JSON, and where.
struct JSONRefusal: Error {
  let reason: String
  let place: JSONNode.Place
}

/// A text in quotes, cut, on one line.
func quotedForMessage(_ text: String) -> String {
  let shown = text.count > 60 ? "\(text.prefix(60))..." : text
  return shown.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
    ? shown.debugDescription : "'\(shown)'"
}
