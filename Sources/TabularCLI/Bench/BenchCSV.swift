import ArgumentParser
import TabularCSV
import TabularFiles
import TabularFrame

/// Times the reading of the user's own files.
struct BenchCSV: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "csv",
    abstract: "Time the reading of CSV files into typed columns.",
    discussion: """
      Each file is read once and checked against the defining scanner (libcsv), then timed. Peers \
      are polars, polars-dates, pyarrow, duckdb and pandas: duckdb hands its result on as Arrow, \
      and polars reads dates and times as texts unless it is polars-dates.
      """
  )

  @Argument(help: "CSV files.")
  var files: [String]

  @OptionGroup var bench: BenchOptions

  @Option(help: "Threads that read; one for each processor unless told.")
  var threads: Int?

  @Flag(help: "Leave out the check against the defining scanner.")
  var noCheck = false

  func validate() throws {
    if let threads, threads < 1 {
      throw ValidationError("--threads takes a number above 0, found \(threads)")
    }
    guard !files.isEmpty else { throw ValidationError("bench csv needs a file") }
    try bench.validate(peers: ["polars", "polars-dates", "pyarrow", "duckdb", "pandas"])
  }

  func run() throws {
    for path in files { try run(path) }
  }

  private func run(_ path: String) throws {
    var options = CSVReadingOptions()
    options.threads = threads
    guard let size = try InputFile(path: path).size else {
      throw Failure("'\(path)' is no regular file")
    }
    BenchResult.forgetPeak()
    let first = try DataFrame.readCSV(path, options: options).frame
    let file = path.split(separator: "/").last.map(String.init) ?? path
    var result = BenchResult(subject: "csv", name: file, rows: first.rowCount, bytes: size)
    result.peak = BenchResult.peakMemory
    if !noCheck {
      options.scanner = .reference
      guard try DataFrame.readCSV(path, options: options).frame == first else {
        throw Failure("'\(path)': the fast scanner and libcsv disagree; please report it")
      }
      options.scanner = .vector
    }
    try bench.time(result, peers: bench.peers(script: Self.peers), request: path) {
      try DataFrame.readCSV(path, options: options).frame
    }
  }

  /// Each as an expert would use it.
  private static let peers = """
    if engine == "pandas":
        import pandas as m
        work = lambda p: m.read_csv(p)
    elif engine in ("polars", "polars-dates"):
        import polars as m
        work = lambda p: m.read_csv(p, try_parse_dates=engine == "polars-dates")
    elif engine == "pyarrow":
        import pyarrow as m, pyarrow.csv as c
        work = lambda p: c.read_csv(p)
    else:
        import duckdb as m
        work = lambda p: m.sql("select * from read_csv('" + p.replace("'", "''") + "')").to_arrow_table()
    """
}
