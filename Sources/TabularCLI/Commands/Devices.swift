import ArgumentParser
import TabularTraining

/// Shows what there is to compute with, and how much of it is taken.
struct Devices: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show processors, memory, limits and NVIDIA devices, with load and use.",
    discussion: """
      A limit is the smallest of all groups around the process. NVIDIA devices are those that the \
      driver's library libnvidia-ml.so.1 tells of, or the library that the environment variable \
      TABULAR_NVML names. What cannot be read is said with the reason; in JSON it is null, and \
      "absent" gives the reason.
      """
  )

  @Option(
    help: ArgumentHelp("How long the processors are watched, in seconds.", valueName: "seconds")
  )
  var interval = 0.2

  @Flag(help: "Print the result as one line of JSON.")
  var json = false

  func validate() throws {
    guard (0...60).contains(interval) else {
      throw ValidationError("--interval takes 0 to 60 seconds, found \(interval)")
    }
  }

  func run() throws {
    let report = HostReport(interval: interval)
    guard !json else { return Console.result(report.json.text) }
    for line in report.lines { Console.result(line) }
  }
}
