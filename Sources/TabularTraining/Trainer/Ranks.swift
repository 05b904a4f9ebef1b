internal import TabularCollectives

/// The processes that `mpirun` started, of which a `distributed` training is made.
///
/// ```swift
/// try Ranks.run { rank, size in
///   let trainer = Trainer(model: model, loss: loss, optimizer: .adam(), strategy: .distributed)
///   let loader = try DataLoader(
///     matrix, batchSize: 256, shuffle: true, seed: 7, rank: rank, worldSize: size,
///     shards: Trainer.shardCount(batchSize: 256))
///   _ = try trainer.fit(loader, epochs: 20)
///   if rank == 0 { try trainer.save(to: "model.safetensors") }
/// }
/// ```
public enum Ranks {
  /// Does the work of this process, the last it does with the others; rank 0 of 1 without `mpirun`.
  ///
  /// An error in one of several processes ends all of them, with one line on standard error that
  /// names the rank.
  ///
  /// - Throws: `TrainingError` of kind `ranks` when several processes were started of a build without
  ///   the package's trait `MPI`; where the process is alone, what `work` throws.
  public static func run(_ work: (_ rank: Int, _ size: Int) throws -> Void) throws {
    do {
      try Launch.onEachRank { try work($0.rank, $0.size) }
    } catch let error as CollectivesError {
      throw TrainingError(error)
    }
  }

  /// Compares what all processes must have alike, each item by its name.
  ///
  /// - Throws: `TrainingError` of kind `ranks`, which names a rank that differs.
  package static func compare(_ items: [(name: String, value: String)]) throws(TrainingError) {
    let world: any Communicator
    do throws(CollectivesError) {
      world = try Launch.world()
    } catch {
      throw TrainingError(error)
    }
    try RankAgreement(items: items).check(among: world)
  }
}
