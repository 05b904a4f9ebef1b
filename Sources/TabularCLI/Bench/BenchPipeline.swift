import ArgumentParser
import TabularCSV
import TabularFiles
import TabularFrame
import TabularLoading
import TabularPreprocessing

/// Times the way from a CSV to the last batch of an epoch.
struct BenchPipeline: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pipeline",
    abstract: "Time the way from a CSV to the last batch of an epoch.",
    discussion: """
      The file is read, the automatic recipe decided, fitted and applied, and an epoch of shuffled \
      batches gathered and summed. The stages are told one by one, and all together.
      """
  )

  @Argument(help: "A CSV file.")
  var file: String

  @Option(help: "The column to learn.")
  var target: String

  @Option(help: "Rows of a batch.")
  var batchSize = 1_024

  @Option(help: "Threads that make batches; 0 makes them in the loop.")
  var workers = 0

  @Option(help: "The same seed gives the same order.")
  var seed: UInt64 = 0

  @OptionGroup var bench: BenchOptions

  func validate() throws {
    guard batchSize > 0 else {
      throw ValidationError("--batch-size takes a number above 0, found \(batchSize)")
    }
    guard workers >= 0 else {
      throw ValidationError("--workers takes a number from 0 on, found \(workers)")
    }
    try bench.validate(peers: [])
  }

  func run() throws {
    guard let size = try InputFile(path: file).size else {
      throw Failure("'\(file)' is no regular file")
    }
    let name = file.split(separator: "/").last.map(String.init) ?? file
    var results: [BenchResult] = []
    for _ in 0..<bench.runs {
      let run = try timed()
      if results.isEmpty {
        results = zip(Self.stages, run.seconds).map { stage, _ in
          BenchResult(
            subject: "pipeline",
            name: "\(name), \(stage)",
            rows: run.rows,
            bytes: stage == "read" || stage == "all" ? size : nil
          )
        }
      }
      for index in results.indices {
        results[index].seconds = min(results[index].seconds, run.seconds[index])
      }
    }
    for result in results { result.show(json: bench.json, against: nil) }
  }

  private static let stages = ["read", "prepare", "load", "all"]

  /// One run: the seconds of the stages, and those of all.
  private func timed() throws -> (rows: Int, seconds: [Double]) {
    let start = ContinuousClock.now
    let frame = try DataFrame.readCSV(file).frame
    let read = start.duration(to: .now) / .seconds(1)
    let matrix = try Recipe.automatic(for: frame, target: target).fitTransform(frame).matrix
    let prepared = start.duration(to: .now) / .seconds(1)
    let loader = try DataLoader(
      matrix,
      batchSize: batchSize,
      shuffle: true,
      seed: seed,
      workers: workers
    )
    var sum: UInt32 = 0
    try loader.forEachBatch(epoch: 0) { sum &+= checksum($0.features) }
    let all = start.duration(to: .now) / .seconds(1)
    guard sum == checksum(matrix.features) else {
      throw Failure("the batches of '\(file)' are wrong; please report it")
    }
    return (frame.rowCount, [read, prepared - read, all - prepared, all])
  }
}
