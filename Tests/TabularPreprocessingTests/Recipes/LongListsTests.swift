import Foundation
import TabularFrame
import Testing

@testable import TabularPreprocessing

struct LongListsTests {
  /// Lists that are written by ourselves, as Foundation reads them.
  @Test(arguments: 0..<4)
  func listsAreWhatFoundationReads(round: Int) throws {
    var random = SplitMix64(seed: testSeed &+ UInt64(round))
    let comment: Comment = "TABULAR_SEED=\(testSeed), round \(round)"
    let characters = [
      "a", "Z", "7", " ", "\"", "\\", "/", "\n", "\t", "\r", "\u{1}", "\u{1F}", "\u{7F}", "é", "日",
      "😀",
    ]
    var texts: Set<String> = []
    while texts.count < 3_000 {
      let count = random.below(round == 3 ? 40 : 14)
      texts.insert(
        (0..<count).map { _ in
          random.pick(random.chance(4, in: 5) ? ["b", "c", "0", "~"] : characters)
        }.joined()
      )
    }
    let vocabulary = Vocabulary(
      column: "x",
      categories: texts.sorted { CategoryKey.string($0) < .string($1) }.map { .string($0) }
    )
    let lists = LongLists()
    let encoder = JSONEncoder()
    encoder.userInfo[.longLists] = lists
    let token = String(decoding: try encoder.encode([vocabulary, vocabulary]), as: UTF8.self)
    #expect(token.utf8.count < 1_000, comment)
    let json = lists.inserting(into: token)
    #expect(
      try JSONDecoder().decode([Vocabulary].self, from: Data(json.utf8)) == [
        vocabulary, vocabulary,
      ],
      comment
    )
  }

  @Test func numbersAreWrittenAsTheyAre() throws {
    let vocabulary = Vocabulary(
      column: "x",
      categories: (-300..<300).map { .int64(Int64($0) << 40) }
    )
    let lists = LongLists()
    let encoder = JSONEncoder()
    encoder.userInfo[.longLists] = lists
    let json = lists.inserting(
      into: String(decoding: try encoder.encode(vocabulary), as: UTF8.self)
    )
    #expect(try JSONDecoder().decode(Vocabulary.self, from: Data(json.utf8)) == vocabulary)
  }
}
