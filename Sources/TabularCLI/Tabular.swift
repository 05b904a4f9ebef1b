import ArgumentParser
import Foundation
import TabularCollectives
import TabularFiles
import TabularFrame
import TabularTraining

/// The command `tabular`: parses, calls, prints, and decides nothing.
@main
struct TabularCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tabular",
    abstract: "From CSV to training tensors, and to a trained model.",
    discussion: """
      Results go to standard output, everything else to standard error. Exit codes: 0 done, \
      1 the data or the run failed, 64 wrong usage.
      """,
    version: "0.1.0",
    subcommands: [
      Inspect.self, Describe.self, Cat.self, Convert.self, Train.self, Tune.self, Evaluate.self,
      Predict.self, Verify.self, Devices.self, Generate.self, Bench.self,
    ]
  )

  static func main() {
    // A child of this program tries sizes of batches.
    BatchSizeFinder.register()
    ProcessPool.serveIfChild()
    Interruption.cleanUpOnSignals()
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      let cause = (error as? FrameError)?.underlying as? FileError ?? error as? FileError
      if cause?.isBrokenPipe == true { Interruption.readerLeft() }
      leaveToFirstRank(error)
      exit(withError: error)
    }
  }

  /// Of several processes that all found the same error, only the first says it.
  private static func leaveToFirstRank(_ error: any Error) {
    let launch = try? Launch(environment: ProcessInfo.processInfo.environment)
    guard let launch, launch.rank > 0 else { return }
    // Where one ends, the launcher ends the others: the first is to have spoken by then.
    Thread.sleep(forTimeInterval: 0.5)
    exit(withError: ExitCode(exitCode(for: error).rawValue))
  }
}
