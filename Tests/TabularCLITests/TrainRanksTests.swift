import Foundation
import TabularCollectives
import TestRanks
import Testing

/// `mpirun -n R tabular train --strategy distributed` trains what one process trains.
struct TrainRanksTests {
  static let table = packaged("datasets/titanic-synthetic.csv")
  static let options = "--target Survived --epochs 2 --hidden 32,16 --json --quiet"

  private static func run(_ ranks: Int, _ arguments: String) throws -> Command {
    try Command(
      shell: "\(MPIRun.line(ranks: ranks)) \"$TABULAR\" train --strategy distributed \(arguments)"
    )
  }

  /// The lines without what depends on the clock.
  private static func lines(_ run: Command) throws -> [NSDictionary] {
    try run.json.map { line in
      let timeless = line.filter {
        !["samples_per_second", "loader_wait_fraction"].contains($0.key)
      }
      return timeless as NSDictionary
    }
  }

  @Test(.enabled(if: MPIRun.isPossible, "\(MPIRun.whyNot)"), arguments: [32, 200])
  func trainsWhatOneProcessTrains(batchSize: Int) throws {
    let work = try Workdir()
    let options = "\(Self.table) \(Self.options) --batch-size \(batchSize)"
    func save(_ name: String) -> String {
      "--save \(work.path(name)) --save-recipe \(work.path(name)).json"
    }
    let one = try Command(shell: "\"$TABULAR\" train \(options) \(save("one"))")
    #expect(one.exitCode == 0, "\(one.errors)")
    let expected = try Self.lines(one)
    #expect(try #require(expected.last?["weights_sha256"] as? String).count == 64)
    for (ranks, devices, workers) in [(1, 1, 0), (2, 1, 0), (2, 2, 2), (3, 1, 1), (4, 2, 0)] {
      let many = try Self.run(
        ranks,
        "\(options) --devices \(devices) --workers \(workers) \(save("many"))"
      )
      #expect(many.exitCode == 0, "\(many.errors)")
      #expect(try Self.lines(many) == expected, "\(ranks) ranks of \(devices) devices")
      #expect(many.errors == one.errors)
      for ending in ["", ".json"] {
        let files = try ["one", "many"].map {
          try Data(contentsOf: URL(filePath: work.path($0) + ending))
        }
        #expect(files[0] == files[1])
        try FileManager.default.removeItem(atPath: work.path("many") + ending)
      }
    }
    #expect(work.contents == ["one", "one.json"])
  }

