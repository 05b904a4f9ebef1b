internal import Foundation
internal import TabularPreprocessing
internal import TabularTensor

/// Finds the largest batch with which a training fits into memory.
///
/// Sizes are doubled and then bisected. Each is tried in a process of its own, on rows of zeros: two
/// steps, with all that a step keeps. So a size that makes the kernel kill the process is survived,
/// and one that exceeds a device's limit is known by its `OutOfMemory`.
///
/// ```swift
/// BatchSizeFinder.register()
/// ProcessPool.serveIfChild()  // both first in main
/// let size = try await BatchSizeFinder(upTo: 100_000).largestBatch(for: trainer)
/// ```
public struct BatchSizeFinder: Sendable {
  /// The largest size that is tried.
  public let limit: Int
  /// The program that tries; nil for this one.
  public let executable: String?

  /// Says how far to look; a limit below 1 traps.
  ///
  /// - Parameters:
  ///   - limit: the largest size that is tried: the number of training rows, for example.
  ///   - executable: the path of a program that calls `register` and `ProcessPool.serveIfChild`; nil
  ///     for this one.
  public init(upTo limit: Int, executable: String? = nil) {
    precondition(limit >= 1, "batches of up to \(limit) rows")
    (self.limit, self.executable) = (limit, executable)
  }

  /// A size to be tried.
  private struct Trial: Codable, Sendable {
    var model: String
    var optimizer: Optimizer.Configuration
    var rows: Int
    var shards: Int?
    var memoryLimits: [Int?]
  }

  private static let name = "tabular.batch-size"
  private static let first = 32
  private static let traps = [SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS]
}

extension BatchSizeFinder {
  /// Lets this program try a size as a child of another; before `ProcessPool.serveIfChild`.
  public static func register() {
    ProcessPool.register(name) { (trial: Trial) in try fits(trial) }
  }

  /// The largest size that fits, within a sixteenth; an eighth less where larger ones were killed, since
  /// the program that trains holds more than the one that tried.
  ///
  /// - Parameter trainer: the training; its devices' limits count, which are taken for processors.
  /// - Returns: the rows of a batch.
  /// - Throws: `TrainingError` of kind `outOfMemory` when not even one row fits, of kind `process` when
  ///   no process can be started, or one row kills it.
  public func largestBatch(for trainer: Trainer) async throws(TrainingError) -> Int {
    var trial = Trial(
      model: try SavedModel.json(of: trainer.model, loss: trainer.loss),
      optimizer: trainer.optimizer.configuration,
      rows: min(Self.first, limit),
      shards: trainer.shards,
      memoryLimits: trainer.devices.map(\.memory.limit)
    )
    var wasKilled = false
    func fits(_ rows: Int) async throws(TrainingError) -> Bool {
      trial.rows = rows
      let answer = try await answer(trial)
      wasKilled = wasKilled || answer == .killed
      return answer == .fits
    }
    var (good, bad) = (trial.rows, limit + 1)
    while try await !fits(good) {
      bad = good
      guard good > 1 else {
        throw TrainingError(
          .outOfMemory,
          "not even a batch of one row fits into memory; take a smaller model, or give the devices more"
        )
      }
      good /= 2
    }
    while good < limit, min(2 * good, limit) < bad {
      let next = min(2 * good, limit)
      if try await fits(next) { good = next } else { bad = next }
    }
    while bad - good > max(1, good / 16) {
      let middle = (good + bad) / 2
      if try await fits(middle) { good = middle } else { bad = middle }
    }
    return wasKilled ? max(1, good - good / 8) : good
  }

  private enum Answer { case fits, tooLarge, killed }

  private func answer(_ trial: Trial) async throws(TrainingError) -> Answer {
    do {
      let found: [Bool] = try await ProcessPool(1, executable: executable).map(Self.name, [trial])
      return found == [true] ? .fits : .tooLarge
    } catch {
      // A child that was killed had too much, and one that trapped got none of what it asked for; of
      // one row that would say nothing.
      guard case .signaled(let signal) = (error.underlying as? ProcessFailure)?.reason,
        signal == SIGKILL || (trial.rows > 1 && Self.traps.contains(signal))
      else { throw error }
      return .killed
    }
  }

  private static func fits(_ trial: Trial) throws -> Bool {
    // Of all processes the kernel is to choose this one, when memory ends.
    try? Data("1000".utf8).write(to: URL(filePath: "/proc/self/oom_score_adj"))
    var (model, loss) = try SavedModel.untrained(json: trial.model)
    var optimizer = Optimizer(trial.optimizer)
    do {
      let step = try TrainingStep(
        model: model,
        loss: loss,
        devices: trial.memoryLimits.enumerated().map { CPUDevice($0, memoryLimit: $1) },
        sharding: trial.shards.map { (count) throws(TrainingError) in try Sharding(count: count) }
          ?? Sharding(batchSize: trial.rows)
      )
      let features = Tensor<Float>(zeros: [trial.rows, model.inputWidth])
      let labels: Labels<Float> =
        loss.classifies
        ? .classes(Tensor(zeros: [trial.rows])) : .values(Tensor(zeros: [trial.rows]))
      for _ in 0..<2 {
        _ = try step.run(model, features, labels, rowIDs: nil)
        optimizer.step(&model, step.gradient)
      }
      return true
    } catch {
      guard error.kind == .outOfMemory else { throw error }
      return false
    }
  }
}
