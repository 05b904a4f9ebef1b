import Foundation
import Testing

@testable import TabularTensor

struct JSONTextTests {
  /// Foundation's decoder reads what was written.
  @Test(arguments: [
    "", "plain", "a \"quote\" and a \\", "\n\r\t\u{8}\u{0}\u{1F}", "日本語 é 🙂", "\u{7F}/",
    String(repeating: "\"\u{1}", count: 300),
  ])
  func isReadBack(text: String) throws {
    let literal = jsonString(text)
    #expect(try JSONDecoder().decode([String].self, from: Data("[\(literal)]".utf8)) == [text])
    var bytes: [UInt8] = Array("[".utf8)
    appendJSON(text, to: &bytes)
    #expect(bytes == Array("[\(literal)".utf8))
  }

  /// Against Foundation, over texts of every length whose escaped bytes stand anywhere.
  @Test func textsAreWhatFoundationReads() throws {
    var random = TestRandom(seed: TestRandom.seed())
    let characters = ["\"", "\\", "\n", "\r", "\t", "\u{1}", "\u{1F}", "\u{7F}", "é", "日", "😀"]
    for count in 0..<400 {
      let text = (0..<count % 67).map { _ in
        random.next() % 5 == 0
          ? characters.randomElement(using: &random) ?? ""
          : String(UnicodeScalar(UInt8(32 + random.next() % 90)))
      }.joined()
      let json = jsonString(text)
      let read = try JSONDecoder().decode([String].self, from: Data("[\(json)]".utf8))
      #expect(read == [text], "\(random.state)")
      var appended: [UInt8] = []
      appendJSON(text, to: &appended)
      #expect(appended == Array(json.utf8))
    }
  }
}
