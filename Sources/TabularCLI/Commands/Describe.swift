import ArgumentParser
import TabularCSV
import TabularFrame

/// Shows how the values of each column are distributed.
struct Describe: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show statistics and a small histogram of each column of a CSV.",
    discussion: """
      Nulls and NaN are left out. The deviation has the divisor count - 1; quartiles of numbers are \
      interpolated linearly. A histogram has at most 24 bins of equal width from the smallest value \
      to the largest.
      """
  )

  @Argument(help: "CSV files or patterns, which make one table; - is standard input.")
  var inputs: [String]

  @Flag(help: "Print the result as one line of JSON.")
  var json = false

  @OptionGroup(title: "Reading") var reading: ReadingOptions

  func run() throws {
    let frame = try reading.read(inputs)
    let summaries = try frame.summaries
    let name = inputs.joined(separator: " ")
    guard !json else {
      var result = JSONObject()
      result.set("file", name)
      result.set("rows", frame.rowCount)
      result.set("columns", summaries.map(\.json))
      Console.result(result.text)
      return
    }
    Console.result(
      "\(name): \(counted(frame.rowCount, "row")), \(counted(summaries.count, "column"))"
    )
    for summary in summaries {
      Console.result("")
      for line in summary.lines(width: Console.width ?? 100) { Console.result(line) }
    }
  }
}

/// A count with its noun.
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
