internal import TabularFiles

/// How a CSV is read.
///
/// The defaults are RFC 4180 with a header, types inferred from the whole file, and an error at
/// the first bad row.
public struct CSVReadingOptions: Sendable {
  /// What happens to a bad row: wrong quoting, a wrong number of cells, a cell that does not fit a
  /// commanded type, or invalid UTF-8.
  public enum BadRows: Sendable, Equatable {
    /// The first one ends the reading with an error.
    case fail
    /// They are left out and counted; more than `limit` of them end the reading with an error.
    case skip(limit: Int = .max)
    /// They are left out, and the report holds an error for each.
    case collect
  }

  /// How quotes are read.
  public enum Quoting: String, Sendable, CaseIterable {
    /// RFC 4180: quotes around a whole cell, doubled inside; anything else is a bad row.
    case strict
    /// Quotes may stand anywhere, as libcsv takes them; slower, on one thread.
    case lenient
  }

  /// How the text is written as bytes.
  public enum Encoding: String, Sendable, CaseIterable {
    /// UTF-8; invalid bytes make a bad row.
    case utf8
    /// UTF-8 in which invalid bytes become U+FFFD.
    case utf8Replacing = "utf8-replace"
    /// ISO 8859-1.
    case latin1
    /// UTF-16, by its byte order mark, else little endian.
    case utf16

    var textEncoding: TextEncoding {
      switch self {
      case .utf8: .utf8
      case .utf8Replacing: .utf8Replacing
      case .latin1: .latin1
      case .utf16: .utf16
      }
    }
  }

  /// The bytes that a record may have: beyond them a quote is likely not closed.
  package static let longestRecord = 1 << 28

  /// The bytes that separate and quote cells.
  public var dialect: CSVDialect
  /// Whether the delimiter, and whether there is a header, is found out from the first records.
  ///
  /// `dialect.delimiter` and `hasHeader` are then what was found; the report says it.
  public var detectsDialect = false
  /// Whether the first record names the columns; else they are `column_1`, `column_2`, ...
  public var hasHeader: Bool
  /// The names that the header must have, in order; nil accepts any.
  public var expectedHeader: [String]?
  /// Cells with one of these texts are null, besides empty unquoted cells.
  public var nullValues: Set<String>
  /// The same for single columns, by name; they replace `nullValues` there.
  public var columnNullValues: [String: Set<String>] = [:]
  /// Whether a quoted cell may be one of the null values; an empty quoted cell is never null.
  public var quotedNulls = true
  /// Whether spaces and tabs around unquoted cells are left out.
  public var trimsCells = false
  /// Whether the fraction of a number stands behind a comma; then a point makes text of it.
  public var decimalComma = false
  /// The character between groups of three digits, as in `1,234,567`; ASCII.
  public var thousandsSeparator: Character?
  /// Words for true besides `true`; one that is a number, a date or a word for a null is so only in
  /// columns that are commanded to be bool.
  public var trueWords: Set<String> = []
  /// Words for false besides `false`; as `trueWords`.
  public var falseWords: Set<String> = []
  /// How the dates of columns are written, as in strptime: `%Y %m %d %H %M %S %f %z`.
  ///
  /// Such a column is a date, or a datetime where the pattern has a time: a cell that does not fit
  /// is a bad row.
  public var dateFormats: [String: String] = [:]
  /// The physical lines at the end of the input that are left out; files and bytes in memory only.
  public var skipFooterLines = 0
  /// The name of a column that gets the path of each row's file; nil for none.
  public var fileColumn: String?
  /// Whether files whose headers have the same names in another order make one table.
  public var unionByName = false
  /// Whether every column is read as a string, and an empty cell as an empty string.
  public var allText: Bool
  /// Types that columns must have: commands, so that a cell that does not fit is a bad row.
  public var types: [String: ColumnType]
  /// The columns to keep, in this order; nil keeps all in file order.
  public var columns: [String]?
  /// What happens to bad rows.
  public var badRows: BadRows
  /// Who finds the records.
  package enum Scanner: Sendable {
    /// Vector instructions; what is quoted irregularly is left to libcsv.
    case vector
    /// libcsv alone, which defines the meaning.
    case reference
  }

