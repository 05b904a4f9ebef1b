internal import Foundation

/// Where a training keeps its checkpoints, and how many.
///
/// ```swift
/// let folder = CheckpointFolder("run/", everySteps: 1_000)
/// if let last = try folder.latest() { try trainer.resume(from: last) }
/// try trainer.fit(loader, epochs: 20 - trainer.epochCount, checkpoints: folder)
/// ```
///
/// Each is a file `step-000000001234.safetensors`, written beside and renamed: a process that is
/// killed leaves complete ones alone.
public struct CheckpointFolder: Sendable {
  /// The folder, which is made when the first checkpoint is written.
  public let path: String
  /// How many checkpoints are kept: the last ones.
  public let kept: Int
  /// After how many steps one is written, besides the end of each epoch; nil for then alone.
  public let everySteps: Int?
  /// What each checkpoint holds besides the training, such as a recipe.
  public var metadata: [String: String]

  /// Names the folder; counts below 1 trap.
  public init(
    _ path: String,
    keeping kept: Int = 3,
    everySteps: Int? = nil,
    metadata: [String: String] = [:]
  ) {
    precondition(kept >= 1, "\(kept) checkpoints kept")
    precondition(everySteps.map { $0 >= 1 } ?? true, "a checkpoint every \(everySteps ?? 0) steps")
    (self.path, self.kept, self.everySteps) = (path, kept, everySteps)
    self.metadata = metadata
  }
}

extension CheckpointFolder {
  private static let (prefix, ending) = ("step-", ".safetensors")

  /// The newest checkpoint that is whole; nil when there is none at all.
  ///
  /// - Throws: `TrainingError` of kind `checkpoint` when there are some, and all are damaged, of kind
  ///   `file` when the folder cannot be read.
  public func latest() throws(TrainingError) -> Checkpoint? {
    var damage: TrainingError?
    for step in try steps().reversed() {
      do throws(TrainingError) {
        return try Checkpoint(contentsOf: file(step))
      } catch  where error.kind == .checkpoint {
        damage = damage ?? error
      }
    }
    guard let damage else { return nil }
    throw TrainingError(
      .checkpoint,
      "'\(path)' holds no checkpoint that is whole; of the newest: \(damage.message)",
      underlying: damage
    )
  }

  /// The steps of the checkpoints, ascending.
  ///
  /// - Throws: `TrainingError` of kind `file` when the folder is there and cannot be read.
  public func steps() throws(TrainingError) -> [Int] {
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    do {
      return try FileManager.default.contentsOfDirectory(atPath: path).compactMap { name in
        guard name.hasPrefix(Self.prefix), name.hasSuffix(Self.ending) else { return nil }
        return Int(name.dropFirst(Self.prefix.count).dropLast(Self.ending.count))
      }.sorted()
    } catch {
      throw TrainingError(
        .file,
        "'\(path)': the folder cannot be read: \(error)",
        underlying: error
      )
    }
  }

  func write(_ checkpoint: Checkpoint) throws(TrainingError) {
    let manager = FileManager.default
    do {
      try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw TrainingError(
        .file,
        "'\(path)': the folder cannot be made: \(error.localizedDescription)",
        underlying: error
      )
    }
    try checkpoint.write(to: file(checkpoint.stepCount))
    // Older ones, and what a killed process left unfinished: nothing is lost when that fails.
    for step in try steps().dropLast(kept) { try? manager.removeItem(atPath: file(step)) }
    let names = (try? manager.contentsOfDirectory(atPath: path)) ?? []
    for name in names
    where name.hasPrefix(Self.prefix) && name.contains("\(Self.ending).partial-") {
      try? manager.removeItem(atPath: "\(path)/\(name)")
    }
  }

  private func file(_ step: Int) -> String {
    let digits = String(step)
    let zeros = String(repeating: "0", count: max(0, 12 - digits.count))
    return "\(path.hasSuffix("/") ? path : path + "/")\(Self.prefix)\(zeros)\(digits)\(Self.ending)"
  }
}
