import ArgumentParser
import TabularFiles
import TabularFrame

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
      Inspect.self, Describe.self, Cat.self, Convert.self, Train.self, Predict.self,
      Generate.self, Bench.self,
    ]
  )

  static func main() {
    Interruption.cleanUpOnSignals()
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      let cause = (error as? FrameError)?.underlying as? FileError ?? error as? FileError
      if cause?.isBrokenPipe == true { Interruption.readerLeft() }
      exit(withError: error)
    }
  }
}
