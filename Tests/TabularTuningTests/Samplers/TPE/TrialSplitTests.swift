import Testing

@testable import TabularTuning

struct TrialSplitTests {
  /// Eight complete trials and four pruned ones.
  static let trials: [Trial] =
    [5, 1, 3, 3, 9, 7, 2, 8].enumerated().map {
      Trial(number: $0, state: .complete, parameters: [:], value: $1)
    }
    + [[1: 0.9, 3: 0.5], [1: 0.8, 2: 0.4], [1: 0.8, 3: 0.4], [:]].enumerated().map {
      Trial(number: 8 + $0, state: .pruned, parameters: [:], intermediateValues: $1)
    }

  /// Of `_split_trials` of Optuna 5.0.0 (`optuna/samplers/_tpe/sampler.py`).
  @Test(
    arguments: [
      (.minimize, 1, [1]), (.minimize, 3, [1, 2, 6]), (.minimize, 9, [0, 1, 2, 3, 4, 5, 6, 7, 10]),
      (.minimize, 10, [0, 1, 2, 3, 4, 5, 6, 7, 8, 10]),
      (.minimize, 11, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
      (.maximize, 1, [4]), (.maximize, 3, [4, 5, 7]), (.maximize, 9, [0, 1, 2, 3, 4, 5, 6, 7, 8]),
      (.maximize, 10, [0, 1, 2, 3, 4, 5, 6, 7, 8, 10]),
    ] as [(Direction, Int, [Int])]
  )
  func agreesWithOptuna(direction: Direction, count: Int, expected: [Int]) {
    let split = TrialSplit(Self.trials, direction: direction) { _ in count }
    #expect(split.below.map(\.number) == expected)
    #expect(split.above.map(\.number) == (0..<12).filter { !expected.contains($0) })
  }

  /// `default_gamma` of Optuna 5.0.0.
  @Test func countsTheBest() {
    let counts = [0, 1, 9, 10, 11, 60, 249, 250, 251, 1000].map(TrialSplit.bestCount)
    #expect(counts == [0, 1, 1, 1, 2, 6, 25, 25, 25, 25])
  }

  @Test func runningTrialsAreBadAndFailedOnesNone() {
    var trials = Self.trials
    trials.append(Trial(number: 12, state: .running, parameters: [:]))
    trials.append(Trial(number: 13, state: .waiting, parameters: [:]))
    trials.append(Trial(number: 14, state: .failed, parameters: [:]))
    let split = TrialSplit(trials, direction: .minimize)
    // 12 ended, so that two are the best.
    #expect(split.below.map(\.number) == [1, 6])
    #expect(split.above.map(\.number) == [0, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13])
  }

  @Test func noNumberIsTheWorst() {
    let values = [Double.nan, 3, .infinity, -.infinity]
    let trials = values.enumerated().map {
      Trial(number: $0, state: .complete, parameters: [:], value: $1)
    }
    let order = (1...3).map { count in
      TrialSplit(trials, direction: .minimize) { _ in count }.below.map(\.number)
    }
    #expect(order == [[3], [1, 3], [1, 2, 3]])
  }
}
