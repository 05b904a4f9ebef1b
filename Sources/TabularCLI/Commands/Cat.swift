import ArgumentParser
import TabularFiles
import TabularFrame

/// Prints the table as it was read.
struct Cat: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, csv, jsonl, arrow }

  static let configuration = CommandConfiguration(
    abstract: "Print a CSV as it was read: no recipe, typed.",
    discussion: """
      Aligned text on a terminal, CSV when standard output is not one; arrow is Arrow's IPC file, \
      and its stream on standard output or in .arrows. Rows are chosen (--where), \
      then sampled (--sample), then sorted (--sort).
      """
  )

  @Argument(help: "CSV files or patterns, which make one table; - is standard input.")
  var inputs: [String]

  @OptionGroup(title: "Reading") var reading: ReadingOptions

  @Option(
    name: .customLong("where"),
    help: ArgumentHelp(
      "Print the rows that satisfy it, with == != < <= > >=, 'is null' or 'is not null'; repeatable.",
      valueName: "COL OP VALUE"
    )
  )
  var conditions: [String] = []

  @Option(
    help: ArgumentHelp(
      "Sort by a column, nulls last; repeatable, the first decides.",
      valueName: "COL[:desc]"
    )
  )
  var sort: [String] = []

  @Option(help: "Print this many rows that chance picks, in the order of the file.")
  var sample: Int?

  @Option(help: "The same seed picks the same rows.")
  var seed: UInt64 = 0

  @Option(help: "The format; without it, from the ending of --output.")
  var format: Format?

  @Option(name: .shortAndLong, help: "Where to write; - is standard output.")
  var output = "-"

  func validate() throws {
    if let sample, sample < 0 { throw ValidationError("--sample takes a count, found \(sample)") }
  }

  func run() throws {
    let format = try resolvedFormat()
    let frame = try selected(from: reading.read(inputs))
    switch format {
    case .csv: try frame.writeCSV(to: output)
    case .jsonl: try frame.writeJSONLines(to: output)
    case .arrow: try frame.writeArrow(to: output)
    case .text:
      let width = output == "-" ? Console.width : nil
      let text = frame.formatted(maxRows: .max, width: width ?? .max)
      try writeFile(Array((text + "\n").utf8), to: output)
    }
  }

  private func selected(from frame: DataFrame) throws -> DataFrame {
    var frame = frame
    for text in conditions {
      guard let condition = Condition(text, columns: frame.columns) else {
        throw Failure(
          "--where '\(text)': expected COL OP VALUE with one of the columns "
            + frame.columns.joined(separator: ", ")
        )
      }
      frame = try frame.filter(condition)
    }
    if let sample {
      frame = frame.taking(frame.sampledRows(sample, seed: seed).sorted())
      reading.console.note("\(frame.rowCount) rows sampled, seed \(seed)")
    }
    guard !sort.isEmpty else { return frame }
    return try frame.sort(by: sort.map { key(of: $0, frame.columns) })
  }

  /// A name with a direction behind it, unless a column is named so.
  private func key(of text: String, _ columns: [String]) -> SortKey {
    for (ending, isDescending) in [(":desc", true), (":asc", false)]
    where text.hasSuffix(ending) && !columns.contains(text) {
      return SortKey(String(text.dropLast(ending.count)), isDescending: isDescending)
    }
    return SortKey(text)
  }

  private func resolvedFormat() throws -> Format {
    if let format { return format }
    if output == "-" { return Console.outputIsTerminal ? .text : .csv }
    switch output.split(separator: ".").last {
    case "csv": return .csv
    case "jsonl": return .jsonl
    case "txt": return .text
    case "arrow", "arrows": return .arrow
    default:
      throw ValidationError(
        "'\(output)' ends in no known format (.csv, .jsonl, .txt, .arrow); give --format"
      )
    }
  }
}
