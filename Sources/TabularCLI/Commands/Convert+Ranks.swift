import TabularCollectives
import TabularPreprocessing

// Several processes, which mpirun starts: each converts a part of the rows.
extension Convert {
  /// The processes that convert together; nil where this one is alone.
  var ranks: (any Communicator)? {
    guard let world = try? Launch.world(), world.size > 1 else { return nil }
    return world
  }

  var isFirstRank: Bool { ranks?.rank ?? 0 == 0 }

  /// The first process speaks for all.
  var console: Console { Console(quiet: reading.quiet || !isFirstRank) }

  /// Says what reading decided.
  func report(_ rows: StreamedRows) throws {
    if isFirstRank { try reading.report(rows.report) }
  }

  /// Does the work of this process; an error in one ends all.
  func onAllRanks(_ work: () throws -> Void) throws {
    try Launch.onEachRank { world in
      if world.size > 1 { try refuseUnshared() }
      try work()
    }
  }

  /// Refuses what only one process can do.
  private func refuseUnshared() throws {
    let writesFolder = ending.map { $0.ending == nil } ?? false
    let reasons = [
      (!writesFolder, "write a folder of shards (--output name/)"),
      (features.dryRun, "make no --dry-run"),
      (division.split != nil, "do not --split"),
      (approximate, "take no --approximate quantiles"),
      (reading.limit != nil, "read all rows, without --limit"),
      (inputs.contains("-"), "read files, not standard input"),
      (!["fail", "skip"].contains(reading.badRows), "let bad rows --bad-rows fail or skip"),
    ]
    guard let (_, rule) = reasons.first(where: { $0.0 }) else { return }
    throw Failure("several processes \(rule): start one for this")
  }
}
