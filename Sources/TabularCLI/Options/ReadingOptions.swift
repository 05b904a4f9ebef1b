import ArgumentParser
import TabularCSV
import TabularCollectives
import TabularFiles
import TabularFrame
import TabularPreprocessing

/// How a CSV is read; shared by every command that reads one.
struct ReadingOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The byte between cells: one character, 'tab', or 'auto' (comma, tab, semicolon or pipe).",
      valueName: "C|tab|auto"
    )
  )
  var delimiter = ","

  @Flag(help: "The first record is data; columns are named column_1, column_2, ...")
  var noHeader = false

  @Option(
    parsing: .unconditional,
    help: "Texts that mean null, besides the empty cell, separated by commas."
  )
  var nullValues: String?

  @Flag(help: "Every column is a string, an empty cell an empty string.")
  var allText = false

  @Option(
    help: ArgumentHelp(
      "Types that columns must have: bool int64 float64 date datetime string category.",
      valueName: "col=type,..."
    )
  )
  var types: String?

  @Option(help: ArgumentHelp("The columns to read, in this order.", valueName: "a,b"))
  var columns: String?

  @Option(help: "Leave out this many lines before the header.")
  var skipLines = 0

  @Option(help: "Leave out this many lines at the end of the file.")
  var skipFooter = 0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Leave out lines that begin so.", valueName: "prefix")
  )
  var comment: String?

  @Flag(help: "The fraction of a number stands behind a comma: 1,5.")
  var decimalComma = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The character between groups of three digits: 1,234,567.", valueName: "C")
  )
  var thousands: String?

  @Flag(help: "Leave out spaces and tabs around unquoted cells.")
  var trim = false

  @Option(help: ArgumentHelp("Words for true, besides 'true'.", valueName: "a,b"))
  var trueWords: String?

  @Option(help: ArgumentHelp("Words for false, besides 'false'.", valueName: "a,b"))
  var falseWords: String?

  @Option(
    help: ArgumentHelp(
      "How the dates of columns are written: %Y %m %d %H %M %S %f %z.",
      valueName: "col=format,..."
    )
  )
  var dateFormats: String?

  @Option(
    help: ArgumentHelp(
      "How the text is written as bytes; utf8-replace puts U+FFFD for invalid bytes.",
      valueName: "utf8|utf8-replace|latin1|utf16"
    )
  )
  var encoding = "utf8"

  @Option(
    help: ArgumentHelp(
      "Whether quotes must stand around whole cells; lenient is slower.",
      valueName: "strict|lenient"
    )
  )
  var quoting = "strict"

  @Option(
    help: ArgumentHelp(
      "What happens to bad rows; skip=N allows N.",
      valueName: "fail|skip|skip=N|collect=PATH"
    )
  )
  var badRows = "fail"

  @Option(help: "Leave out this many rows behind the header.")
  var skip = 0

  @Option(help: "Read this many rows at most.")
  var limit: Int?

  @Option(help: ArgumentHelp("Add a column with the file of each row.", valueName: "name"))
  var fileColumn: String?

  @Flag(help: "Match the columns of several files by name: their order may differ.")
  var unionByName = false

  @Option(help: "Threads that read; one for each processor unless told. The result is the same.")
  var threads: Int?

  @Flag(help: "Say nothing but results and errors.")
  var quiet = false

  var console: Console { Console(quiet: quiet) }

  func validate() throws {
    _ = try parsed()
  }

  /// Whether a record's line can be told by counting line ends.
  var countsLines: Bool { encoding.hasPrefix("utf8") && skip == 0 && quoting == "strict" }

  private var collectPath: String? {
    badRows.hasPrefix("collect=") ? String(badRows.dropFirst("collect=".count)) : nil
  }

  private func parsed() throws -> CSVReadingOptions {
    var options = CSVReadingOptions()
    if delimiter == "auto" {
      options.detectsDialect = true
    } else if delimiter == "tab" || delimiter == "\t" {
      options.dialect.delimiter = UInt8(ascii: "\t")
    } else if let byte = delimiter.utf8.first, delimiter.utf8.count == 1,
      byte != UInt8(ascii: "\""),
      byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r")
    {
      options.dialect.delimiter = byte
    } else {
      throw ValidationError("--delimiter takes one character (no quote), 'tab' or 'auto'")
    }
    options.hasHeader = !noHeader
    options.nullValues = Set(list(nullValues))
    options.allText = allText
    for (name, value) in try pairs(types, option: "--types") {
      guard let type = ColumnType(rawValue: value) else {
        let names = ColumnType.allCases.map(\.rawValue).joined(separator: " ")
        throw ValidationError("--types \(name)=\(value): a type is one of \(names)")
      }
      options.types[name] = type
    }
    options.columns = columns.map { list($0) }
    try parseFormats(into: &options)
    try parseLines(into: &options)
    options.limit = limit
    if let limit, limit < 0 { throw ValidationError("--limit takes a count, found \(limit)") }
    switch badRows {
    case "fail": options.badRows = .fail
    case "skip": options.badRows = .skip()
    case _ where badRows.hasPrefix("skip="):
      guard let limit = Int(badRows.dropFirst("skip=".count)), limit >= 0 else {
        throw ValidationError("--bad-rows skip=N takes a count, found '\(badRows)'")
      }
      options.badRows = .skip(limit: limit)
    case _ where collectPath?.isEmpty == false: options.badRows = .collect
    default:
      throw ValidationError(
        "--bad-rows takes fail, skip, skip=N or collect=PATH, found '\(badRows)'"
      )
    }
    return options
  }

  /// How cells are written.
  private func parseFormats(into options: inout CSVReadingOptions) throws {
    options.decimalComma = decimalComma
    options.trimsCells = trim
    if let thousands {
      let decimal: Character = decimalComma ? "," : "."
      guard let separator = thousands.first, thousands.utf8.count == 1, separator != decimal,
        !separator.isNumber, separator != "-", separator != "\""
      else {
        throw ValidationError(
          "--thousands takes one character that no number has otherwise, found '\(thousands)'"
        )
      }
      options.thousandsSeparator = separator
    }
    options.trueWords = Set(list(trueWords))
    options.falseWords = Set(list(falseWords))
    if let word = options.trueWords.intersection(options.falseWords).sorted().first {
      throw ValidationError("'\(word)' is a word for true and for false")
    }
    for (name, value) in try pairs(dateFormats, option: "--date-formats") {
      options.dateFormats[name] = value
    }
    guard let encoding = CSVReadingOptions.Encoding(rawValue: encoding) else {
      let names = CSVReadingOptions.Encoding.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--encoding takes \(names), found '\(encoding)'")
    }
    options.encoding = encoding
  }

  /// Which lines are rows, and who reads them.
  private func parseLines(into options: inout CSVReadingOptions) throws {
    guard let quoting = CSVReadingOptions.Quoting(rawValue: quoting) else {
      throw ValidationError("--quoting takes strict or lenient, found '\(quoting)'")
    }
    options.quoting = quoting
    if let comment {
      guard (1...64).contains(comment.utf8.count), !comment.contains(where: \.isNewline) else {
        throw ValidationError("--comment takes 1 to 64 bytes of one line")
      }
      options.comment = comment
    }
    for (name, value) in [
      ("--skip-lines", skipLines), ("--skip-footer", skipFooter), ("--skip", skip),
    ] where value < 0 {
      throw ValidationError("\(name) takes a count, found \(value)")
    }
    options.skipLines = skipLines
    options.skipFooterLines = skipFooter
    options.skip = skip
    options.fileColumn = fileColumn
    options.unionByName = unionByName
    if let threads, threads < 1 {
      throw ValidationError("--threads takes a number above 0, found \(threads)")
    }
    options.threads = threads
  }

  /// Reads the input, says what was decided, and writes the bad rows where they are wanted.
  func read(
    _ paths: [String],
    types extra: [String: ColumnType] = [:],
    columns needed: [String]? = nil
  )
    throws -> DataFrame
  {
    var options = try parsed()
    options.types.merge(extra) { own, _ in own }
    if let needed { options.columns = needed }
    let (frame, report) = try DataFrame.readCSV(paths, options: options)
    try self.report(report)
    return frame
  }
}

