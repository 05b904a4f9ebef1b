import TabularFrame
import Testing

@testable import TabularTraining

struct StageAssignmentTests {
  @Test func cutsWhereTheDearestRunIsCheapest() {
    #expect(StageAssignment(costs: [1, 1, 1, 1], count: 2).stages == [0..<2, 2..<4])
    #expect(
      StageAssignment(costs: [1, 2, 3, 4, 5, 6, 7, 8, 9], count: 3).stages == [0..<5, 5..<7, 7..<9]
    )
    #expect(StageAssignment(costs: [9, 1, 1, 1], count: 2).stages == [0..<1, 1..<4])
    #expect(StageAssignment(costs: [1], count: 8).stages == [0..<1])
    #expect(StageAssignment(costs: [0, 0, 0], count: 8).stages == [0..<1, 1..<2, 2..<3])
    #expect(StageAssignment(costs: [5, 1], count: 1).stages == [0..<2])
  }

  /// Against all cuts there are.
  @Test(arguments: [1, 2, 3] as [UInt64]) func findsTheBestOfAllCuts(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      let costs = (0..<Int.random(in: 1...8, using: &generator)).map { _ in
        Double.random(in: 0...1, using: &generator)
      }
      for count in 1...4 {
        let found = StageAssignment(costs: costs, count: count).stages
        #expect(found.count == min(count, costs.count), "seed \(seed)")
        let cost = Self.dearest(found, costs)
        #expect(abs(cost - Self.best(costs[...], found.count)) < 1e-12, "seed \(seed)")
      }
    }
  }

  private static func dearest(_ stages: [Range<Int>], _ costs: [Double]) -> Double {
    stages.map { costs[$0].reduce(0, +) }.max() ?? 0
  }

  private static func best(_ costs: ArraySlice<Double>, _ count: Int) -> Double {
    guard count > 1 else { return costs.reduce(0, +) }
    return (1...(costs.count - count + 1)).map { first in
      max(costs.prefix(first).reduce(0, +), best(costs.dropFirst(first), count - 1))
    }.min() ?? 0
  }

  @Test func timesEachLayer() throws {
    let model = Sequential(Linear(256, 512), ReLU(), Linear(512, 1), seed: 1)
    let costs = try StageAssignment.costs(of: model, rows: 64, on: CPUDevice())
    #expect(costs.count == 3)
    for cost in costs { #expect(cost > 0 && cost < 1) }
    // 512 times as many products.
    #expect(costs[0] > costs[2])
  }
}
