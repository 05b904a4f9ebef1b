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
  private let known = Locked<[Vocabulary]>([])
  /// What no text of a recipe has.
  private let mark = "\u{1F}\(UInt64.random(in: 0...UInt64.max)) "

  private static let shortest = 256

  /// What stands for the categories of a vocabulary; nil where they are few.
  func token(for vocabulary: Vocabulary) -> String? {
    guard vocabulary.categoryCount >= Self.shortest else { return nil }
    return known.withLock { lists in
      lists.append(vocabulary)
      return "\(mark)\(lists.count - 1)"
    }
  }

  /// The JSON text with the lists in their places, and a newline behind it.
  func inserting(into json: String) -> String {
    let vocabularies = known.withLock { $0 }
    guard !vocabularies.isEmpty else { return json + "\n" }
    let lists = [[UInt8]](
      concurrently: vocabularies.count,
      cells: vocabularies.reduce(0) { $0 + $1.categoryCount }
    ) { vocabularies[$0].json }
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

extension Vocabulary {
  /// The categories as a JSON list.
  fileprivate var json: [UInt8] {
    let codes = 0..<Int32(categoryCount)
    /// The texts of numbers and bools, which are short.
    func other(_ code: Int32) -> String.UTF8View {
      (table.category(code)?.description ?? "").utf8
    }
    // Room for what each may take at most, of which what is not written to costs nothing.
    var size = 2 + JSONWord.room
    for code in codes {
      let key = table.key(code)
      size += 4 + (key.kind == PackedKey.textKind ? 6 * key.length : 24)
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
        let key = table.key(code)
        if key.kind != PackedKey.textKind {
          used += rest.update(fromContentsOf: other(code))
        } else if !key.isLong, let word = JSONWord(key) {
          used += word.write(to: rest)
        } else {
          used += table.withText(code) { writeJSON($0, to: rest) }
        }
      }
      target[used] = UInt8(ascii: "]")
      used += 1
    }
  }
}

/// A text of up to 12 bytes that JSON holds as it is, written at once and not byte by byte.
private struct JSONWord {
  /// The first 4 bytes, and the 8 behind them; zeros behind the text.
  private let first: UInt64
  private let rest: UInt64
  private let length: Int

  /// The bytes that must be writable: a word is written with what lies behind it.
  static let room = 16

  /// - Parameter key: that of a text that stands in it; nil where JSON has to escape a byte.
  @inline(__always)
  init?(_ key: PackedKey) {
    (first, rest, length) = (key.head >> 32, key.tail, key.length)
    // What is no part of the text becomes spaces, which need nothing. Shifts by the width give zero.
    let spaces: UInt64 = 0x2020_2020_2020_2020
    let isFirst = spaces << UInt64(8 * min(length, 4))
    let isRest = spaces << UInt64(8 * max(length - 4, 0))
    guard !Self.needsEscape(first | isFirst), !Self.needsEscape(rest | isRest) else { return nil }
  }

  /// Whether one of eight bytes is a control, a quote or a backslash.
  ///
  /// A byte is zero, or below another, where subtracting borrows into its highest bit, which was not
  /// set (Mycroft, 1987): the lowest such byte is exact, and that there is none, too.
  @inline(__always)
  private static func needsEscape(_ bytes: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quotes = bytes ^ ones &* UInt64(UInt8(ascii: "\""))
    let slashes = bytes ^ ones &* UInt64(UInt8(ascii: "\\"))
    let controls = (bytes &- ones &* 0x20) & ~bytes
    let others = ((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes)
    return (controls | others) & (ones &* 0x80) != 0
  }

  /// Writes the text with its quotes; the number of its bytes.
  @inline(__always)
  func write(to target: UnsafeMutableBufferPointer<UInt8>) -> Int {
    guard let start = target.baseAddress else { return 0 }
    let raw = UnsafeMutableRawPointer(start)
    start[0] = UInt8(ascii: "\"")
    raw.storeBytes(of: UInt32(truncatingIfNeeded: first), toByteOffset: 1, as: UInt32.self)
    raw.storeBytes(of: rest, toByteOffset: 5, as: UInt64.self)
    start[length + 1] = UInt8(ascii: "\"")
    return length + 2
  }
}
