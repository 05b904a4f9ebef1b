internal import TabularCollectives
internal import TabularLoading

// Several processes, each with a part of every batch.
extension Trainer {
  /// The number of logical shards of batches of a size, unless a trainer is given another.
  ///
  /// A `DataLoader` that gives a rank its part of each batch must know it:
  ///
  /// ```swift
  /// let loader = try DataLoader(
  ///   matrix, batchSize: 256, shuffle: true, rank: rank, worldSize: size,
  ///   shards: Trainer.shardCount(batchSize: 256))
  /// ```
  public static func shardCount(batchSize: Int) -> Int { Sharding(batchSize: batchSize).count }

  /// The ranks that train together; nil where this process is alone, or trains alone.
  ///
  /// - Throws: `TrainingError` of kind `ranks` when they differ, or cannot be reached.
  func ranks(
    for batches: some BatchSource,
    epochs: Int
  ) throws(TrainingError) -> (any Communicator)? {
    guard strategy == .distributed else { return nil }
    let ranks: any Communicator
    do throws(CollectivesError) {
      if let communicator { ranks = communicator } else { ranks = try Launch.world() }
    } catch {
      throw TrainingError(error)
    }
    guard ranks.size > 1 else { return nil }
    try agreement(for: batches, epochs: epochs).check(among: ranks)
    return ranks
  }

  /// What decides the weights; devices and workers do not.
  private func agreement(for batches: some BatchSource, epochs: Int) -> RankAgreement {
    // As JSON, which is the same in every process; descriptions of private types are not.
    var items = [
      ("layers", (try? model.stack.json()) ?? model.stack.description),
      ("initial weights", model.weightsSHA256),
      ("loss", (try? loss.json()) ?? loss.description),
      ("optimizer", (try? optimizer.configuration.json()) ?? ""),
      ("schedule", (try? schedule.json()) ?? ""),
      ("clipping", (try? clipping.json()) ?? ""),
      ("accumulated batches", "\(accumulation)"),
      ("weights of rows", rowWeights?.fingerprint ?? "none"),
      ("seed", "\(seed)"),
      ("epochs", "\(epochs)"),
      ("epochs before", "\(epochCount)"),
      ("steps before", "\(optimizer.stepCount)"),
      ("batch size", "\(batches.batchSize)"),
      ("shards", "\(shards ?? Self.shardCount(batchSize: batches.batchSize))"),
      ("number of rows", "\(batches.rowCount)"),
    ]
    if let loader = batches as? any OrderedSource { items.append(("rows", loader.orderText)) }
    items.append(("kernels of OpenBLAS", BLAS.processor))
    return RankAgreement(items: items)
  }

  /// Compares the weights after an epoch: a processor that computes something else is found.
  func checkWeights(among ranks: any Communicator) throws(TrainingError) {
    let name = "weights after epoch \(epochCount)"
    try RankAgreement(items: [(name, model.weightsSHA256)]).check(among: ranks)
  }
}

/// Batches whose rows and their order have a name.
private protocol OrderedSource {
  var orderText: String { get }
}

extension DataLoader: OrderedSource {
  fileprivate var orderText: String {
    let start = cursor
    return "dataset \(start.fingerprint), order \(start.order), seed \(start.seed), "
      + "batch \(start.batches) of epoch \(start.epoch)"
  }
}
