import ArgumentParser
import Foundation
import TabularCSV

/// How often is timed, against whom, and how it is printed; shared by the subjects.
struct BenchOptions: ParsableArguments {
  @Option(help: "Timed runs of each case; the best counts.")
  var runs = 5

  @Option(help: ArgumentHelp("Peers to time as well, in turn with us.", valueName: "a,b"))
  var against: String?

  @Option(help: "The Python that has the peers.")
  var python = "python3"

  @Flag(help: "Print a line of JSON a case.")
  var json = false

  func validate() throws {
    guard runs > 0 else { throw ValidationError("--runs takes a number above 0, found \(runs)") }
  }

  /// Refuses peers that a subject does not have.
  func validate(peers names: [String]) throws {
    if let unknown = list(against).first(where: { !names.contains($0) }) {
      throw ValidationError(
        "--against takes \(names.joined(separator: ", ")); found '\(unknown)'"
      )
    }
  }

  /// Starts the peers that were asked for; one that Python does not have is left out, and said.
  func peers(script: String) -> [Peer] {
    list(against).compactMap { name in
      let peer = Peer(name, python: python, script: script)
      if peer == nil { Console(quiet: false).note("\(python) has no \(name); left out") }
      return peer
    }
  }

  /// Times a piece of work of ours and of the peers in turn, so that what disturbs the machine
  /// disturbs all; prints a line each.
  ///
  /// `result` is what is printed of ours but for the seconds, `request` the line that tells a peer
  /// what to do; what `ours` returns is let go outside the timed part.
  func time<Answer>(
    _ result: BenchResult,
    peers: [Peer] = [],
    request: String = "",
    ours: () throws -> Answer
  ) throws {
    var mine = result
    var others: [BenchResult] = []
    for peer in peers {
      var other = result
      other.peer = peer.name
      // One run that does not count: what it takes at most is of one run alone.
      other.peak = try peer.run(request).peak
      others.append(other)
    }
    for _ in 0..<runs {
      let start = ContinuousClock.now
      let answer = try ours()
      mine.seconds = min(mine.seconds, start.duration(to: .now) / .seconds(1))
      withExtendedLifetime(answer) {}
      for index in peers.indices {
        others[index].seconds = min(others[index].seconds, try peers[index].run(request).seconds)
      }
    }
    mine.show(json: json, against: nil)
    for other in others { other.show(json: json, against: mine) }
  }
}

/// What is told of one case: the best run's seconds, and what they mean.
struct BenchResult {
  var subject: String
  var name: String
  /// The peer with its version; nil for ourselves.
  var peer: String?
  var seconds = Double.infinity
  var rows: Int?
  /// Rows, counted as often as they are trained on.
  var samples: Int?
  var bytes: Int?
  /// The most resident memory of one run, in MB.
  var peak: Int?

  /// Takes a run's seconds, when they are the fewest.
  mutating func take(_ run: Double) { seconds = min(seconds, run) }

  func show(json: Bool, against ours: BenchResult?) {
    Console.result(json ? jsonLine(against: ours) : textLine(against: ours))
  }

  private func textLine(against ours: BenchResult?) -> String {
    func padded(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(0, width - text.count))
    }
    var line = padded(name, 24) + " " + padded(peer ?? "swift-tabular", 20)
    line += String(format: " %9.4f s", seconds)
    if let bytes { line += String(format: "  %6.0f MB/s", Double(bytes) / 1e6 / seconds) }
    if let rows { line += String(format: "  %11.0f rows/s", Double(rows) / seconds) }
    if let samples { line += String(format: "  %11.0f samples/s", Double(samples) / seconds) }
    if let peak { line += String(format: "  %6d MB", peak) }
    if let ours { line += String(format: "  %.2f times our time", seconds / ours.seconds) }
    return line
  }

  private func jsonLine(against ours: BenchResult?) -> String {
    var line = JSONObject()
    line.set("subject", subject)
    line.set("case", name)
    if let peer { line.set("peer", peer) }
    line.set("seconds", seconds)
    if let rows { line.set("rows_per_s", (Double(rows) / seconds).rounded()) }
    if let samples { line.set("samples_per_s", (Double(samples) / seconds).rounded()) }
    if let bytes { line.set("mb_per_s", (Double(bytes) / 1e6 / seconds).rounded()) }
    if let peak { line.set("peak_mb", peak) }
    if let ours { line.set("ratio", (seconds / ours.seconds * 100).rounded() / 100) }
    return line.text
  }

  /// The largest resident memory of this process since `forgetPeak`, in MB.
  static var peakMemory: Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) / 1024
  }

  /// Lets the largest resident memory of this process start anew, without what earlier cases left.
  static func forgetPeak() {
    releaseColumnMemory()
    try? Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
  }
}
