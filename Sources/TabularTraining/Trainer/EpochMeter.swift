/// What an epoch adds up while it runs.
struct EpochMeter {
  /// What does not depend on the clock: a checkpoint in the middle of the epoch holds it.
  struct Sums: Codable {
    var weightedLoss = 0.0
    var rows = 0
    var stepLosses: [Double] = []
  }

  private let start: ContinuousClock.Instant
  private var stepEnd: ContinuousClock.Instant
  private var waiting = Duration.zero
  private(set) var sums: Sums
  // Those of a process before this one.
  private let earlierRows: Int

  /// Begins an epoch, or goes on with one.
  init(_ sums: Sums = Sums()) {
    self.sums = sums
    earlierRows = sums.rows
    start = .now
    stepEnd = start
  }

  /// The number of rows so far.
  var rows: Int { sums.rows }
  /// The number of steps so far.
  var steps: Int { sums.stepLosses.count }

  /// A batch has come: what passed since the last step was the loader's time.
  mutating func stepBegins() { waiting += stepEnd.duration(to: .now) }

  mutating func stepEnds(loss: Double, rows count: Int) {
    sums.stepLosses.append(loss)
    sums.weightedLoss += loss * Double(count)
    sums.rows += count
    stepEnd = .now
  }

  /// What is done besides training, such as writing a checkpoint, is nobody's waiting.
  mutating func batchEnds() { stepEnd = .now }

  /// Closes the epoch: validation comes after.
  mutating func finish() {
    waiting += stepEnd.duration(to: .now)
    stepEnd = .now
  }

  /// What the epoch came to.
  func epoch(_ number: Int, validation: Evaluation?, learningRate: Double) -> History.Epoch {
    let total = start.duration(to: stepEnd)
    return History.Epoch(
      epoch: number,
      trainLoss: sums.weightedLoss / Double(rows),
      stepLosses: sums.stepLosses,
      validation: validation,
      learningRate: learningRate,
      rows: rows,
      samplesPerSecond: Double(rows - earlierRows) / max(total / .seconds(1), 1e-9),
      loaderWaitFraction: total > .zero ? min(waiting / total, 1) : 0
    )
  }
}
