import TabularFrame
import TabularTuning
import Testing

struct SearchSpaceJSONTests {
  @Test func readsEachForm() throws {
    let space = try SearchSpace(
      json: """
        {"lr": {"log": [1e-4, 1e-1]}, "hidden": {"choice": ["64", "128,64"]},
         "batch_size": {"int": [16, 256], "log": true}, "depth": {"log": false, "int": [1, 3]},
         "dropout": {"uniform": [0, 0.5]}, "flag": {"choice": [true, 2, 0.5]}}
        """
    )
    let expected = try SearchSpace([
      .init("lr", .log(1e-4...1e-1)),
      .init("hidden", .choice([.text("64"), .text("128,64")])),
      .init("batch_size", .int(16...256, log: true)),
      .init("depth", .int(1...3)),
      .init("dropout", .uniform(0...0.5)),
      .init("flag", .choice([.bool(true), .integer(2), .number(0.5)])),
    ])
    #expect(space == expected)
    #expect(
      space.parameters.map(\.name) == ["lr", "hidden", "batch_size", "depth", "dropout", "flag"]
    )
  }

  @Test func readsNestedBranches() throws {
    let space = try SearchSpace(
      json: """
        {"optimizer": {"choice": ["sgd", "adam"], "when": {
           "adam": {"beta": {"uniform": [0.8, 0.99]}},
           "sgd": {"nesterov": {"choice": [true, false], "when": {
             "true": {"momentum": {"uniform": [0, 0.99]}}}}}}},
         "lr": {"log": [0.001, 1]}}
        """
    )
    let expected = try SearchSpace([
      .init("optimizer", .choice([.text("sgd"), .text("adam")])),
      .init("lr", .log(0.001...1)),
      .init("beta", .uniform(0.8...0.99), when: "optimizer", is: .text("adam")),
      .init("nesterov", .choice([.bool(true), .bool(false)]), when: "optimizer", is: .text("sgd")),
      .init("momentum", .uniform(0...0.99), when: "nesterov", is: .bool(true)),
    ])
    #expect(space == expected)
    // Branches stand behind their choice, in the order of its values.
    #expect(
      space.parameters.map(\.name) == ["optimizer", "nesterov", "momentum", "beta", "lr"]
    )
    #expect(
      space.fingerprint == """
        {"optimizer": {"choice": ["sgd", "adam"], "when": {"sgd": {"nesterov": {"choice": [true, \
        false], "when": {"true": {"momentum": {"uniform": [0.0, 0.99]}}}}}, "adam": {"beta": \
        {"uniform": [0.8, 0.99]}}}}, "lr": {"log": [0.001, 1.0]}}
        """
    )
  }

  @Test(arguments: [
    (
      "[1]",
      "1, column 1: an object of parameters expected, such as {\"lr\": {\"log\": [0.0001, 0.1]}}, found a list of 1"
    ),
    (
      "{\"lr\": [1, 2]}",
      "1, column 8: 'lr': a distribution expected, such as {\"lr\": {\"log\": [0.0001, 0.1]}}, found a list of 2"
    ),
    (
      "{\"lr\": {}}",
      "1, column 8: 'lr': a distribution expected, one of uniform, log, int, choice, found none"
    ),
    (
      "{\"lr\": {\"unifrom\": [0, 1]}}",
      "1, column 9: 'lr': unknown distribution 'unifrom'; did you mean 'uniform'?"
    ),
    (
      "{\"lr\":\n {\"gauss\": [0, 1]}}",
      "2, column 3: 'lr': unknown distribution 'gauss'; there are: uniform, log, int, choice"
    ),
    (
      "{\"n\": {\"int\": [1, 9], \"lgo\": true}}",
      "1, column 23: 'n': a distribution 'int' has no key 'lgo'; did you mean 'log'?"
    ),
    (
      "{\"n\": {\"uniform\": [1, 9], \"log\": [1, 2]}}",
      "1, column 27: 'n': one distribution expected, found 'uniform' and 'log'"
    ),
    (
      "{\"n\": {\"int\": [1, 9], \"log\": 1}}",
      "1, column 30: 'n': beside 'int', 'log' is true or false, found 1"
    ),
    (
      "{\"n\": {\"int\": [1, 9], \"int\": [1, 2]}}",
      "1, column 23: 'n': one distribution expected, found 'int' and 'int'"
    ),
    (
      "{\"n\": {\"int\": [1, 2.5]}}",
      "1, column 19: 'n': a bound of 'int' is a whole number, found 2.5"
    ),
    (
      "{\"n\": {\"int\": [1, 20000000000000000]}}",
      "1, column 15: 'n': whole numbers up to 9007199254740992 can be searched, found 1 to 20000000000000000"
    ),
    (
      "{\"lr\": {\"log\": [0.1, 0.01]}}",
      "1, column 16: 'lr': the range from 0.1 to 0.01 is empty; the smaller bound comes first"
    ),
    (
      "{\"lr\": {\"log\": [0, 1]}}",
      "1, column 16: 'lr': a logarithm's bounds are above 0, found 0.0; search it as 'uniform', or raise the bound"
    ),
    (
      "{\"n\": {\"int\": [0, 8], \"log\": true}}",
      "1, column 15: 'n': a logarithm's bounds are above 0, found 0; search it as 'uniform', or raise the bound"
    ),
    (
      "{\"lr\": {\"uniform\": [0, 1e999]}}",
      "1, column 20: 'lr': the bounds are finite numbers, found 0.0 to inf"
    ),
    (
      "{\"lr\": {\"uniform\": [0]}}",
      "1, column 20: 'lr': 'uniform' takes two bounds, such as [1, 10], found a list of 1"
    ),
    (
      "{\"lr\": {\"uniform\": [0, \"1\"]}}",
      "1, column 24: 'lr': a bound of 'uniform' is a number, found '1'"
    ),
    ("{\"h\": {\"choice\": []}}", "1, column 18: 'h': a choice has one value at least"),
    ("{\"h\": {\"choice\": [\"1\", 1]}}", "1, column 18: 'h': the choice has '1' twice"),
    (
      "{\"h\": {\"choice\": [null]}}",
      "1, column 19: 'h': a value of 'choice' is a text, a number or a bool, found null"
    ),
    (
      "{\"h\": {\"choice\": \"a\"}}",
      "1, column 18: 'h': 'choice' takes a list of values, such as [\"a\", \"b\"], found 'a'"
    ),
    (
      "{\"h\": {\"choice\": [1], \"when\": 3}}",
      "1, column 31: 'h': 'when' is an object of branches, one a value, found 3"
    ),
    (
      "{\"h\": {\"choice\": [\"sgd\"], \"when\": {\"sdg\": {}}}}",
      "1, column 36: 'h': the branch 'sdg' is not one of the values; did you mean 'sgd'?"
    ),
    (
      "{\"h\": {\"choice\": [\"a\"], \"when\": {\"a\": {\"h\": {\"int\": [1, 2]}}}}}",
      "1, column 40: the name 'h' is in the space twice; names are unique, in all branches"
    ),
    (
      "{\"lr\": {\"log\": [1, 2]}, \"lr\": {\"log\": [1, 2]}}",
      "1, column 25: the name 'lr' is in the space twice; names are unique, in all branches"
    ),
    ("{\"lr\": {\"log\": [1, 2}}", "1, column 21: no JSON: ',' or ']' expected, found '}}'"),
  ])
  func refuses(json: String, message: String) {
    let error = #expect(throws: TuningError.self) {
      try SearchSpace(json: json, name: "space.json")
    }
    #expect(error?.kind == .space)
    #expect(error?.message == "space.json, line \(message)")
  }

  @Test func refusesNoParameter() {
    let error = #expect(throws: TuningError.self) { try SearchSpace(json: "{}", name: "s.json") }
    #expect(error?.message == "s.json: the search space has no parameter; give it one at least")
  }

  @Test(arguments: 0..<40 as Range<UInt64>) func writesWhatItReads(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let space = try RandomSpace.make(&generator)
    for text in [space.json, space.fingerprint] {
      #expect(try SearchSpace(json: text) == space, "seed \(seed): \(text)")
    }
    var other = SplitMix64(seed: seed + 1000)
    let unlike = try RandomSpace.make(&other)
    #expect((space == unlike) == (space.fingerprint == unlike.fingerprint))
  }
}
