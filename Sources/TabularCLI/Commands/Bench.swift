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
      best of the runs counts. With --against, peers read the same file in turn with us, each in a \
      Python process of its own; duckdb hands its result on as Arrow, and \
      polars reads dates and times as texts unless it is polars-dates.
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

  @Option(help: ArgumentHelp("Peers to time as well.", valueName: "polars,pyarrow,duckdb,pandas"))
  var against: String?

  @Option(help: "The Python that has the peers.")
  var python = "python3"

  @Flag(help: "Print a line of JSON a case.")
  var json = false

  @Flag(help: "Leave out the check against the defining scanner.")
  var noCheck = false

  func validate() throws {
    guard runs > 0 else { throw ValidationError("--runs takes a number above 0, found \(runs)") }
    if let threads, threads < 1 {
      throw ValidationError("--threads takes a number above 0, found \(threads)")
    }
    guard !files.isEmpty else { throw ValidationError("bench csv needs a file") }
    if let unknown = list(against).first(where: { !Peer.names.contains($0) }) {
      throw ValidationError(
        "--against takes \(Peer.names.joined(separator: ", ")); found '\(unknown)'"
      )
    }
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
    // The peak starts anew with each file.
    try? Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
    let first = try DataFrame.readCSV(path, options: options).frame
    var ours = Case(name: "swift-tabular", rows: first.rowCount, bytes: size, peak: Self.peakMemory)
    if !noCheck {
      options.scanner = .reference
      guard try DataFrame.readCSV(path, options: options).frame == first else {
        throw Failure("'\(path)': the fast scanner and libcsv disagree; please report it")
      }
      options.scanner = .vector
    }
    var peers: [(peer: Peer, case: Case)] = []
    for name in list(against) {
      guard let peer = Peer(name, python: python) else {
        Console(quiet: false).note("\(python) has no \(name); left out")
        continue
      }
      let peak = try peer.read(path).peak
      peers.append((peer, Case(name: peer.name, rows: ours.rows, bytes: size, peak: peak)))
    }
    // In turn, so that what disturbs the machine disturbs all.
    for _ in 0..<runs {
      let start = ContinuousClock.now
      let frame = try DataFrame.readCSV(path, options: options).frame
      ours.seconds = min(ours.seconds, start.duration(to: .now) / .seconds(1))
      withExtendedLifetime(frame) {}
      for index in peers.indices {
        let run = try peers[index].peer.read(path)
        peers[index].case.seconds = min(peers[index].case.seconds, run.seconds)
      }
    }
    let file = path.split(separator: "/").last.map(String.init) ?? path
    report(ours, file, peer: false, ratio: nil)
    for peer in peers.map(\.case) {
      report(peer, file, peer: true, ratio: peer.seconds / ours.seconds)
    }
  }

  /// One reader on one file.
  private struct Case {
    var name: String
    var rows: Int
    var bytes: Int
    var peak: Int
    var seconds = Double.infinity
  }

  private func report(_ result: Case, _ file: String, peer: Bool, ratio: Double?) {
    let speed = Double(result.bytes) / 1e6 / result.seconds
    let rows = Double(result.rows) / result.seconds
    guard json else {
      var line = String(
        format: "%-20@ %-18@ %8.4f s  %6.0f MB/s  %10.0f rows/s  %6d MB",
        file,
        result.name,
        result.seconds,
        speed,
        rows,
        result.peak
      )
      if let ratio { line += String(format: "  %.2f times our time", ratio) }
      Console.result(line)
      return
    }
    var line = JSONObject()
    line.set("subject", subject.rawValue)
    line.set("case", file)
    if peer { line.set("peer", result.name) }
    line.set("seconds", result.seconds)
    line.set("rows_per_s", rows.rounded())
    line.set("mb_per_s", speed.rounded())
    line.set("peak_mb", result.peak)
    if let ratio { line.set("ratio", (ratio * 100).rounded() / 100) }
    Console.result(line.text)
  }

  /// The largest resident memory of this process, in MB.
  private static var peakMemory: Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) / 1024
  }
}
