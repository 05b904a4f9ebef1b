internal import Foundation
internal import TabularFiles

/// What a recipe and its plan have in common as files: JSON that a person can read.
enum RecipeFile {
  /// The JSON text, keys sorted, so that equal values are equal texts.
  static func text(of value: some Encodable, _ what: String) throws(PreprocessingError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let lists = LongLists()
    encoder.userInfo[.longLists] = lists
    do {
      return lists.inserting(into: String(decoding: try encoder.encode(value), as: UTF8.self))
    } catch {
      throw PreprocessingError(
        .recipe,
        "the \(what) cannot be written: \(error)",
        underlying: error
      )
    }
  }

  /// Reads JSON text, which errors call `name`.
  static func read<Value: Decodable>(_ json: String, _ what: String, name: String)
    throws(PreprocessingError) -> Value
  {
    do {
      return try JSONDecoder().decode(Value.self, from: Data(json.utf8))
    } catch let error as PreprocessingError {
      throw PreprocessingError(.recipe, "'\(name)' is not a \(what): \(error.message)")
    } catch {
      throw PreprocessingError(
        .recipe,
        "'\(name)' is not a \(what): \(words(for: error))",
        underlying: error
      )
    }
  }

  /// Writes text; the file appears under its name when it is complete.
  static func save(_ text: String, to path: String) throws(PreprocessingError) {
    do throws(FileError) {
      try writeFile(Array(text.utf8), to: path)
    } catch {
      throw PreprocessingError(error)
    }
  }

  static func words(for error: any Error) -> String {
    func path(_ context: DecodingError.Context) -> String {
      let keys = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
      return keys.isEmpty ? "" : " at \(keys.joined(separator: "."))"
    }
    switch error as? DecodingError {
    case .keyNotFound(let key, let context):
      return "'\(key.stringValue)' is missing\(path(context))"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "a value of another type\(path(context))"
    case .dataCorrupted: return "it is no JSON"
    default: return "\(error)"
    }
  }
}
