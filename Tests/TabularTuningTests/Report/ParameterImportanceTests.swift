import Foundation
import TabularFrame
import Testing

@testable import TabularTuning

struct ParameterImportanceTests {
  /// Points of the space at random, with what an objective says of them.
  private func trials(
    _ count: Int,
    in space: SearchSpace,
    seed: UInt64 = 1,
    _ objective: ([String: ParameterValue]) -> Double
  ) -> [Trial] {
    (0..<count).map { number in
      let parameters = StudySamples.suggestion(number, in: space, seed: seed)
      return Trial(
        number: number,
        state: .complete,
        parameters: parameters,
        value: objective(parameters)
      )
    }
  }

  private func parts(_ trials: [Trial], in space: SearchSpace) throws -> [String: Double] {
    let found = try measured(trials, in: space)
    // The law of total variance.
    #expect(found.parts.reduce(0) { $0 + $1.part } <= 1 + 1e-9)
    #expect(found.parts.allSatisfy { $0.part >= 0 })
    return Dictionary(uniqueKeysWithValues: found.parts.map { ($0.name, $0.part) })
  }

  private func measured(_ trials: [Trial], in space: SearchSpace) throws -> ParameterImportance {
    guard case .measured(let found) = ParameterImportance.measure(trials, in: space) else {
      throw Broken()
    }
    return found
  }

  private let plain = StudySamples.space([
    .init("lr", .log(1e-4...1e-1)), .init("size", .int(16...1024)),
    .init("kind", .choice([.text("x"), .text("y"), .text("z")])), .init("other", .uniform(0...1)),
  ])

  /// What depends on one parameter alone gives it nearly all, whichever it is; the others nearly none.
  @Test(arguments: ["lr", "size", "kind", "other"], [1, 2, 3] as [UInt64])
  func oneParameterHasAll(name: String, seed: UInt64) throws {
    for count in [40, 200] {
      let found = try parts(
        trials(count, in: plain, seed: seed) { point in
          guard let value = point[name] else { return .nan }
          return value.asNumber.map { name == "lr" ? log10($0) : $0 }
            ?? (value == .text("x") ? 5 : value == .text("y") ? 1 : 2)
        },
        in: plain
      )
      #expect(try #require(found[name]) > 0.97, "\(found)")
      #expect(found.filter { $0.key != name }.values.allSatisfy { $0 < 0.01 }, "\(found)")
    }
  }

  /// Parts that are known exactly: variances of a parabola, a line and three values, which add up.
  @Test func partsOfASum() throws {
    let found = try measured(
      trials(400, in: plain) { point in
        let rate = log10(point["lr"]?.asNumber ?? .nan) + 2.5
        let kind = point["kind"] == .text("x") ? 0 : point["kind"] == .text("y") ? 0.5 : 0.6
        return rate * rate + (point["size"]?.asNumber ?? .nan) / 1024 + kind
      },
      in: plain
    )
    let variances = ["lr": 0.45, "size": 1.0 / 12 * 0.97, "kind": 0.0689, "other": 0]
    let total = variances.values.reduce(0, +)
    for part in found.parts {
      let expected = try #require(variances[part.name]) / total
      #expect(abs(part.part - expected) < 0.05, "\(part), not \(expected)")
    }
    #expect(found.fit > 0.9 && found.trials == 400)
    #expect(found.parts[0].name == "lr" && found.parts[3].name == "other")
  }

  /// What two parameters do together is nobody's own.
  @Test func togetherIsWhatNoneHasAlone() throws {
    let space = StudySamples.space([
      .init("a", .choice([.integer(-1), .integer(1)])),
      .init("b", .choice([.integer(-1), .integer(1)])),
    ])
    let found = try measured(
      trials(64, in: space) { ($0["a"]?.asNumber ?? 0) * ($0["b"]?.asNumber ?? 0) },
      in: space
    )
    #expect(found.together > 0.999)
  }

