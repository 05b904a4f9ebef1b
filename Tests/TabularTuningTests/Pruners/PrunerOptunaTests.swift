import Foundation
import Testing

@testable import TabularTuning

/// Decisions of Optuna 5.0.0, written by a study of 30 trials of up to 20 steps, `ask`, `report`,
/// `should_prune` and `tell` in turn, with these curves.
@Suite struct PrunerOptunaTests {
  struct Case: Sendable, CustomStringConvertible {
    let description: String
    let pruner: any Pruner
    let direction: Direction
    /// The step at which each trial was pruned; 0 where it was not.
    let expected: [Int]

    init(_ name: String, _ pruner: any Pruner, _ direction: Direction, _ expected: [Int]) {
      (description, self.pruner, self.direction, self.expected) =
        ("\(name), \(direction)", pruner, direction, expected)
    }
  }

  private func value(_ number: Int, _ step: Int) -> Double {
    if number % 9 == 4 && step == 2 || number == 11 { return .nan }
    let (level, slope) = (Double(number * 37 % 101) / 101, Double(number * 53 % 17) / 17)
    return level + slope / Double(step) + Double((number * 31 + step * 17) % 13) / 130
  }

  @Test(arguments: cases) func decisions(_ test: Case) {
    var trials: [Trial] = []
    for number in test.expected.indices {
      var trial = Trial(number: number, parameters: [:])
      var ended = 0
      for step in 1...20 {
        trial.intermediateValues[step] = value(number, step)
        let context = PruningContext(
          study: "golden",
          direction: test.direction,
          trial: trial,
          finished: trials
        )
        guard test.pruner.prunes(context) else { continue }
        ended = step
        break
      }
      trial.value = value(number, ended == 0 ? 20 : ended)
      trial.state = ended > 0 ? .pruned : number == 11 ? .failed : .complete
      #expect(ended == test.expected[number], "trial \(number)")
      trials.append(trial)
    }
  }

