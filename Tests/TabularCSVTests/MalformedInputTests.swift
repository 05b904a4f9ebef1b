import Testing

@testable import TabularCSV

/// What is said of malformed bytes: what, where, what was expected, what was found.
///
/// Lines are physical lines; bytes count from the first of the input, which is 0.
struct MalformedInputTests {
  static let ragged = [
    Malformed("short", "a,b\n1,2\n3\n", "f.csv, line 3, byte 8: expected 2 cells, found 1"),
    Malformed("long", "a,b\n1,2\n3,4,5\n", "f.csv, line 3, byte 8: expected 2 cells, found 3"),
    Malformed(
      "no final line end",
      "a,b\n1,2\n3",
      "f.csv, line 3, byte 8: expected 2 cells, found 1"
    ),
    Malformed("trailing comma", "a,b\n1,2,\n", "f.csv, line 2, byte 4: expected 2 cells, found 3"),
    Malformed("one column", "a\n1\n2,3\n", "f.csv, line 3, byte 4: expected 1 cell, found 2"),
    Malformed("blank lines", "a,b\n\n\n3\n", "f.csv, line 4, byte 6: expected 2 cells, found 1"),
    Malformed(
      "byte order mark",
      "\u{FEFF}a,b\n3\n",
      "f.csv, line 2, byte 7: expected 2 cells, found 1"
    ),
    Malformed(
      "short after quoted LF",
      "a,b\n\"x\n\ny\",2\n3\n",
      "f.csv, line 5, byte 13: expected 2 cells, found 1"
    ),
    Malformed(
      "long after quoted CR LF",
      "a,b\r\n\"x\r\ny\",2\r\n3,4,5\r\n",
      "f.csv, line 4, byte 15: expected 2 cells, found 3"
    ),
    Malformed(
      "short after quoted CR",
      "a,b\r\"x\ry\",2\r3\r",
      "f.csv, line 4, byte 12: expected 2 cells, found 1"
    ),
    Malformed(
      "far behind quoted line ends",
      "a,b\n" + String(repeating: "\"x\r\ny\",\"z\n\"\n", count: 1_000) + "3\n",
      "f.csv, line 3002, byte 12004: expected 2 cells, found 1"
    ),
    Malformed(
      "after a comment and skipped lines",
      "title\na,b\n# it's \"odd\n3\n",
      "f.csv, line 4, byte 22: expected 2 cells, found 1"
    ) {
      $0.skipLines = 1
      $0.comment = "#"
    },
    Malformed(
      "without a header",
      "1,2\n3\n",
      "f.csv, line 2, byte 4: expected 2 cells, found 1"
    ) { $0.hasHeader = false },
    Malformed(
      "another delimiter",
      "a;b\n1;2\n3,4\n",
      "f.csv, line 3, byte 8: expected 2 cells, found 1"
    ) { $0.dialect.delimiter = UInt8(ascii: ";") },
  ]

  static let quoting = [
    Malformed(
      "quote in an unquoted cell",
      "a,b\n1,x\"y\n",
      "f.csv, line 2, byte 7: expected quotes only around a whole cell, "
        + "found a quote inside an unquoted cell"
    ),
    Malformed(
      "space before a quote",
      "a,b\n1, \"x\"\n",
      "f.csv, line 2, byte 7: expected quotes only around a whole cell, "
        + "found a quote inside an unquoted cell"
    ),
    Malformed(
      "text after a closing quote",
      "a,b\n\"x\"y,2\n",
      "f.csv, line 2, byte 7: expected a delimiter or a line end after the closing quote, "
        + "found other text (double a quote inside)"
    ),
    Malformed(
      "backslash before a quote",
      "a,b\n\"x\\\"y\",2\n",
      "f.csv, line 2, byte 8: expected a delimiter or a line end after the closing quote, "
        + "found other text (double a quote inside)"
    ),
    Malformed(
      "text after a quote that closes on a later line",
      "a,b\n1,\"x\r\ny\"z\n",
      "f.csv, line 3, byte 12: expected a delimiter or a line end after the closing quote, "
        + "found other text (double a quote inside)"
    ),
    Malformed(
      "unclosed in the first record",
      "a,b\n\"x,2\n",
      "f.csv, line 2, byte 4: expected a closing quote, found the end of the input"
    ),
    Malformed(
      "unclosed in the last record, no line end",
      "a,b\n1,2\n3,\"",
      "f.csv, line 3, byte 10: expected a closing quote, found the end of the input"
    ),
    Malformed(
      "unclosed far from the end",
      "a,b\n" + String(repeating: "1,2\n", count: 10) + "3,\"x\n"
        + String(repeating: "1,2\n", count: 5_000),
      "f.csv, line 12, byte 46: expected a closing quote, found the end of the input"
    ),
    Malformed(
      "unclosed behind a doubled quote",
      "a,b\n\"x\"\"y,2\n3,4\n",
      "f.csv, line 2, byte 4: expected a closing quote, found the end of the input"
    ),
    Malformed(
      "unclosed in the header",
      "\"a,b\n1,2\n",
      "f.csv, line 1, byte 0: expected a closing quote, found the end of the input"
    ),
    Malformed(
      "quote in the header",
      "a\"x,b\n1,2\n",
      "f.csv, line 1, byte 1: expected quotes only around a whole cell, "
        + "found a quote inside an unquoted cell"
    ),
    Malformed(
      "another quote",
      "a,b\n'x'y,\"\n",
      "f.csv, line 2, byte 7: expected a delimiter or a line end after the closing quote, "
        + "found other text (double a quote inside)"
    ) { $0.dialect.quote = UInt8(ascii: "'") },
  ]

  static let encoding = [
    Malformed(
      "in a cell",
      bytes: Array("a,b\nx,".utf8) + [0xC3, 0x28, 10],
      "f.csv, line 2, byte 6, column 'b': expected UTF-8, found bytes that are not: '\u{FFFD}('"
    ),
    Malformed(
      "in a quoted cell behind a line end",
      bytes: Array("a,b\n\"x\ny\",\"p\n".utf8) + [0xFF, 34, 10],
      "f.csv, line 3, byte 10, column 'b': expected UTF-8, found bytes that are not: 'p\\n\u{FFFD}'"
    ),
    Malformed(
      "half a character at the end",
      bytes: Array("a,b\nx,ä\nx,".utf8) + [0xE2, 0x82],
      "f.csv, line 3, byte 11, column 'b': expected UTF-8, found bytes that are not: '\u{FFFD}'"
    ),
    Malformed(
      "in the header",
      bytes: Array("a,b".utf8) + [0xE4, 10] + Array("1,2\n".utf8),
      "f.csv, line 1, byte 0: expected a header in UTF-8, "
        + "found bytes that are not: 'b\u{FFFD}' (give the encoding if it is another)"
    ),
    Malformed(
      "UTF-16 taken for UTF-8",
      bytes: [0xFF, 0xFE, 97, 0, 10, 0, 49, 0, 10, 0],
      "f.csv, line 1, byte 0: expected a header in UTF-8, "
        + "found bytes that are not: '\u{FFFD}\u{FFFD}a\\0' (give the encoding if it is another)"
    ),
  ]

  @Test(arguments: ragged + quoting + encoding)
  func isSaidInOneLine(_ input: Malformed) { #expect(input.found == input.message) }
}
