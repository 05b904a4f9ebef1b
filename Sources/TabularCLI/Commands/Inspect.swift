import ArgumentParser
import TabularCSV
import TabularFrame
import TabularLoading
import TabularPreprocessing

/// Shows what is in a CSV.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the schema of a CSV, its nulls and distinct values, and its first rows."
  )

  @Argument(help: "A CSV file, or - for standard input.")
  var input: String

  @OptionGroup(title: "Reading") var reading: ReadingOptions

  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws {
    let frame = try reading.read(input)
    let profiles = frame.profiles
    if json {
      printJSON(frame, profiles)
      return
    }
    let schema = try DataFrame([
      ("column", Column(profiles.map(\.name))),
      ("type", Column(profiles.map(\.type.rawValue))),
      ("nulls", Column(profiles.map(\.nullCount))),
      ("distinct", Column(profiles.map(\.distinctCount))),
      ("example", Column(profiles.map(\.example))),
    ])
    let width = Console.width ?? 100
    Console.result("\(input): \(frame.rowCount) rows, \(frame.columns.count) columns")
    if Datasets.isSyntheticTitanic(frame) {
      Console.result(
        "This is synthetic: invented passengers in the published proportions (tickets begin with SYN)."
      )
    }
    Console.result("")
    Console.result(schema.listing(width: width))
    Console.result("")
    Console.result(frame.head(5).formatted(maxRows: 5, width: width))
    if let target = frame.targetCandidates.first {
      Console.result("")
      Console.result(
        "Train with: tabular train \(shellQuoted(input)) --target \(shellQuoted(target))"
      )
    }
  }

  private func printJSON(_ frame: DataFrame, _ profiles: [ColumnProfile]) {
    var result = JSONObject()
    result.set("file", input)
    result.set("rows", frame.rowCount)
    result.set("synthetic", Datasets.isSyntheticTitanic(frame))
    result.set(
      "columns",
      profiles.map { profile in
        var column = JSONObject()
        column.set("name", profile.name)
        column.set("type", profile.type.rawValue)
        column.set("nulls", profile.nullCount)
        column.set("distinct", profile.distinctCount)
        return column
      }
    )
    if let target = frame.targetCandidates.first { result.set("suggested_target", target) }
    Console.result(result.text)
  }
}

/// A word as a shell takes it.
func shellQuoted(_ word: String) -> String {
  let plain = word.allSatisfy { $0.isLetter || $0.isNumber || "._-/+:@%=,".contains($0) }
  return plain && !word.isEmpty && !word.hasPrefix("=")
    ? word : "'\(word.replacing("'", with: "'\\''"))'"
}
