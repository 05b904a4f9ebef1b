import Foundation
import TabularLoading
import TabularPreprocessing
import TabularTensor
import Testing

@testable import TabularTraining

struct CheckpointTests {
  static let matrix = TabularModelTests.matrix(333, seed: 3)

  /// A folder that does not exist yet.
  static func folder() -> String {
    FileManager.default.temporaryDirectory.appending(path: "checkpoints-\(UUID().uuidString)").path
  }

  static func loader(workers: Int = 0) throws -> DataLoader<Tensor<Float>, Labels<Float>?> {
    try DataLoader(matrix, batchSize: 64, shuffle: true, seed: 5, workers: workers)
  }

  /// Embeddings, dropout, BatchNorm1d, accumulation, a schedule and clipping.
  static func trainer(devices: Int = 1) -> Trainer {
    TabularModelTests.trainer(TabularModelTests.everything(), devices: devices)
  }

  static let whole: String = {
    do {
      let trainer = trainer()
      _ = try trainer.fit(loader(), epochs: 4)
      return trainer.model.weightsSHA256
    } catch {
      return "\(error)"
    }
  }()

  /// 6 batches of an epoch make 3 steps: every stop from the middle of the first epoch to the last.
  @Test(arguments: 1...11)
  func goesOnAfterAnyStep(_ steps: Int) throws {
    let path = Self.folder()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let folder = CheckpointFolder(path, everySteps: 1, metadata: ["note": "x"])
    let (before, stop) = (Self.trainer(devices: 1 + steps % 3), StopRequest())
    let source = Stopping(loader: try Self.loader(), after: 2 * steps, stop)
    let error = #expect(throws: TrainingError.self) {
      try before.fit(source, epochs: 4, checkpoints: folder, stop: stop)
    }
    #expect(error?.kind == .stopped)
    #expect(error?.message.hasPrefix("stopped after step \(steps) of epoch ") == true)

