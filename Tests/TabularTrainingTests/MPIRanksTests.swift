import Foundation
import TabularPreprocessing
import TestRanks
import Testing

@testable import TabularTraining

/// The trainings of `RankExchangeTests` on processes that mpirun starts.
struct MPIRanksTests {
  @Test(.enabled(if: MPIRun.isPossible, "\(MPIRun.whyNot)"), arguments: [2, 4])
  func processesGiveTheBitsOfOne(ranks: Int) throws {
    let (status, output) = try MPIRun.test("trainsWithTheOthers", ranks: ranks)
    #expect(status == 0, "\(output)")
    #expect(
      output.components(separatedBy: "1 test in 1 suite passed").count == ranks + 1,
      "\(output)"
    )
    for line in Set(output.split(separator: "\n").filter { $0.contains("weights_sha256") }) {
      print(line)
    }
  }
}

/// What each process does that `MPIRanksTests` starts.
struct OnEachMPIRank {
  @Test(.enabled(if: MPIRun.isRank, "a process of its own starts it"))
  func trainsWithTheOthers() throws {
    try Ranks.run { rank, size in
      #expect(size > 1)
      for normalization in TabularModel.Normalization.allCases {
        for (divides, devices, buckets) in [
          (true, 1, nil), (true, 2, (first: 40, others: 150)), (false, 2, (first: 7, others: 99)),
        ] {
          var setting = RankExchangeTests.Setting()
          setting.model.normalization = normalization
          setting.divides = divides
          setting.bucketFloats = buckets
          let trainer = setting.trainer(devices: devices)
          let history = try trainer.fit(try setting.loader(rank, size), epochs: 2)
          let found = RankExchangeTests.Outcome(trainer, history)
          let alone = try RankExchangeTests.alone(setting, devices: 1)
          #expect(found == alone, "rank \(rank) of \(size), \(normalization), divided: \(divides)")
          print("\(size) ranks, \(normalization): weights_sha256 \(found.weights)")
        }
      }
    }
  }
}
