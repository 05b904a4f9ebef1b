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
  private let known = Locked<[[UInt8]]>([])
  /// What no text of a recipe has.
  private let mark = "\u{1F}\(UInt64.random(in: 0...UInt64.max)) "

  private static let shortest = 256

  /// What stands for the categories of a vocabulary; nil where they are few.
  func token(for vocabulary: Vocabulary) -> String? {
    let count = vocabulary.categories.count
    guard count >= Self.shortest else { return nil }
    let list = json(vocabulary)
    return known.withLock { lists in
      lists.append(list)
      return "\(mark)\(lists.count - 1)"
    }
  }

  private func json(_ vocabulary: Vocabulary) -> [UInt8] {
    let codes = 0..<Int32(vocabulary.categories.count)
    let table = vocabulary.table
    /// The texts of numbers and bools, which are few or short.
    func other(_ code: Int32) -> String.UTF8View {
      vocabulary.categories[Int(code)].description.utf8
    }
    var size = 2
    for code in codes {
      let isText = table.key(code).kind == PackedKey.textKind
      size += 4 + (isText ? table.withText(code) { jsonLength($0) } : other(code).count)
    }
    return [UInt8](unsafeUninitializedCapacity: size) { target, used in
      target[0] = UInt8(ascii: "[")
      used = 1
      for code in codes {
        if code > 0 {
          target[used] = UInt8(ascii: ",")
          target[used + 1] = UInt8(ascii: " ")
          used += 2
        }
        let rest = UnsafeMutableBufferPointer(rebasing: target[used...])
        if table.key(code).kind == PackedKey.textKind {
          used += table.withText(code) { writeJSON($0, to: rest) }
        } else {
          used += rest.update(fromContentsOf: other(code))
        }
      }
      target[used] = UInt8(ascii: "]")
      used += 1
    }
  }

  /// The JSON text with the lists in their places, and a newline behind it.
  func inserting(into json: String) -> String {
    let lists = known.withLock { $0 }
    guard !lists.isEmpty else { return json + "\n" }
    var result: [UInt8] = []
    result.reserveCapacity(json.utf8.count + lists.reduce(1) { $0 + $1.count })
    var rest = json[...]
    let start = jsonString(mark).dropLast()
    while let start = rest.range(of: start),
      let end = rest.range(of: "\"", range: start.upperBound..<rest.endIndex),
      let number = Int(rest[start.upperBound..<end.lowerBound]), lists.indices.contains(number)
    {
      result += rest[..<start.lowerBound].utf8
      result += lists[number]
      rest = rest[end.upperBound...]
    }
    result += rest.utf8
    result.append(UInt8(ascii: "\n"))
    return String(decoding: result, as: UTF8.self)
  }
}