  /// Who finds the records; the result is the same.
  package var scanner = Scanner.vector
  /// How the text is written as bytes; byte offsets are those of the text in UTF-8.
  public var encoding: Encoding
  /// How quotes are read.
  public var quoting: Quoting
  /// The physical lines before the header (or the first record) that are left out.
  public var skipLines: Int
  /// Lines that begin so, where a record would begin, are left out; 1 to 64 bytes of UTF-8.
  public var comment: String?
  /// The number of data records after the header that are left out.
  public var skip: Int
  /// The number of data rows after which reading stops; nil reads all.
  public var limit: Int?
  /// The threads that read; nil takes one for each processor.
  ///
  /// The result is the same for any number.
  public var threads: Int?
  /// The bytes that a thread takes at a time.
  ///
  /// The result is the same for any number.
  package var chunkSize = 256 * 1024

  /// Creates options; what is not named keeps its default.
  public init(
    dialect: CSVDialect = .rfc4180,
    hasHeader: Bool = true,
    expectedHeader: [String]? = nil,
    nullValues: Set<String> = [],
    allText: Bool = false,
    types: [String: ColumnType] = [:],
    columns: [String]? = nil,
    badRows: BadRows = .fail,
    encoding: Encoding = .utf8,
    quoting: Quoting = .strict,
    skipLines: Int = 0,
    comment: String? = nil,
    skip: Int = 0,
    limit: Int? = nil,
    threads: Int? = nil
  ) {
    self.dialect = dialect
    self.hasHeader = hasHeader
    self.expectedHeader = expectedHeader
    self.nullValues = nullValues
    self.allText = allText
    self.types = types
    self.columns = columns
    self.badRows = badRows
    self.encoding = encoding
    self.quoting = quoting
    self.skipLines = skipLines
    self.comment = comment
    self.skip = skip
    self.limit = limit
    self.threads = threads
  }
}

extension CSVReadingOptions {
  /// Options that take any first record: to look at bytes whose dialect is not known yet.
  var probing: CSVReadingOptions {
    var options = self
    options.hasHeader = false
    options.expectedHeader = nil
    return options
  }
}

/// What reading a CSV decided and left out.
public struct CSVReport: Sendable {
  /// The number of bad rows left out.
  public internal(set) var badRowCount = 0
  /// The errors of the bad rows, in file order: all with `.collect`, else the first only.
  public internal(set) var badRows: [CSVError] = []
  /// The first one of all processes, where several read the inputs.
  var firstBadRow: String?
  /// Number columns in which a word such as `NA` was read as null: column, word, count.
  public internal(set) var nullWords: [(column: String, word: String, count: Int)] = []
  /// What was found out about the dialect, where that was asked for.
  public internal(set) var dialect: String?
  /// Columns whose header was empty or repeated, with the name that they got.
  public internal(set) var renamedColumns: [(position: Int, header: String, name: String)] = []

  /// Creates a report of nothing.
  package init() {}

  /// Each decision as one line.
  public var notices: [String] {
    var lines = dialect.map { [$0] } ?? []
    lines += renamedColumns.map { position, header, name in
      "column \(position + 1), headed '\(header)', is named '\(name)'"
    }
    lines += nullWords.map { column, word, count in
      "column '\(column)' is numeric but for '\(word)', read as null \(count) times"
    }
    if let first = firstBadRow ?? badRows.first.map({ "\($0)" }), badRowCount > 0 {
      let rows = badRowCount == 1 ? "1 bad row" : "\(badRowCount) bad rows"
      lines.append("left out \(rows); the first: \(first)")
    }
    return lines
  }
}
