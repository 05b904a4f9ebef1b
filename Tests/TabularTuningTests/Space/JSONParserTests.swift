import Testing

@testable import TabularTuning

struct JSONParserTests {
  /// The value in a notation of its own.
  static func shown(_ node: JSONNode) -> String {
    switch node.content {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .number(let digits): "#\(digits)"
    case .text(let text): "'\(text)'"
    case .array(let elements): "[\(elements.map(shown).joined(separator: " "))]"
    case .object(let members):
      "{\(members.map { "\($0.key)=\(shown($0.value))" }.joined(separator: " "))}"
    }
  }

  @Test(arguments: [
    ("{\"b\": 1, \"a\": [true, false, null]}", "{b=#1 a=[true false null]}"),
    (" [ ] ", "[]"), ("{}", "{}"), ("-0.5e+10", "#-0.5e+10"), ("0", "#0"),
    (#""a\"\\\/\b\n\u00e9\ud83d\ude00""#, "'a\"\\/\u{8}\né😀'"),
    ("\u{FEFF}[1]", "[#1]"),
  ])
  func reads(text: String, expected: String) throws {
    #expect(Self.shown(try JSONNode.parse(text)) == expected)
  }

  @Test(arguments: [
    ("", "a value expected, found the end", 1, 1),
    ("{\"a\": 1,\n \"b\": 2,\n}", "a name in quotes expected, found '}'", 3, 1),
    ("[1 2]", "',' or ']' expected, found '2]'", 1, 4),
    ("{\"é\" 1}", "':' expected, found '1}'", 1, 6),
    ("{\"a\": nul}", "a value expected, found 'nul}'", 1, 7),
    ("[01]", "a number expected, found '01]'", 1, 2),
    ("[1.]", "a digit expected, found ']'", 1, 4),
    ("[1e]", "a digit expected, found ']'", 1, 4),
    ("[-]", "a number expected, found '-]'", 1, 2),
    ("\"a\nb\"", "the end of a text expected, found \"\\nb\\\"\"", 1, 3),
    ("\"a", "the end of a text expected, found the end", 1, 3),
    ("\"\\x\"", "an escape expected, found 'x\"'", 1, 3),
    ("\"\\ud800\"", "half a surrogate pair", 1, 3),
    ("1 1", "the end of the file expected, found '1'", 1, 3),
    (
      String(repeating: "[", count: 100_000), "lists and objects 100 deep at most", 1, 101
    ),
  ])
  func refuses(text: String, reason: String, line: Int, column: Int) throws {
    let refusal = #expect(throws: JSONRefusal.self) { try JSONNode.parse(text) }
    #expect(refusal?.reason == reason)
    #expect(refusal?.place.line == line)
    #expect(refusal?.place.column == column)
  }
}
