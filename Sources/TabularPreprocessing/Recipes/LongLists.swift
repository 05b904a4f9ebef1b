internal import Foundation
internal import TabularCSV
internal import TabularTensor

extension CodingUserInfoKey {
  /// Where long lists of categories go while a recipe is encoded.
  static let longLists = CodingUserInfoKey(rawValue: "tabular.longLists").unsafelyUnwrapped
}

/// The long lists of a recipe's JSON, written by ourselves: an encoder that boxes each of a million
/// texts takes longer than the fit.
///
/// The encoder writes a token for each, which `inserting` replaces.
final class LongLists: Sendable {
  private let known = Locked<[String]>([])
  /// What no text of a recipe has.
  private let mark = "\u{1F}\(UInt64.random(in: 0...UInt64.max)) "

  private static let shortest = 256

  /// What stands for the categories of a vocabulary; nil where they are few.
  func token(for vocabulary: Vocabulary) -> String? {
    let categories = vocabulary.categories
    guard categories.count >= Self.shortest else { return nil }
    var list = "["
    var isFirst = true
    for category in categories {
      if !isFirst { list += ", " }
      isFirst = false
      switch category {
      case .string(let text): list += jsonString(text)
      case .int64, .bool: list += category.description
      }
    }
    return known.withLock { lists in
      lists.append(list + "]")
      return "\(mark)\(lists.count - 1)"
    }
  }

  /// The JSON text with the lists in their places.
  func inserting(into json: String) -> String {
    let lists = known.withLock { $0 }
    guard !lists.isEmpty else { return json }
    var result = ""
    result.reserveCapacity(json.utf8.count + lists.reduce(0) { $0 + $1.utf8.count })
    var rest = json[...]
    let start = jsonString(mark).dropLast()
    while let start = rest.range(of: start),
      let end = rest.range(of: "\"", range: start.upperBound..<rest.endIndex),
      let number = Int(rest[start.upperBound..<end.lowerBound]), lists.indices.contains(number)
    {
      result += rest[..<start.lowerBound]
      result += lists[number]
      rest = rest[end.upperBound...]
    }
    return result + rest
  }
}
