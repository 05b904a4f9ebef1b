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
}
