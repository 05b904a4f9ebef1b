internal import Foundation

/// What the launcher of a job says of it.
package struct Launch: Sendable, Equatable {
  /// The number of this process, from 0, and how many there are.
  package let rank: Int
  package let size: Int

  /// Whether this build can speak with other processes: the package's trait `MPI`.
  package static var isMPIBuilt: Bool {
    #if MPI
    true
    #else
    false
    #endif
  }

  /// Variables of rank and size: of Open MPI's mpirun, and of launchers that speak PMI.
  private static let variables = [
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"), ("PMI_RANK", "PMI_SIZE"),
  ]

  /// Reads an environment; nil where no launcher has started this process.
  package init?(environment: [String: String]) throws(CollectivesError) {
    for (rankName, sizeName) in Self.variables {
      guard let sizeText = environment[sizeName] else { continue }
      let rankText = environment[rankName] ?? ""
      guard let size = Int(sizeText), let rank = Int(rankText), size > 0, 0..<size ~= rank else {
        throw CollectivesError(
          .launch,
          "expected a rank below a number of processes in \(rankName) and \(sizeName), "
            + "found '\(rankText)' and '\(sizeText)' (start with mpirun -n)"
        )
      }
      (self.rank, self.size) = (rank, size)
      return
    }
    return nil
  }

  /// The processes of this job: those that mpirun started, else this one alone.
  ///
  /// The first call joins the others, later ones return the same.
  ///
  /// - Throws: `CollectivesError` of kind `notBuilt` where there are several but the package was
  ///   built without its trait MPI: else each would do the whole job.
  package static func world() throws(CollectivesError) -> any Communicator {
    try joined.get()
  }

  /// Does the work of this process, with those that mpirun started beside it.
  ///
  /// An error in one of several ends all of them, with one line on standard error that names it;
  /// alone, it is thrown.
  package static func onEachRank(_ work: (any Communicator) throws -> Void) throws {
    let world = try world()
    guard world.size > 1 else { return try work(world) }
    do {
      try work(world)
      try world.finish()
    } catch {
      // What all have found is said once, by the first: it ends the others while they wait.
      if world.rank > 0 { Thread.sleep(forTimeInterval: 0.5) }
      world.abort("Error: \(error)")
    }
  }

  private static let joined: Result<any Communicator, CollectivesError> = {
    do throws(CollectivesError) {
      let launch = try Launch(environment: ProcessInfo.processInfo.environment)
      return .success(try communicator(of: launch))
    } catch {
      return .failure(error)
    }
  }()

  static func communicator(of launch: Launch?) throws(CollectivesError) -> any Communicator {
    guard let launch, launch.size > 1 else { return SingleProcess() }
    #if MPI
    return try MPIProcess()
    #else
    throw CollectivesError(
      .notBuilt,
      "\(launch.size) processes were started, but this build speaks with no other one "
        + "(build with --traits MPI, or start one process)"
    )
    #endif
  }
}