  /// The least and the largest part that five forests of optuna 5.0.0 found.
  ///
  /// `FanovaImportanceEvaluator(seed=...).evaluate(study)` with the seeds 0 to 4, on these points.
  @Test func agreesWithOptuna() throws {
    let space = StudySamples.space([
      .init("lr", .log(1e-4...1e-1)), .init("size", .int(16...1024)),
      .init("none", .uniform(0...1)),
    ])
    let expected = ["lr": 0.822...0.859, "size": 0.073...0.104, "none": 0.008...0.019]
    var generator = SplitMix64(seed: 7)
    let trials = (0..<60).map { number in
      let units = (0..<4).map { _ in generator.unit() }
      let (rate, size) = (pow(10, -4 + 3 * units[0]), min(1024, 16 + Int(1009 * units[1])))
      return Trial(
        number: number,
        state: .complete,
        parameters: ["lr": .number(rate), "size": .integer(size), "none": .number(units[3])],
        value: (log10(rate) + 2.5) * (log10(rate) + 2.5) + Double(size) / 1024
      )
    }
    for (name, part) in try parts(trials, in: space) {
      let range = try #require(expected[name])
      #expect(part > range.lowerBound - 0.02 && part < range.upperBound + 0.02, "\(name): \(part)")
    }
  }

  /// A parameter of a branch counts within it, and its parent for what is between the branches.
  @Test func branches() throws {
    let space = StudySamples.space([
      .init("optimizer", .choice([.text("sgd"), .text("adam")])),
      .init("momentum", .uniform(0...1), when: "optimizer", is: .text("sgd")),
      .init("beta", .uniform(0...1), when: "optimizer", is: .text("adam")),
    ])
    // Half of the space varies by 1/12, the other one not, and they lie 1 apart: 1/24 and 1/4.
    let found = try parts(
      trials(300, in: space) { ($0["momentum"]?.asNumber ?? 1.5) },
      in: space
    )
    #expect(abs(try #require(found["optimizer"]) - 6 / 7.0) < 0.02, "\(found)")
    #expect(abs(try #require(found["momentum"]) - 1 / 7.0) < 0.02, "\(found)")
    #expect(try #require(found["beta"]) < 0.001)
    // The branch alone.
    let alone = try parts(
      trials(300, in: space) { $0["momentum"]?.asNumber ?? 0.5 },
      in: space
    )
    #expect(try #require(alone["momentum"]) > 0.97, "\(alone)")
    #expect(try #require(alone["optimizer"]) < 0.02, "\(alone)")
  }

  /// A branch in a branch.
  @Test func branchesOfBranches() throws {
    let space = StudySamples.space([
      .init("a", .choice([.bool(true), .bool(false)])),
      .init("b", .choice([.integer(1), .integer(2)]), when: "a", is: .bool(true)),
      .init("c", .uniform(0...1), when: "b", is: .integer(2)),
    ])
    let found = try parts(trials(200, in: space) { $0["c"]?.asNumber ?? 0.5 }, in: space)
    #expect(try #require(found["c"]) > 0.97, "\(found)")
  }

  @Test func sameTrialsGiveTheSameParts() throws {
    let trials = StudySamples.record(40).trials
    let first = ParameterImportance.measure(trials, in: mixedSpace)
    #expect(ParameterImportance.measure(trials, in: mixedSpace) == first)
  }

  @Test func saysWhyThereIsNothing() {
    let ten = trials(10, in: plain) { $0["other"]?.asNumber ?? 0 }
    func reason(_ trials: [Trial], _ space: SearchSpace) -> String? {
      if case .none(let reason) = ParameterImportance.measure(trials, in: space) {
        reason
      } else {
        nil
      }
    }
    #expect(reason(ten, plain) == nil)
    #expect(
      reason(Array(ten.dropLast()), plain)
        == "Too few trials: 9 complete with a finite value, 10 are needed."
    )
    // None of these counts: no value, an infinite one, a pruned trial, a point of another space.
    for change: (inout Trial) -> Void in [
      { $0.value = .nan }, { $0.value = -.infinity }, { $0.value = nil }, { $0.state = .pruned },
      { $0.parameters["kind"] = .text("w") }, { $0.parameters["kind"] = nil },
    ] {
      var changed = ten
      change(&changed[3])
      #expect(reason(changed, plain)?.hasPrefix("Too few trials: 9 ") == true)
    }
    #expect(
      reason(trials(20, in: plain) { _ in 3 }, plain) == "All complete trials have the same value."
    )
    let constant = StudySamples.space([.init("a", .choice([.integer(1)]))])
    #expect(reason(ten, constant) == "No parameter has more than one value.")
  }

  /// Values that overflow when they are squared, or subtracted.
  @Test func hugeValues() throws {
    let found = try parts(
      trials(60, in: plain) { (($0["other"]?.asNumber ?? 0) - 0.5) * 1.5e308 * 2 },
      in: plain
    )
    #expect(try #require(found["other"]) > 0.97, "\(found)")
  }
}