  static let cases: [Case] = [
    Case(
      "median(5,0,1)",
      MedianPruner(),
      .minimize,
      [0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
    ),
    Case(
      "median(5,0,1)",
      MedianPruner(),
      .maximize,
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1]
    ),
    Case(
      "median(2,3,2)",
      MedianPruner(startupTrials: 2, warmupSteps: 3, interval: 2),
      .minimize,
      [0, 0, 3, 0, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3]
    ),
    Case(
      "median(2,3,2)",
      MedianPruner(startupTrials: 2, warmupSteps: 3, interval: 2),
      .maximize,
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 3, 0, 0, 0, 0, 0, 3, 3, 0, 3, 0, 3, 0, 0, 0, 3, 0, 3, 0]
    ),
    Case(
      "median(0,0,1)",
      MedianPruner(startupTrials: 0),
      .minimize,
      [0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
    ),
    Case(
      "median(0,0,1)",
      MedianPruner(startupTrials: 0),
      .maximize,
      [0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 1, 1, 1, 0, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1]
    ),
    Case(
      "asha(1,4)",
      ASHAPruner(minimumResource: 1),
      .minimize,
      [0, 1, 1, 1, 1, 1, 1, 1, 1, 4, 1, 1, 1, 1, 1, 1, 1, 4, 1, 1, 1, 1, 1, 1, 1, 1, 4, 1, 4, 1]
    ),
    Case(
      "asha(1,4)",
      ASHAPruner(minimumResource: 1),
      .maximize,
      [0, 0, 0, 1, 4, 0, 1, 4, 0, 1, 1, 1, 1, 1, 1, 1, 16, 1, 1, 1, 1, 1, 1, 1, 4, 1, 1, 1, 1, 1]
    ),
    Case(
      "asha(1,2)",
      ASHAPruner(minimumResource: 1, reductionFactor: 2),
      .minimize,
      [0, 1, 1, 2, 1, 1, 1, 1, 1, 2, 2, 1, 2, 1, 2, 1, 1, 4, 2, 1, 2, 1, 2, 1, 1, 1, 2, 1, 4, 1]
    ),
    Case(
      "asha(1,2)",
      ASHAPruner(minimumResource: 1, reductionFactor: 2),
      .maximize,
      [0, 0, 0, 1, 2, 0, 1, 8, 0, 1, 1, 1, 1, 2, 1, 2, 0, 1, 1, 0, 1, 2, 1, 2, 16, 2, 1, 2, 1, 2]
    ),
    Case(
      "asha(2,3,1)",
      ASHAPruner(minimumResource: 2, reductionFactor: 3, minimumEarlyStoppingRate: 1),
      .minimize,
      [
        0, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 18, 6, 6, 18, 6, 6, 6, 6, 18, 6, 6, 18, 6, 6, 18,
        6,
      ]
    ),
    Case(
      "asha(2,3,1)",
      ASHAPruner(minimumResource: 2, reductionFactor: 3, minimumEarlyStoppingRate: 1),
      .maximize,
      [0, 0, 0, 6, 6, 0, 6, 6, 0, 6, 6, 6, 6, 18, 6, 6, 0, 6, 6, 0, 6, 18, 6, 6, 18, 6, 6, 0, 6, 6]
    ),
    Case(
      "hyperband(1,20,3)",
      HyperbandPruner(maximumResource: 20),
      .minimize,
      [0, 1, 1, 1, 0, 1, 1, 9, 1, 0, 1, 3, 1, 1, 1, 1, 1, 0, 3, 1, 0, 1, 3, 3, 1, 0, 3, 9, 3, 9]
    ),
    Case(
      "hyperband(1,20,3)",
      HyperbandPruner(maximumResource: 20),
      .maximize,
      [0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 3, 1, 3, 1, 3, 0, 3, 1, 1, 9, 1, 3, 0, 3, 9, 1, 0, 1, 0]
    ),
    Case(
      "hyperband(1,9,2)",
      HyperbandPruner(maximumResource: 9, reductionFactor: 2),
      .minimize,
      [0, 0, 1, 0, 1, 1, 4, 4, 1, 8, 2, 1, 2, 0, 0, 1, 4, 0, 8, 1, 4, 4, 2, 2, 8, 1, 2, 2, 4, 1]
    ),
    Case(
      "hyperband(1,9,2)",
      HyperbandPruner(maximumResource: 9, reductionFactor: 2),
      .maximize,
      [0, 0, 0, 0, 2, 0, 0, 0, 0, 4, 1, 1, 1, 0, 8, 2, 0, 1, 8, 0, 8, 0, 2, 0, 16, 2, 1, 0, 1, 2]
    ),
    Case(
      "patience(2)",
      PatiencePruner(patience: 2),
      .minimize,
      [
        16, 5, 7, 9, 11, 13, 15, 17, 19, 8, 10, 0, 14, 16, 18, 20, 9, 11, 13, 15, 17, 19, 8, 10, 12,
        14, 16, 5, 7, 9,
      ]
    ),
    Case(
      "patience(2)",
      PatiencePruner(patience: 2),
      .maximize,
      [6, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 0, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 6, 4, 4, 4]
    ),
    Case(
      "patience(0,0.1)",
      PatiencePruner(patience: 0, minimumDelta: 0.1),
      .minimize,
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    ),
    Case(
      "patience(0,0.1)",
      PatiencePruner(patience: 0, minimumDelta: 0.1),
      .maximize,
      [0, 2, 4, 2, 3, 2, 2, 2, 2, 5, 4, 0, 2, 3, 2, 2, 2, 0, 7, 3, 2, 2, 3, 2, 2, 2, 13, 2, 2, 2]
    ),
    Case(
      "patience(1,median)",
      PatiencePruner(MedianPruner(startupTrials: 2), patience: 1),
      .minimize,
      [0, 0, 6, 0, 7, 6, 8, 7, 9, 4, 6, 0, 7, 6, 8, 7, 8, 4, 6, 5, 7, 6, 0, 9, 8, 10, 3, 4, 6, 8]
    ),
    Case(
      "patience(1,median)",
      PatiencePruner(MedianPruner(startupTrials: 2), patience: 1),
      .maximize,
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 3, 3, 0, 3, 0, 3, 0, 0, 0, 5, 0, 3, 0]
    ),
  ]

  /// `HyperbandPruner._trial_allocation_budgets`, and `_get_bracket_id` of the study "golden".
  @Test(arguments: [
    (20, 3, 1, [9, 5, 3], [0, 0, 0, 0, 2, 0, 0, 2, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0]),
    (9, 2, 1, [8, 6, 4, 4], [1, 0, 0, 2, 0, 0, 2, 2, 0, 2, 0, 0, 0, 3, 3, 0, 2, 0, 3, 0]),
    (81, 3, 1, [81, 34, 15, 8, 5], [0, 0, 0, 0, 2, 3, 1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 1, 0]),
    (100, 4, 2, [16, 6, 3], [0, 2, 0, 0, 1, 2, 2, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]),
  ]) func brackets(_ test: (R: Int, eta: Int, r: Int, budgets: [Int], brackets: [Int])) {
    let pruner = HyperbandPruner(
      minimumResource: test.r,
      maximumResource: test.R,
      reductionFactor: test.eta
    )
    let budgets = pruner.budgets(test.R)
    #expect(budgets == test.budgets)
    #expect(
      (0..<20).map { HyperbandPruner.bracket(of: $0, in: "golden", budgets) } == test.brackets
    )
  }
}
