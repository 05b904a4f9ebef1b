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

  /// Of `_split_trials` of Optuna 5.0.0 (`optuna/samplers/_tpe/sampler.py`), where none was pruned.
  @Test(
    arguments: [
      (.minimize, 1, [1]), (.minimize, 3, [1, 2, 6]), (.minimize, 5, [0, 1, 2, 3, 6]),
      (.minimize, 9, [0, 1, 2, 3, 4, 5, 6, 7]), (.maximize, 1, [4]), (.maximize, 3, [4, 5, 7]),
      (.maximize, 9, [0, 1, 2, 3, 4, 5, 6, 7]),
    ] as [(Direction, Int, [Int])]
  )
  func agreesWithOptuna(direction: Direction, count: Int, expected: [Int]) {
    let split = TrialSplit(Array(Self.trials.prefix(8)), direction: direction) { _ in count }
    #expect(split.below.map(\.number) == expected)
    #expect(split.above.map(\.number) == (0..<8).filter { !expected.contains($0) })
  }

  /// Rungs at steps 1 and 3: ten trials reached the first, six the second, `complete` the end.
  static func pruned(_ complete: Int) -> [Trial] {
    let first: [Double] = [8, 2, 7, 6, 3, 5, 4, 9, 1, 10]
    return first.enumerated().map { number, value in
      var trial = Trial(number: number, state: .pruned, parameters: [:])
      trial.intermediateValues =
        number < 6 ? [1: value, 3: value / 2 + 3 * Double(number % 2)] : [1: value]
      if number < complete {
        trial.state = .complete
        trial.value = -Double(number)
        trial.intermediateValues[4] = trial.value
      }
      return trial
    }
  }

  /// At step 3 the six have 4, 4, 3.5, 6, 1.5 and 5.5; trial 8, the best at step 1, was never there.
  @Test(
    arguments: [
      // The end, which six of them reached.
      (6, 2, .minimize, [4, 5]), (6, 2, .maximize, [0, 1]),
      // The step that six of them reached.
      (5, 1, .minimize, [4]), (0, 2, .minimize, [2, 4]), (1, 4, .minimize, [0, 1, 2, 4]),
      (5, 1, .maximize, [3]), (1, 3, .maximize, [0, 3, 5]),
    ] as [(Int, Int, Direction, [Int])]
  )
  func prunedTrialsAreComparedAtAStepThatEnoughReached(
    complete: Int,
    count: Int,
    direction: Direction,
    expected: [Int]
  ) {
    let split = TrialSplit(Self.pruned(complete), direction: direction) { asked in
      #expect(asked == 6)
      return count
    }
    #expect(split.below.map(\.number) == expected)
    #expect(split.above.map(\.number) == (0..<10).filter { !expected.contains($0) })
  }

  /// Computed by the same rule over dictionaries, in Python: trials that end at these steps in turn, of
  /// which 20 is the last.
  @Test(
    arguments: [
      (12, [1, 20, 4, 1, 1], [0, 11], [5, 8]),
      (40, [1, 4, 1, 1, 20, 1, 4, 1], [28, 36], [2, 7]),
      // 4 complete and 9 at step 16 are fewer than a quarter, 13 at step 4 are not.
      (40, [1, 4, 1, 1, 1, 1, 16, 20, 1], [22, 28], [19, 24]),
      (90, [1, 2, 3, 5, 8, 13, 20, 20], [41, 74, 82], [49, 57, 65]),
      (90, [2, 20], [3, 11, 41, 63, 71], [19, 27, 49, 79, 87]),
    ] as [(Int, [Int], [Int], [Int])]
  )
  func agreesWithPython(count: Int, ends: [Int], least: [Int], most: [Int]) {
    let trials = (0..<count).map { number in
      let end = ends[number * 7 % ends.count]
      var trial = Trial(number: number, state: end == 20 ? .complete : .pruned, parameters: [:])
      for step in 1...end {
        let (level, slope) = (Double(number * 37 % 101) / 101, Double(number * 53 % 17) / 17)
        let noise = Double((number * 31 + step * 17) % 13) / 130
        trial.intermediateValues[step] = level + slope / Double(step) + noise
      }
      trial.value = trial.intermediateValues[end]
      return trial
    }
    #expect(TrialSplit(trials, direction: .minimize).below.map(\.number) == least)
    #expect(TrialSplit(trials, direction: .maximize).below.map(\.number) == most)
  }

  /// A pruned trial that is no number at the step is not the best, however many are asked for.
  @Test func noNumberOfAPrunedTrialIsBad() {
    var trials = Self.pruned(0)
    trials[4].intermediateValues[3] = .nan
    trials[6].intermediateValues[1] = .nan
    let split = TrialSplit(trials, direction: .minimize) { _ in 10 }
    // At step 3 there are five numbers, at step 1 nine.
    #expect(split.below.map(\.number) == [0, 1, 2, 3, 4, 5, 7, 8, 9])
    #expect(split.above.map(\.number) == [6])
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
    // Of 12 that ended 8 were not pruned, so that one is the best.
    #expect(split.below.map(\.number) == [1])
    #expect(split.above.map(\.number) == [0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])
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
