import Testing

@testable import TabularCollectives

struct LaunchTests {
  @Test func readsWhatALauncherSays() throws {
    let mpirun = ["OMPI_COMM_WORLD_RANK": "2", "OMPI_COMM_WORLD_SIZE": "3"]
    let launch = try #require(try Launch(environment: mpirun))
    #expect(launch.rank == 2 && launch.size == 3)
    let pmi = try #require(try Launch(environment: ["PMI_RANK": "0", "PMI_SIZE": "1"]))
    #expect(pmi.rank == 0 && pmi.size == 1)
    #expect(try Launch(environment: ["PATH": "/bin"]) == nil)
  }

  @Test(arguments: [("3", "3"), ("", "2"), ("0", "none"), ("-1", "2"), ("0", "0")])
  func refusesWhatMakesNoSense(rank: String, size: String) {
    let environment = ["OMPI_COMM_WORLD_RANK": rank, "OMPI_COMM_WORLD_SIZE": size]
    let error = #expect(throws: CollectivesError.self) { try Launch(environment: environment) }
    #expect(error?.kind == .launch)
    #expect(
      error?.description
        == "expected a rank below a number of processes in OMPI_COMM_WORLD_RANK and "
        + "OMPI_COMM_WORLD_SIZE, found '\(rank)' and '\(size)' (start with mpirun -n)"
    )
  }

  @Test func oneProcessNeedsNoMPI() throws {
    #expect(try Launch.communicator(of: nil) is SingleProcess)
    let alone = try Launch(environment: ["PMI_RANK": "0", "PMI_SIZE": "1"])
    #expect(try Launch.communicator(of: alone) is SingleProcess)
  }

  @Test(.enabled(if: !Launch.isMPIBuilt, "this build has Open MPI"))
  func severalProcessesNeedIt() throws {
    let launch = try Launch(environment: ["PMI_RANK": "1", "PMI_SIZE": "2"])
    let error = #expect(throws: CollectivesError.self) { try Launch.communicator(of: launch) }
    #expect(error?.kind == .notBuilt)
    #expect(
      error?.description == "2 processes were started, but this build speaks with no other one "
        + "(build with --traits MPI, or start one process)"
    )
  }
}
