import Testing

@testable import TabularFrame

struct DataFrameDescriptionTests {
  @Test func showsASmallTable() throws {
    #expect(
      try people().description == """
           name      age     fare  alive
           string  int64  float64  bool
        0  Ann        31     7.25  true
        1  Bo       null      0.5  false
        2  null        7     12.0  false
        3  Di         40     null  true
        [4 rows x 4 columns]
        """
    )
  }

  @Test func cutsLongTextsAndControlCharacters() throws {
    let frame = try DataFrame([
      ("x", Column([String(repeating: "y", count: 33), "a\nb\tc\r\nd\u{1B}[31m\u{0}"]))
    ])
    #expect(
      frame.description == """
           x
           string
        0  \(String(repeating: "y", count: 29))...
        1  a b c d [31m
        [2 rows x 1 column]
        """
    )
  }

  @Test func leavesOutRowsInTheMiddle() throws {
    let frame = try DataFrame([("x", Column(Array(0..<100)))])
    #expect(
      frame.formatted(maxRows: 3) == """
                x
            int64
         0      0
         1      1
              ...
        99     99
        [100 rows x 1 column]
        """
    )
    #expect(frame.formatted(maxRows: 0).hasSuffix("...\n[100 rows x 1 column]"))
    #expect(frame.formatted(maxRows: -1) == frame.formatted(maxRows: 0))
    #expect(frame.formatted(maxRows: 100).split(separator: "\n").count == 103)
  }

  @Test func leavesOutColumnsInTheMiddle() throws {
    let frame = try DataFrame((0..<9).map { ("column_\($0)", Column([Int64($0)])) })
    #expect(
      frame.formatted(width: 40) == """
           column_0  ...  column_7  column_8
              int64          int64     int64
        0         0  ...         7         8
        [1 row x 9 columns]
        """
        || frame.formatted(width: 40) == """
             column_0  column_1  ...  column_8
                int64     int64          int64
          0         0         1  ...         8
          [1 row x 9 columns]
          """
    )
    for width in 30...100 {
      #expect(
        frame.formatted(width: width).split(separator: "\n").allSatisfy { $0.count <= width }
      )
    }
  }

  @Test func alignsWideCharacters() throws {
    let frame = try DataFrame([
      ("x", Column(["\u{6771}\u{4EAC}", "ab", "\u{1F6A2}", "\u{1F1EB}\u{1F1EE}", "\u{2705}"])),
      ("y", Column(["1", "2", "3", "4", "5"])),
    ])
    #expect(
      frame.description == """
           x       y
           string  string
        0  \u{6771}\u{4EAC}    1
        1  ab      2
        2  \u{1F6A2}      3
        3  \u{1F1EB}\u{1F1EE}      4
        4  \u{2705}      5
        [5 rows x 2 columns]
        """
    )
  }

  @Test func showsWhatIsEmpty() throws {
    #expect(DataFrame().description == "[0 rows x 0 columns]")
    #expect(try people().select([]).description == "[4 rows x 0 columns]")
    #expect(
      try people()[["age"]].head(0).description == "    age\n  int64\n[0 rows x 1 column]"
    )
  }

  @Test func listsWithoutLabels() throws {
    #expect(
      try people()[["age", "name"]].head(2).listing(width: 80) == " age  name\n  31  Ann\nnull  Bo"
    )
  }
}
