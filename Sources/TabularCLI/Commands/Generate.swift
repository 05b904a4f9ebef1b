import ArgumentParser
import TabularFrame
import TabularLoading

/// Makes synthetic data.
struct Generate: ParsableCommand {
  enum Shape: String, ExpressibleByArgument, CaseIterable { case titanic }

  static let configuration = CommandConfiguration(
    abstract: "Make synthetic data: invented passengers in the Titanic's published proportions."
  )

  @Argument(help: "The kind of data.")
  var shape: Shape

  @Option(help: "The number of rows.")
  var rows = 891

  @Option(help: "The same seed gives the same rows.")
  var seed: UInt64 = 0

  @Option(name: .shortAndLong, help: "The CSV to write; - is standard output.")
  var output = "-"

  @Flag(help: "Say nothing but results and errors.")
  var quiet = false

  func validate() throws {
    guard (0...10_000_000).contains(rows) else {
      throw ValidationError("--rows takes 0 to 10000000, found \(rows)")
    }
  }

  func run() throws {
    try Datasets.titanicSynthetic(rows: rows, seed: seed).writeCSV(to: output)
    Console(quiet: quiet).note("\(rows) synthetic passengers, seed \(seed), in \(output)")
  }
}
