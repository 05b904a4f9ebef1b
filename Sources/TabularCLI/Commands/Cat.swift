import ArgumentParser
import TabularFiles
import TabularFrame

/// Prints the table as it was read.
struct Cat: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, csv, jsonl }

  static let configuration = CommandConfiguration(
    abstract: "Print a CSV as it was read: no recipe, typed.",
    discussion: "Aligned text on a terminal, CSV when standard output is not one."
  )

  @Argument(help: "CSV files or patterns, which make one table; - is standard input.")
  var inputs: [String]

  @OptionGroup(title: "Reading") var reading: ReadingOptions

  @Option(help: "The format; without it, from the ending of --output.")
  var format: Format?

  @Option(name: .shortAndLong, help: "Where to write; - is standard output.")
  var output = "-"

  func run() throws {
    let frame = try reading.read(inputs)
    switch try resolvedFormat() {
    case .csv: try frame.writeCSV(to: output)
    case .jsonl: try frame.writeJSONLines(to: output)
    case .text:
      let width = output == "-" ? Console.width : nil
      let text = frame.formatted(maxRows: .max, width: width ?? .max)
      try writeFile(Array((text + "\n").utf8), to: output)
    }
  }

  private func resolvedFormat() throws -> Format {
    if let format { return format }
    if output == "-" { return Console.outputIsTerminal ? .text : .csv }
    switch output.split(separator: ".").last {
    case "csv": return .csv
    case "jsonl": return .jsonl
    case "txt": return .text
    default:
      throw ValidationError(
        "'\(output)' ends in no known format (.csv, .jsonl, .txt); give --format"
      )
    }
  }
}
