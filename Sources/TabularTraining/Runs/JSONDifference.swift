internal import FoundationEssentials

/// The first place at which two JSON texts differ, member by member in the order of their names.
struct JSONDifference: Equatable {
  /// The place, such as `steps[0].state.mean[2]`.
  let path: String
  /// What one has there.
  let left: String
  /// What the other has there.
  let right: String

  /// Compares two texts; nil when they say the same.
  ///
  /// A text within a text is looked into.
  init?(_ left: String, _ right: String) {
    guard left != right else { return nil }
    guard let (mine, its) = Self.values(left, right) else {
      self.init(path: "", left: left, right: right)
      return
    }
    self.init(mine, its, at: "")
  }

  private init(path: String, left: String, right: String) {
    (self.path, self.left, self.right) = (path, left, right)
  }

  private static func values(_ left: String, _ right: String) -> (JSONValue, JSONValue)? {
    let decoder = JSONDecoder()
    guard left.hasPrefix("{") || left.hasPrefix("["),
      let left = try? decoder.decode(JSONValue.self, from: Data(left.utf8)),
      let right = try? decoder.decode(JSONValue.self, from: Data(right.utf8))
    else { return nil }
    return (left, right)
  }

  private init?(_ left: JSONValue, _ right: JSONValue, at path: String) {
    guard left != right else { return nil }
    switch (left, right) {
    case (.array(let mine), .array(let its)) where mine.count == its.count:
      for (place, (left, right)) in zip(mine, its).enumerated() {
        if let found = JSONDifference(left, right, at: "\(path)[\(place)]") {
          self = found
          return
        }
      }
    case (.object(let mine), .object(let its)):
      for name in Set(mine.keys).union(its.keys).sorted() {
        let path = path.isEmpty ? name : "\(path).\(name)"
        if let found = JSONDifference(mine[name] ?? .null, its[name] ?? .null, at: path) {
          self = found
          return
        }
      }
    case (.string(let mine), .string(let its)):
      if let (left, right) = Self.values(mine, its),
        let found = JSONDifference(left, right, at: path)
      {
        self = found
        return
      }
    default: break
    }
    self.init(path: path, left: left.words, right: right.words)
  }
}

private indirect enum JSONValue: Decodable, Equatable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let bool = try? value.decode(Bool.self) {
      self = .bool(bool)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let text = try? value.decode(String.self) {
      self = .string(text)
    } else if let array = try? value.decode([JSONValue].self) {
      self = .array(array)
    } else {
      self = .object(try value.decode([String: JSONValue].self))
    }
  }

  var words: String {
    switch self {
    case .null: "not given"
    case .bool(let bool): "\(bool)"
    case .number(let number):
      Int(exactly: number).map(String.init) ?? "\(number)"
    case .string(let text): "'\(text.prefix(80))'"
    case .array(let elements): "\(elements.count) elements"
    case .object(let members): members.keys.sorted().joined(separator: ", ")
    }
  }
}