  @Test(.enabled(if: MPIRun.isPossible, "\(MPIRun.whyNot)"))
  func anErrorEndsAllWithOneLine() throws {
    let work = try Workdir()
    func errors(_ arguments: String, ranks: Int = 2) throws -> [String] {
      let run = try Self.run(ranks, arguments)
      #expect(run.exitCode != 0, "\(run.output)")
      return run.errors.split(separator: "\n").filter { $0.contains("Error: ") }.map(String.init)
    }
    // What all find.
    #expect(
      try errors("- --target y") == [
        "rank 0 of 2: Error: several processes read files, not standard input: start one for this"
      ]
    )
    let rows = (0..<90).map { "\($0 % 7).5,\($0 == 40 ? "1e38" : "1")\n" }
    let input = try work.file("huge.csv", "x,y\n" + rows.joined())
    let options = "--target y --valid 0 --batch-size 30 --epochs 3 --optimizer sgd --quiet --json"
    let loss = try errors("\(input) \(options) --lr 0.01", ranks: 3)
    #expect(
      loss.count == 1 && loss[0].hasPrefix("rank 0 of 3: Error: the loss is inf in epoch 0, step "),
      "\(loss)"
    )
    #expect(loss[0].contains(" ... (30 rows); the largest gradient is "))
    // What the one finds that writes files.
    let save = try errors("\(Self.table) \(Self.options) --save \(work.path("none"))/m.safetensors")
    #expect(save.count == 1 && save[0].hasPrefix("rank 0 of 2: Error: "), "\(save)")
    // Ranks with other options and other files.
    let other = try work.file(
      "other.csv",
      try String(contentsOfFile: Self.table, encoding: .utf8)
        .replacingOccurrences(of: "female", with: "woman")
    )
    func differ(_ first: String, _ second: String) throws -> [String] {
      let command = "\"$TABULAR\" train --strategy distributed"
      let run = try Command(
        shell: "\(MPIRun.line(ranks: 1)) \(command) \(first) : -n 1 \(command) \(second)"
      )
      #expect(run.exitCode != 0)
      return run.errors.split(separator: "\n").filter { $0.contains("Error: ") }.map(String.init)
    }
    let advice = "; start all ranks with the same files and options, on processors of one family"
    let rates = try differ(
      "\(Self.table) \(Self.options)",
      "\(Self.table) \(Self.options) --lr 0.01"
    )
    #expect(rates.count == 1 && rates[0].hasSuffix(advice))
    #expect(rates[0].hasPrefix("rank 0 of 2: Error: rank 1 of 2 differs in the optimizer: "))
    #expect(rates[0].contains("\"learningRate\":0.01,") && rates[0].contains("Rate\":0.003,"))
    let files = try differ("\(Self.table) \(Self.options)", "\(other) \(Self.options)")
    #expect(
      files.count == 1
        && files[0].hasPrefix("rank 0 of 2: Error: rank 1 of 2 differs in the training rows: "),
      "\(files)"
    )
    // What one finds while the other waits.
    let missing = try differ(
      "\(Self.table) \(Self.options)",
      "\(work.path("missing.csv")) \(Self.options)"
    )
    #expect(
      missing.count == 1 && missing[0].hasPrefix("rank 1 of 2: Error: ")
        && missing[0].contains("missing.csv"),
      "\(missing)"
    )
    #expect(work.contents == ["huge.csv", "other.csv"])
  }

  /// Killed in the middle, as by a machine that lacks memory.
  @Test(.enabled(if: MPIRun.isPossible, "\(MPIRun.whyNot)"), .timeLimit(.minutes(2)))
  func aRankThatIsKilledEndsAll() throws {
    let work = try Workdir()
    let script = try work.file(
      "rank.sh",
      """
      [ "$OMPI_COMM_WORLD_RANK" = 1 ] && (sleep 3; kill -9 $$) &
      exec "$TABULAR" "$@"
      """
    )
    let start = ContinuousClock.now
    let run = try Command(
      shell: "export TABULAR; \(MPIRun.line(ranks: 3)) sh \(script) train \(Self.table) "
        + "--strategy distributed --target Survived --epochs 1000000 --quiet --json"
    )
    let seconds = start.duration(to: .now) / .seconds(1)
    print("a killed rank ended the job after \(seconds) s, 3 of them before")
    #expect(run.exitCode != 0)
    #expect(run.errors.contains("process rank 1"), "\(run.errors)")
    #expect(run.lines.count > 1, "it was in the middle")
  }

  /// What the killed ranks have left is gone on from by another number of them, to the weights of a
  /// training that nobody stopped, and with the same record of it.
  @Test(.enabled(if: MPIRun.isPossible, "\(MPIRun.whyNot)"), .timeLimit(.minutes(2)))
  func othersGoOnFromTheLastCheckpoint() throws {
    let work = try Workdir()
    let script = try work.file(
      "rank.sh",
      """
      [ "$OMPI_COMM_WORLD_RANK" = 1 ] && (sleep 1.5; kill -9 $$) &
      exec "$TABULAR" "$@"
      """
    )
    let options =
      "\(Self.table) --target Survived --epochs 60 --batch-size 128 --normalization batch "
      + "--dropout 0.2 --quiet --json"
    let whole = try Command(shell: "\"$TABULAR\" train \(options) --save \(work.path("whole"))")
    #expect(whole.exitCode == 0, "\(whole.errors)")
    let folder = "--checkpoint \(work.path("ck")) --checkpoint-steps 2 --resume"
    let killed = try Command(
      shell: "export TABULAR; \(MPIRun.line(ranks: 2)) sh \(script) train "
        + "--strategy distributed \(options) \(folder)"
    )
    print("the killed job ended with \(killed.exitCode) after \(killed.lines.count) epochs")
    let rest = try Self.run(3, "\(options) \(folder) --save \(work.path("rest"))")
    #expect(rest.exitCode == 0, "\(rest.errors)")
    #expect(
      try Self.lines(rest).last?["weights_sha256"] as? String
        == Self.lines(whole).last?["weights_sha256"] as? String
    )
    let verified = try Command("verify", work.path("whole"), work.path("rest"))
    #expect(verified.exitCode == 0, "\(verified.output)")
  }

  @Test func oneProcessTrainsAlone() throws {
    let alone = try Command(shell: "\"$TABULAR\" train \(Self.table) \(Self.options)")
    let one = try Command(
      shell: "\"$TABULAR\" train \(Self.table) \(Self.options) --strategy distributed --devices 2"
    )
    #expect(one.exitCode == 0, "\(one.errors)")
    #expect(try Self.lines(one) == Self.lines(alone))
  }

  /// Else each would train alone, and write over what the other wrote.
  @Test func severalWithoutTheStrategyAreRefused() throws {
    for rank in 0..<2 {
      let launch = "OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=\(rank)"
      let run = try Command(shell: "\(launch) \"$TABULAR\" train \(Self.table) \(Self.options)")
      #expect(run.exitCode == 1 && run.output.isEmpty)
      let line =
        "Error: 2 processes were started, and each would train alone: give --strategy "
        + "distributed, or start one process\n"
      #expect(run.errors == (rank == 0 ? line : ""))
    }
  }

  @Test(.enabled(if: !Launch.isMPIBuilt, "a build with --traits MPI speaks with other processes"))
  func severalAreRefusedWithoutTheTrait() throws {
    let run = try Command(
      shell: "OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=0 \"$TABULAR\" train \(Self.table) "
        + "\(Self.options) --strategy distributed"
    )
    #expect(run.exitCode == 1)
    #expect(
      run.errors == "Error: 2 processes were started, but this build speaks with no other one "
        + "(build with --traits MPI, or start one process)\n"
    )
  }
}
