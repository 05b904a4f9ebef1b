import Foundation
import TabularFrame
import Testing

@testable import TabularLoading

struct DatasetsTests {
  private static func packaged(_ name: String) throws -> String {
    let root = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return try String(contentsOf: root.appending(path: "datasets/\(name)"), encoding: .utf8)
  }

  @Test func areTheFilesOfThePackage() throws {
    #expect(Datasets.iris().csv() == (try Self.packaged("iris.csv")))
    #expect(Datasets.titanicSynthetic().csv() == (try Self.packaged("titanic-synthetic.csv")))
  }

  @Test func syntheticPassengersAreKnownByTheirTickets() throws {
    #expect(Datasets.isSyntheticTitanic(Datasets.titanicSynthetic(rows: 3, seed: 5)))
    #expect(!Datasets.isSyntheticTitanic(Datasets.iris()))
    var real = Datasets.titanicSynthetic(rows: 2, seed: 5)
    real["Ticket"] = Column(["SYN 1", "A/5 21171"])
    #expect(!Datasets.isSyntheticTitanic(real))
  }
}
