internal import Foundation

struct OptionName: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

/// The value of one option, read as what the option takes.
struct OptionValue {
  private let container: KeyedDecodingContainer<OptionName>
  private let key: OptionName
  private let name: String

  init(_ container: KeyedDecodingContainer<OptionName>, _ key: OptionName, _ name: String) {
    (self.container, self.key, self.name) = (container, key, name)
  }

  var text: String { get throws { try value("a text") } }

  var bool: Bool { get throws { try value("true or false") } }

  /// A number of 0 or more.
  var count: Int {
    get throws {
      let count: Int = try value("a number of 0 or more")
      guard count >= 0 else { throw refused("a number of 0 or more", "\(count)") }
      return count
    }
  }

  var character: Character {
    get throws {
      let text = try text
      guard let character = text.first, text.count == 1 else {
        throw refused("one character", text)
      }
      return character
    }
  }

  /// A list, or a text whose parts are separated by commas.
  var list: [String] {
    get throws {
      if let text = try? container.decode(String.self, forKey: key) {
        return text.split(separator: ",").map(String.init)
      }
      return try value("a list of texts")
    }
  }

  var pairs: [String: String] { get throws { try value("an object of texts") } }

  /// One of an enumeration's words.
  func choice<Choice: RawRepresentable & CaseIterable>(_ text: String, of: Choice.Type)
    throws(Failure) -> Choice where Choice.RawValue == String
  {
    guard let choice = Choice(rawValue: text) else {
      let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw refused("one of \(words)", text)
    }
    return choice
  }

  private func value<Value: Decodable>(_ expected: String) throws -> Value {
    guard let value = try? container.decode(Value.self, forKey: key) else {
      throw refused(expected)
    }
    return value
  }

  func refused(_ expected: String, _ found: String? = nil) -> Failure {
    let found = found ?? (try? container.decode(String.self, forKey: key))
    return .argument(
      "options: '\(name)' takes \(expected)\(found.map { ", found '\($0)'" } ?? "")"
    )
  }
}
