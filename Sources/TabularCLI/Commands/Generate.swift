import ArgumentParser
import TabularFrame
import TabularLoading

/// Makes synthetic data.
struct Generate: ParsableCommand {
  enum Shape: String, ExpressibleByArgument, CaseIterable { case titanic, taxi, floats, criteo }

  static let configuration = CommandConfiguration(
    abstract: "Make synthetic data of well-known shapes.",
    discussion: """
      titanic: invented passengers in the Titanic's published proportions. taxi: rides with \
      timestamps and decimals. floats: 32 columns of 17 digits. criteo: 13 integer and 26 \
      hexadecimal columns with nulls. The same seed gives the same bytes on every platform.
      """
  )

  @Argument(help: "The kind of data.")
  var shape: Shape

  @Option(help: "The number of rows; 891 for titanic unless told, else 100000.")
  var rows: Int?

  @Option(help: "The same seed gives the same rows.")
  var seed: UInt64 = 0

  @Option(name: .shortAndLong, help: "The CSV to write; - is standard output.")
  var output = "-"

  @Flag(help: "Say nothing but results and errors.")
  var quiet = false

  func validate() throws {
    if let rows, !(0...1_000_000_000).contains(rows) {
      throw ValidationError("--rows takes 0 to 1000000000, found \(rows)")
    }
  }

  func run() throws {
    let rows = rows ?? (shape == .titanic ? 891 : 100_000)
    let console = Console(quiet: quiet)
    if let table = SyntheticTable(rawValue: shape.rawValue) {
      try table.write(rows: rows, seed: seed, to: output)
      console.note("\(rows) rows of \(shape.rawValue), seed \(seed), in \(output)")
    } else {
      try Datasets.titanicSynthetic(rows: rows, seed: seed).writeCSV(to: output)
      console.note("\(rows) synthetic passengers, seed \(seed), in \(output)")
    }
  }
}
