import TabularTuning
import Testing

struct SearchSpaceTests {
  static let optimizer = SearchSpace.Parameter("optimizer", .choice([.text("sgd"), .text("adam")]))

  static func message(_ parameters: [SearchSpace.Parameter]) -> String? {
    do {
      _ = try SearchSpace(parameters)
      return nil
    } catch {
      return error.kind == .space ? error.message : nil
    }
  }

  @Test func refusesBranchesOfNothing() {
    let late = SearchSpace.Parameter(
      "momentum",
      .uniform(0...1),
      when: "optimzer",
      is: .text("sgd")
    )
    #expect(
      Self.message([Self.optimizer, late])
        == "'momentum' is a branch of 'optimzer', which is not before it; did you mean 'optimizer'?"
    )
    let early = SearchSpace.Parameter("m", .uniform(0...1), when: "optimizer", is: .text("sgd"))
    #expect(
      Self.message([early, Self.optimizer])
        == "'m' is a branch of 'optimizer', which is not before it; there are none"
    )
    let unlike = SearchSpace.Parameter("m", .uniform(0...1), when: "optimizer", is: .text("adan"))
    #expect(
      Self.message([Self.optimizer, unlike])
        == "'m' is a branch of 'optimizer' where it is 'adan', which is not one of its values; "
        + "did you mean 'adam'?"
    )
    let ofNumber = SearchSpace.Parameter("m", .uniform(0...1), when: "lr", is: .number(1))
    #expect(
      Self.message([.init("lr", .uniform(0...1)), ofNumber])
        == "'m' is a branch of 'lr', which is not a choice; only choices have branches"
    )
  }

  @Test func refusesWhatMeansNothing() {
    #expect(
      Self.message([]) == "the search space has no parameter; give it one at least"
    )
    #expect(
      Self.message([.init("", .uniform(0...1))]) == "parameter 1 of the space has an empty name"
    )
    #expect(
      Self.message([.init("a", .uniform(0...(.infinity)))])
        == "'a': the bounds are finite numbers, found 0.0 to inf"
    )
    #expect(
      Self.message([.init("a", .choice([.number(.nan)]))])
        == "'a': the values of a choice are finite, found nan"
    )
    #expect(Self.message([.init("a", .uniform(2...2))]) == nil, "one value is a range")
  }

  @Test func checksValues() throws {
    let space = try SearchSpace([
      Self.optimizer,
      .init("momentum", .uniform(0...1), when: "optimizer", is: .text("sgd")),
      .init("depth", .int(1...3)),
    ])
    func message(_ values: [String: ParameterValue]) -> String? {
      do {
        try space.check(values)
        return nil
      } catch {
        return error.kind == .value ? error.message : nil
      }
    }
    let adam: [String: ParameterValue] = ["optimizer": .text("adam"), "depth": .integer(2)]
    #expect(message(adam) == nil)
    #expect(
      message(adam.merging(["momentum": .number(0)]) { $1 })
        == "'momentum' has a value, but its branch is closed"
    )
    #expect(
      message(adam.merging(["dpth": .number(0)]) { $1 })
        == "the space has no parameter 'dpth'; did you mean 'depth'?"
    )
    #expect(
      message(adam.merging(["depth": .integer(4)]) { $1 })
        == "'depth' is '4', expected a whole number from 1 to 3"
    )
    #expect(message(adam.merging(["optimizer": .text("sgd")]) { $1 }) == "'momentum' has no value")
    #expect(
      message(["optimizer": .text("rprop")]) == "'optimizer' is 'rprop', expected one of sgd, adam"
    )
  }
}
