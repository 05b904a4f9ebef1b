import ArgumentParser

/// Times the library, and its peers in turn with it.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time the library, and peers in turn with it.",
    discussion: """
      Each case checks its answer before it is timed; the best of the runs counts. With --against, \
      peers do the same work in turn with us, each in a Python process of its own that stays for \
      all runs.
      """,
    subcommands: [
      BenchCSV.self, BenchFrame.self, BenchPreprocess.self, BenchConvert.self, BenchLoader.self,
      BenchTrain.self, BenchTune.self, BenchPipeline.self,
    ]
  )
}