    let after = Self.trainer(devices: 1 + (steps + 1) % 3)
    let checkpoint = try #require(try folder.latest())
    #expect(checkpoint.stepCount == steps && checkpoint.metadata == ["note": "x"])
    try after.resume(from: checkpoint)
    // An epoch whose last step was taken is complete once the training goes on.
    #expect(after.epochCount == (steps - 1) / 3)
    let history = try after.fit(
      Self.loader(workers: steps % 3),
      epochs: 4 - after.epochCount,
      checkpoints: folder
    )
    #expect(after.model.weightsSHA256 == Self.whole)
    #expect(history.epochs.allSatisfy { $0.stepLosses.count == 3 && $0.rows == 333 })
    #expect(after.summaries.map(\.epoch) == [0, 1, 2, 3])
    #expect(try folder.steps().suffix(1) == [12])
  }

  /// Every step's rows and losses are the same hashes as of a training that was not stopped.
  @Test func theRecordGoesOnToo() throws {
    let path = Self.folder()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let folder = CheckpointFolder(path)
    let (whole, first, second) = (Self.trainer(), Self.trainer(), Self.trainer())
    _ = try whole.fit(try Self.loader(), epochs: 3)
    _ = try first.fit(try Self.loader(), epochs: 2, checkpoints: folder)
    try second.resume(from: try #require(try folder.latest()))
    _ = try second.fit(try Self.loader(), epochs: 1)
    #expect(second.steps == whole.steps)
    #expect(second.steps.orders.count == 9)
    #expect(first.steps.losses.firstDifference(from: whole.steps.losses) == 6..<7)
  }

  @Test func keepsTheLast() throws {
    let path = Self.folder()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let folder = CheckpointFolder(path, keeping: 2, everySteps: 2)
    _ = try Self.trainer().fit(try Self.loader(), epochs: 3, checkpoints: folder)
    #expect(try folder.steps() == [8, 9])
  }

  @Test func passesOverWhatIsDamaged() throws {
    let path = Self.folder()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let folder = CheckpointFolder(path)
    _ = try Self.trainer().fit(try Self.loader(), epochs: 2, checkpoints: folder)
    let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    #expect(names == ["step-000000000003.safetensors", "step-000000000006.safetensors"])
    // What a process leaves that is killed while it writes.
    try Data(count: 10).write(to: URL(filePath: "\(path)/\(names[1]).partial-1-2"))
    func damage(_ name: String) throws {
      let url = URL(filePath: "\(path)/\(name)")
      var bytes = try Data(contentsOf: url)
      bytes[bytes.count - 3] ^= 1
      try bytes.write(to: url)
    }
    try damage(names[1])
    #expect(try folder.latest()?.stepCount == 3)
    try damage(names[0])
    let error = #expect(throws: TrainingError.self) { try folder.latest() }
    #expect(
      error?.message == "'\(path)' holds no checkpoint that is whole; of the newest: "
        + "'\(path)/\(names[1])' is damaged: its SHA-256 is another"
    )
    _ = try Self.trainer().fit(try Self.loader(), epochs: 1, checkpoints: folder)
    #expect(try FileManager.default.contentsOfDirectory(atPath: path).count == 2)
  }

  @Test func refusesAnotherTraining() throws {
    let checkpoint = try Self.trainer().checkpoint()
    func message(_ trainer: Trainer) -> String? {
      do throws(TrainingError) {
        try trainer.resume(from: checkpoint)
        return nil
      } catch {
        return error.message
      }
    }
    let prefix = "cannot go on from the checkpoint: its "
    var model = TabularModelTests.everything()
    model.hidden = [8]
    let other = TabularModelTests.trainer(model, devices: 1)
    #expect(
      message(other)
        == prefix + "layers.layers[1].branches[1] is 6 elements, and this training's 2 elements"
    )
    func trainer(seed: UInt64 = 7, shards: Int? = 8, accumulation: Int = 2) -> Trainer {
      let base = Self.trainer()
      return Trainer(
        model: TabularModelTests.everything().sequential(),
        loss: base.loss,
        optimizer: base.optimizer.configuration,
        schedule: base.schedule,
        clipping: base.clipping,
        accumulation: accumulation,
        seed: seed,
        shards: shards
      )
    }
    #expect(message(trainer()) == nil)
    #expect(message(trainer(seed: 8)) == prefix + "seed is 7, and this training's 8")
    #expect(
      message(trainer(shards: nil)) == prefix + "shards is 8, and this training's not given"
    )
    #expect(
      message(trainer(accumulation: 1)) == prefix + "accumulation is 2, and this training's 1"
    )
    let path = Self.folder()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try SavedModel(model: Self.trainer().model, loss: .crossEntropy).write(to: path)
    let error = #expect(throws: TrainingError.self) { try Checkpoint(contentsOf: path) }
    #expect(error?.message == "'\(path)' is no checkpoint of a training")
  }

  /// In the middle of an epoch the same rows are needed, in the same order.
  @Test func refusesOtherRowsInAnEpoch() throws {
    let path = Self.folder()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let (folder, stop) = (CheckpointFolder(path), StopRequest())
    let source = Stopping(loader: try Self.loader(), after: 2, stop)
    #expect(throws: TrainingError.self) {
      try Self.trainer().fit(source, epochs: 1, checkpoints: folder, stop: stop)
    }
    func message(_ batches: some BatchSource) throws -> String {
      let trainer = Self.trainer()
      try trainer.resume(from: try #require(try folder.latest()))
      let error = #expect(throws: TrainingError.self) { try trainer.fit(batches, epochs: 1) }
      return error?.message ?? ""
    }
    let other = try DataLoader(Self.matrix, batchSize: 64, shuffle: true, seed: 6)
    #expect(
      try message(other)
        == "cannot go on from the cursor: it is of seed 5, and this loader's is 6; give seed 5"
    )
    #expect(
      try message(InOrder(Self.matrix, batchSize: 64))
        == "the checkpoint is in the middle of epoch 0, where InOrder cannot go on; "
        + "give a DataLoader"
    )
  }
}

/// A loader after so many batches of which the end is asked for.
private struct Stopping: BatchSource {
  let loader: DataLoader<Tensor<Float>, Labels<Float>?>
  let after: Int
  let stop: StopRequest
  var batchSize: Int { loader.batchSize }
  var rowCount: Int { loader.count }

  init(
    loader: DataLoader<Tensor<Float>, Labels<Float>?>,
    after: Int,
    _ stop: StopRequest
  ) {
    (self.loader, self.after, self.stop) = (loader, after, stop)
  }

  func forEachBatch(
    epoch: Int,
    _ body: (Batch<Tensor<Float>, Labels<Float>?>) throws -> Void
  ) throws {
    try loader.forEachBatch(epoch: epoch) { batch in
      if epoch * loader.batchCount + batch.index + 1 >= after { stop.stop() }
      try body(batch)
    }
  }
}