// Rows that are gone through a chunk at a time.
extension ReadingOptions {
  /// Opens the input; `report` says what was decided once it was gone through.
  ///
  /// Of several processes each opens a part of the rows.
  func rows(
    _ paths: [String],
    types extra: [String: ColumnType] = [:],
    memory: MemoryBudget,
    ranks: (any Communicator)? = nil
  ) throws -> StreamedRows {
    var options = try parsed()
    options.types.merge(extra) { own, _ in own }
    let passes = try CSVPasses(
      ofCSV: paths,
      options: options,
      chunkBytes: memory.chunkBytes,
      mayKeepInput: memory.limit == nil,
      share: ranks.map { ranks in
        CSVPasses.Share(rank: ranks.rank, of: ranks.size) { try ranks.allGather($0) }
      }
    )
    return StreamedRows(passes, room: memory.roomForRows, ranks: ranks)
  }

  /// Says what was decided, and writes the bad rows where they are wanted.
  func report(_ report: CSVReport) throws {
    console.notes(report.notices)
    if let collectPath {
      try DataFrame(badRows: report.badRows).writeCSV(to: collectPath)
      console.note("bad rows are in \(collectPath)")
    }
  }
}

extension ReadingOptions {
  /// Reads one input, or the files that match a pattern.
  func read(
    _ path: String,
    types extra: [String: ColumnType] = [:],
    columns needed: [String]? = nil
  ) throws -> DataFrame {
    try read([path], types: extra, columns: needed)
  }
}

/// The parts of a list separated by commas.
func list(_ text: String?) -> [String] {
  text.map { $0.split(separator: ",", omittingEmptySubsequences: true).map(String.init) } ?? []
}

/// The parts of a list of `name=value`.
func pairs(_ text: String?, option: String) throws -> [(name: String, value: String)] {
  try list(text).map { part in
    guard let equals = part.firstIndex(of: "="), equals != part.startIndex else {
      throw ValidationError("\(option) takes col=value, separated by commas; found '\(part)'")
    }
    return (name: String(part[..<equals]), value: String(part[part.index(after: equals)...]))
  }
}
