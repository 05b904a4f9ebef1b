import Foundation
import TabularCollectives
import TabularFrame
import TabularLoading
import TabularPreprocessing
import TabularTensor
import TabularTraining

// Several processes, which mpirun starts: each computes a part of every batch.
extension Train {
  /// Does the work of this process; an error in one ends all.
  func onEachRank(_ work: () throws -> Void) throws {
    guard spread.strategy == .distributed else {
      let launch = try Launch(environment: ProcessInfo.processInfo.environment)
      guard launch?.size ?? 1 == 1 else {
        throw Failure(
          "\(launch?.size ?? 1) processes were started, and each would train alone: "
            + "give --strategy distributed, or start one process"
        )
      }
      return try work()
    }
    try Launch.onEachRank { world in
      if world.size == 1 {
        reading.console.note("one process trains alone: mpirun -n starts several")
      } else if [input, division.validInput].contains("-") {
        throw Failure("several processes read files, not standard input: start one for this")
      }
      try work()
    }
  }

  /// Which of the processes that train together this is, and how many they are.
  var share: (rank: Int, size: Int) {
    guard spread.strategy == .distributed, let world = try? Launch.world() else { return (0, 1) }
    return (world.rank, world.size)
  }

  /// Whether files are this process's to write.
  var isFirstRank: Bool { share.rank == 0 }

  /// Refuses processes that have read different rows; the trainer compares all else.
  func compareRanks(_ data: TrainingData) throws {
    guard share.size > 1 else { return }
    try Ranks.compare([
      ("training rows", data.train.fingerprint),
      ("validation rows", data.valid?.fingerprint ?? "none"),
    ])
  }
}

extension FeatureMatrix<Float> {
  /// All names, row ids, values and labels, hashed.
  fileprivate var fingerprint: String {
    var hash = Fingerprint()
    for name in featureNames { hash.combine(name) }
    for id in rowIDs { hash.combine(id.rawValue) }
    features.withUnsafeScalars { for value in $0 { hash.combine(UInt64(value.bitPattern)) } }
    switch labels {
    case .classes(let classes):
      classes.withUnsafeScalars { for value in $0 { hash.combine(UInt64(bitPattern: value)) } }
    case .values(let values):
      values.withUnsafeScalars { for value in $0 { hash.combine(UInt64(value.bitPattern)) } }
    case nil: break
    }
    return hash.text
  }
}
