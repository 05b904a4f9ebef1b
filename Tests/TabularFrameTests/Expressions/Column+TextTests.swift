import TabularCSV
import Testing

@testable import TabularFrame

/// Texts, maps of texts and regular expressions.
///
/// Each case runs on a string column and a category.
struct ColumnTextTests {
  static let names = [
    "Braund, Mr. Owen Harris", "", nil, "Stra\u{DF}e \u{C4}", "\t a b \u{A0}", "Mr. Mr.",
  ]

  private func check(
    _ expected: Column,
    _ verb: (Column) throws -> Column,
    _ comment: Comment? = nil
  ) throws {
    let texts = Column(Self.names)
    #expect(try verb(texts) == expected, comment)
    let slice = Column(["x", nil] + Self.names).slice(2..<8)
    #expect(try verb(slice) == expected, comment)
    let found = try verb(slice.asCategory())
    #expect(found.type == (expected.type == .string ? .category : expected.type))
    #expect(try (expected.type == .string ? found.cast(to: .string) : found) == expected, comment)
  }

  @Test func tests() throws {
    try check(Column([true, false, nil, false, false, true])) { try $0.contains("Mr.") }
    try check(Column([true, true, nil, true, true, true])) { try $0.contains("") }
    try check(Column([false, false, nil, true, false, false])) { try $0.contains("\u{C4}") }
    try check(Column([true, false, nil, false, false, true])) {
      try $0.contains("mR", ignoringCase: true)
    }
    try check(Column([false, false, nil, false, false, true])) { try $0.hasPrefix("Mr.") }
    try check(Column([true, false, nil, false, false, false])) { try $0.hasSuffix("Harris") }
    try check(Column([23, 0, nil, 8, 7, 7])) { try $0.length() }  // pandas: str.len()
  }

  @Test func maps() throws {
    try check(
      Column([
        "braund, mr. owen harris", "", nil, "stra\u{DF}e \u{E4}", "\t a b \u{A0}", "mr. mr.",
      ])
    ) { try $0.lowercased() }
    try check(
      Column(["BRAUND, MR. OWEN HARRIS", "", nil, "STRASSE \u{C4}", "\t A B \u{A0}", "MR. MR."])
    ) { try $0.uppercased() }
    try check(
      Column(["Braund, Mr. Owen Harris", "", nil, "Stra\u{DF}e \u{C4}", "a b", "Mr. Mr."])
    ) { try $0.trimmed() }
    try check(
      Column(["Braund, Dr Owen Harris", "", nil, "Stra\u{DF}e \u{C4}", "\t a b \u{A0}", "Dr Dr"])
    ) { try $0.replacing("Mr.", with: "Dr") }
  }

  @Test func splits() throws {
    // pandas: str.split(" ").str[1], .str[-1] and str.split(" ", n=1, expand=True)[1]
    try check(Column(["Mr.", nil, nil, "\u{C4}", "a", "Mr."])) { try $0.split(" ", element: 1) }
    try check(Column(["Harris", "", nil, "\u{C4}", "\u{A0}", "Mr."])) {
      try $0.split(" ", element: -1)
    }
    try check(Column([nil, nil, nil, nil, nil, nil] as [String?])) {
      try $0.split(" ", element: 9)
    }
    try check(Column(["Mr. Owen Harris", nil, nil, "\u{C4}", "a b \u{A0}", "Mr."])) {
      try $0.split(" ", into: 2)[1]
    }
    try check(Column(["Braund,", "", nil, "Stra\u{DF}e", "\t", "Mr."])) {
      try $0.split(" ", into: 2)[0]
    }
  }

  @Test func patterns() throws {
    try check(Column([true, false, nil, false, false, true])) {
      try $0.contains(matching: #"[MD]r\."#)
    }
    try check(Column([false, false, nil, false, false, true])) { try $0.matches(#"(Mr\. ?)+"#) }
    try check(Column(["Mr", nil, nil, nil, nil, nil])) { try $0.extract(#", ([^.]+)\."#) }
    try check(Column([", Mr.", nil, nil, nil, nil, nil])) {
      try $0.extract(#", ([^.]+)\."#, group: 0)
    }
  }

  @Test func manyRowsKeepTheirOrder() throws {
    let texts = (0..<5000).map { $0 % 7 == 0 ? nil : "row \($0)" }
    let expected = texts.map { text in text.map { String($0.dropFirst(4)) } }
    #expect(try Column(texts).extract(#"(\d+)"#) == Column(expected))
    #expect(
      try Column(texts).contains(matching: "9$")
        == Column(texts.map { text in text.map { $0.hasSuffix("9") } })
    )
  }

  @Test func wordsThatBecomeEqualAreOne() throws {
    let category = try Column(["A", "a", nil, "B"]).asCategory().lowercased()
    #expect(category.distinctCount == 2)
    #expect(try (category == "a") == Column([true, true, nil, false]))
    let empty = Column([nil, nil] as [String?]).asCategory()
    #expect(try empty.uppercased().nullCount == 2)
    #expect(try empty.contains("a") == Column([nil, nil] as [Bool?]))
    #expect(try empty.length() == Column([nil, nil] as [Int?]))
  }

  @Test func saysWhatIsWrong() throws {
    let numbers = Column([1])
    #expect(
      message { try numbers.contains("1") }
        == "contains of a column of type int64, expected texts; cast it with cast(to: .string)"
    )
    #expect(message { try numbers.length() }.hasPrefix("length of a column of type int64"))
    #expect(message { try numbers.lowercased() }.hasPrefix("lowercased of a column of type int64"))
    #expect(message { try numbers.matches("1") }.hasPrefix("matches of a column of type int64"))
    let texts = Column(["a"])
    #expect(message { try texts.split("", element: 0) } == "a split at an empty separator")
    #expect(
      message { try texts.replacing("", with: "b") }
        == "replacing an empty text; say what to look for"
    )
    #expect(message { try texts.matches("(") }.hasPrefix("'(' is no regular expression: "))
    #expect(
      message { try texts.extract("a") }
        == "pattern 'a' has 0 groups, and group 1 is asked for; "
        + "put parentheses around what is wanted"
    )
  }
}
