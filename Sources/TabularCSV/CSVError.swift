public import TabularFiles

/// An error in a CSV: what kind, where, what was expected and what was found, in one line.
public struct CSVError: Error, Sendable, CustomStringConvertible {
  /// What is wrong.
  public enum Kind: String, Sendable {
    /// The input holds no record, not even a header.
    case empty
    /// The header is not the expected one.
    case header
    /// A quote stands in an unquoted cell, or text after a closing quote, or a quote is not closed.
    case quoting
    /// A row has too few or too many cells.
    case cellCount
    /// A cell does not fit the type that its column was commanded to have.
    case type
    /// A row is not valid UTF-8.
    case encoding
    /// A column that the options name is not there.
    case column
    /// An option that contradicts another one, or that no input can be read with.
    case options
    /// A record is longer than a record may be.
    case tooLong
    /// There is not enough address space.
    case memory
    /// The input could not be read; see `underlying`.
    case file
  }

  /// What is wrong.
  public let kind: Kind
  /// The input: a path, `standard input`, or a name for bytes in memory.
  public let file: String
  /// The physical line, from 1.
  public var line: Int?
  /// The data record, from 0; nil for the header and for errors that concern no record.
  public var record: Int?
  /// The byte offset in the input, from 0.
  public var byteOffset: Int?
  /// The name of the column.
  public var column: String?
  /// What was expected.
  public var expected: String
  /// What was found, cut to 60 characters.
  public var found: String
  /// The text of the row, where it is at hand.
  public var text: String?
  /// The error of the floor below.
  public var underlying: FileError?

  init(
    _ kind: Kind,
    file: String,
    line: Int? = nil,
    record: Int? = nil,
    byteOffset: Int? = nil,
    column: String? = nil,
    expected: String,
    found: String
  ) {
    self.kind = kind
    self.file = file
    self.line = line
    self.record = record
    self.byteOffset = byteOffset
    self.column = column
    self.expected = expected
    self.found = found
  }

  init(
    _ kind: Kind,
    file: String,
    line: Int?,
    record: Int? = nil,
    byteOffset: Int?,
    _ wording: (expected: String, found: String)
  ) {
    self.init(
      kind,
      file: file,
      line: line,
      record: record,
      byteOffset: byteOffset,
      expected: wording.expected,
      found: wording.found
    )
  }

  /// What is wrong with a record's quotes.
  init(
    _ problem: (kind: RecordBlock.Problem, byteOffset: Int, line: Int),
    record: Int?,
    file: String
  ) {
    let wording =
      switch problem.kind {
      case .quoteInUnquotedCell:
        ("quotes only around a whole cell", "a quote inside an unquoted cell")
      case .textAfterQuote:
        ("a delimiter or a line end after the closing quote", "other text (double a quote inside)")
      case .unclosedQuote: ("a closing quote", "the end of the input")
      }
    self.init(
      .quoting,
      file: file,
      line: problem.line,
      record: record,
      byteOffset: problem.byteOffset,
      wording
    )
  }

  init(_ error: FileError, file: String) {
    self.init(.file, file: file, expected: "a readable file", found: error.reason)
    underlying = error
  }

  /// One line: file, line, byte, column, expected, found.
  public var description: String {
    if let underlying { return underlying.description }
    var place = [file]
    if let line { place.append("line \(line)") }
    if let byteOffset { place.append("byte \(byteOffset)") }
    if let column { place.append("column \(Self.quoted(column))") }
    return "\(place.joined(separator: ", ")): expected \(expected), found \(found)"
  }

  /// A text within quotes, its control characters escaped, cut to 60 characters.
  static func quoted(_ text: String) -> String {
    let short = text.count > 60 ? text.prefix(57) + "..." : text[...]
    var result = "'"
    for scalar in short.unicodeScalars {
      switch scalar {
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\0": result += "\\0"
      // What would end the line, or steer a terminal.
      case "\u{2028}", "\u{2029}", "\u{1}"..."\u{1F}", "\u{7F}"..."\u{9F}":
        result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "'"
  }

  /// Names within quotes; of many, the first ten.
  static func list(_ names: [String]) -> String {
    let first = names.prefix(10).map(quoted).joined(separator: ", ")
    return names.count > 10 ? "\(first) and \(names.count - 10) more" : first
  }
}
