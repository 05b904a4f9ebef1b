import ArgumentParser
import Foundation
import TabularCSV
import TabularFiles
import TabularFrame

/// Times the library on the user's own files.
struct Bench: ParsableCommand {
  enum Subject: String, ExpressibleByArgument, CaseIterable { case csv }

  static let configuration = CommandConfiguration(
    abstract: "Time the reading of CSV files into typed columns, in this process.",
    discussion: """
      Each file is read once and checked against the defining scanner (libcsv), then timed; the \
      best of the runs counts.
      """
  )

  @Argument(help: "What is timed.")
  var subject: Subject

  @Argument(help: "CSV files.")
  var files: [String]

  @Option(help: "Timed readings; the best counts.")
  var runs = 5

  @Option(help: "Threads that read; one for each processor unless told.")
  var threads: Int?

  @Flag(help: "Print a line of JSON a case.")
  var json = false

  @Flag(help: "Leave out the check against the defining scanner.")
  var noCheck = false

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads takes a number above 0") }
    guard runs > 0 else { throw ValidationError("--runs takes a number above 0, found \(runs)") }
    guard !files.isEmpty else { throw ValidationError("bench csv needs a file") }
  }

  func run() throws {
    var options = CSVReadingOptions()
    options.threads = threads
    for path in files {
      guard let size = try InputFile(path: path).size else {
        throw Failure("'\(path)' is no regular file")
      }
      let first = try DataFrame.readCSV(path, options: options).frame
      let peak = Self.peakMemory
      if !noCheck {
        var options = options
        options.scanner = .reference
        guard try DataFrame.readCSV(path, options: options).frame == first else {
          throw Failure("'\(path)': the fast scanner and libcsv disagree; please report it")
        }
      }
      var best = Double.infinity
      for _ in 0..<runs {
        let start = ContinuousClock.now
        let frame = try DataFrame.readCSV(path, options: options).frame
        best = min(best, start.duration(to: .now) / .seconds(1))
        withExtendedLifetime(frame) {}
      }
      report(path, seconds: best, rows: first.rowCount, bytes: size, peak: peak)
    }
  }

  private func report(_ path: String, seconds: Double, rows: Int, bytes: Int, peak: Int) {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let speed = Double(bytes) / 1e6 / seconds
    guard json else {
      Console.result(
        String(
          format: "%-24@ %8.4f s  %7.0f MB/s  %10.0f rows/s  %6d MB",
          name,
          seconds,
          speed,
          Double(rows) / seconds,
          peak
        )
      )
      return
    }
    var line = JSONObject()
    line.set("subject", subject.rawValue)
    line.set("case", name)
    line.set("seconds", seconds)
    line.set("rows_per_s", (Double(rows) / seconds).rounded())
    line.set("mb_per_s", speed.rounded())
    line.set("peak_mb", peak)
    Console.result(line.text)
  }

  /// The largest resident memory of this process so far, in MB.
  private static var peakMemory: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss / 1024
  }
}
