import ArgumentParser
import TabularCSV
import TabularFiles
import TabularFrame

/// How a CSV is read; shared by every command that reads one.
struct ReadingOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "The byte between cells: one character, or 'tab'.")
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

  @Option(help: ArgumentHelp("What happens to bad rows.", valueName: "fail|skip|collect=PATH"))
  var badRows = "fail"

  @Option(help: "Read this many rows at most.")
  var limit: Int?

  @Flag(help: "Say nothing but results and errors.")
  var quiet = false

  var console: Console { Console(quiet: quiet) }

  func validate() throws {
    _ = try parsed()
  }

  private var collectPath: String? {
    badRows.hasPrefix("collect=") ? String(badRows.dropFirst("collect=".count)) : nil
  }

  private func parsed() throws -> CSVReadingOptions {
    var options = CSVReadingOptions()
    if delimiter == "tab" || delimiter == "\t" {
      options.dialect.delimiter = UInt8(ascii: "\t")
    } else if let byte = delimiter.utf8.first, delimiter.utf8.count == 1,
      byte != UInt8(ascii: "\""),
      byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r")
    {
      options.dialect.delimiter = byte
    } else {
      throw ValidationError("--delimiter takes one character (no quote), or 'tab'")
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
    options.limit = limit
    if let limit, limit < 0 { throw ValidationError("--limit takes a count, found \(limit)") }
    switch badRows {
    case "fail": options.badRows = .fail
    case "skip": options.badRows = .skip()
    case _ where collectPath?.isEmpty == false: options.badRows = .collect
    default:
      throw ValidationError("--bad-rows takes fail, skip or collect=PATH, found '\(badRows)'")
    }
    return options
  }

  /// Reads the input, says what was decided, and writes the bad rows where they are wanted.
  func read(
    _ path: String,
    types extra: [String: ColumnType] = [:],
    columns needed: [String]? = nil
  )
    throws -> DataFrame
  {
    var options = try parsed()
    options.types.merge(extra) { own, _ in own }
    if let needed { options.columns = needed }
    let (frame, report) = try DataFrame.readCSV(path, options: options)
    console.notes(report.notices)
    if let collectPath {
      try DataFrame(badRows: report.badRows).writeCSV(to: collectPath)
      console.note("bad rows are in \(collectPath)")
    }
    return frame
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
