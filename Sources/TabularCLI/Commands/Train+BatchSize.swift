import Foundation
import TabularPreprocessing
import TabularTensor
import TabularTraining

extension Train {
  /// The largest batch that fits, found in processes of their own.
  func largestBatch(for data: TrainingData) throws -> Int {
    guard share.size == 1 else {
      throw Failure("several processes are told the rows of a batch: give --batch-size a number")
    }
    guard spread.strategy != .modelParallel else {
      throw Failure(
        "--batch-size auto looks for a batch of which each device holds whole shards, but with "
          + "--strategy model-parallel each holds some layers: give --batch-size a number"
      )
    }
    var any = self
    any.learning.batchSize = BatchSize(rows: 1)
    let trainer = try any.trainer(
      for: data,
      hidden: try model.hiddenWidths(),
      loss: try model.loss(for: data.train)
    )
    let finder = BatchSizeFinder(upTo: data.train.rowCount)
    let rows = try waiting { try await finder.largestBatch(for: trainer) }
    reading.console.note("--batch-size auto: \(rows) rows fit")
    return rows
  }
}

/// Does asynchronous work on behalf of a command, which waits for it.
func waiting<Output>(_ work: @escaping () async throws -> Output) throws -> Output {
  let (task, done) = (Errand(work), DispatchSemaphore(value: 0))
  Task.detached {
    await task.run()
    done.signal()
  }
  done.wait()
  guard let result = task.result else { preconditionFailure("work without a result") }
  return try result.get()
}

/// Unchecked, because one side at a time looks at it: the semaphore orders them.
private final class Errand<Output>: @unchecked Sendable {
  private let work: () async throws -> Output
  private(set) var result: Result<Output, any Error>?

  init(_ work: @escaping () async throws -> Output) { self.work = work }

  func run() async {
    do {
      result = .success(try await work())
    } catch {
      result = .failure(error)
    }
  }
}
