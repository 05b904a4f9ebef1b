import TabularFrame
import TabularTuning
import Testing

struct GridSamplerTests {
  /// The points of a grid, until it says that there are no more.
  static func points(_ grid: GridSampler, _ space: SearchSpace) throws -> [[String: ParameterValue]]
  {
    var points: [[String: ParameterValue]] = []
    while true {
      let context = SuggestionContext(
        space: space,
        direction: .minimize,
        seed: 5,
        number: points.count,
        trials: []
      )
      guard let point = try grid.suggestion(for: context) else { return points }
      points.append(point)
    }
  }

  static func values(_ grid: GridSampler, _ distribution: Distribution) throws -> [ParameterValue?]
  {
    try points(grid, SearchSpace([.init("p", distribution)])).map { $0["p"] }
  }

  @Test func valuesOfARange() throws {
    let grid = try GridSampler(points: 3)
    #expect(try Self.values(grid, .uniform(0...1)) == [.number(0), .number(0.5), .number(1)])
    let logs = try Self.values(grid, .log(1e-4...1e-2)).compactMap { $0?.asNumber }
    #expect(zip(logs, [1e-4, 1e-3, 1e-2]).allSatisfy { abs($0 / $1 - 1) < 1e-12 }, "\(logs)")
    #expect(logs.first == 1e-4 && logs.last == 1e-2)
    #expect(try Self.values(grid, .int(1...3)) == [.integer(1), .integer(2), .integer(3)])
    #expect(try Self.values(grid, .int(0...10)) == [.integer(0), .integer(5), .integer(10)])
    #expect(
      try Self.values(grid, .int(1...100, log: true)) == [.integer(1), .integer(10), .integer(100)]
    )
    // 1, 1.6, 2.4, 3.8, 6: what rounds to the same whole number is there once.
    let few = try Self.values(GridSampler(points: 5), .int(1...6, log: true))
    #expect(few == [1, 2, 4, 6].map { .integer($0) })
    #expect(try Self.values(grid, .uniform(2...2)) == [.number(2)])
    #expect(try Self.values(GridSampler(points: 1), .uniform(0...1)) == [.number(0.5)])
    #expect(
      try Self.values(GridSampler(pointsByName: ["p": 2]), .uniform(0...1)) == [
        .number(0), .number(1),
      ]
    )
  }

  @Test func theLastParameterVariesFastest() throws {
    let space = try SearchSpace([
      .init("optimizer", .choice([.text("sgd"), .text("adam")])),
      .init("momentum", .uniform(0...1), when: "optimizer", is: .text("sgd")),
      .init("depth", .int(1...2)),
    ])
    let grid = try GridSampler(points: 2)
    let names = ["optimizer", "momentum", "depth"]
    let found = try Self.points(grid, space).map { point in
      names.map { point[$0]?.description ?? "-" }.joined(separator: " ")
    }
    #expect(
      found == [
        "sgd 0.0 1", "sgd 0.0 2", "sgd 1.0 1", "sgd 1.0 2", "adam - 1", "adam - 2",
      ]
    )
    #expect(try grid.count(of: space) == 6)
  }

  @Test(arguments: 0..<30 as Range<UInt64>) func isCompleteAndInside(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let space = try RandomSpace.make(&generator)
    let grid = try GridSampler(points: 3)
    let count = try grid.count(of: space)
    let points = try Self.points(grid, space)
    #expect(points.count == count, "seed \(seed)")
    #expect(Set(points).count == count, "seed \(seed): a point twice")
    for point in points { try space.check(point) }
  }

  @Test func refusesWhatCannotBeAGrid() throws {
    let no = #expect(throws: TuningError.self) { try GridSampler(points: 0) }
    #expect(no?.message == "a grid has 1 point a range at least, found 0")
    let named = #expect(throws: TuningError.self) { try GridSampler(pointsByName: ["lr": -1]) }
    #expect(named?.message == "a grid has 1 point a range at least, found -1 for 'lr'")
    let space = try SearchSpace((0..<30).map { .init("p\($0)", .uniform(0...1)) })
    let large = #expect(throws: TuningError.self) { try GridSampler().count(of: space) }
    #expect(
      large?.message
        == "the grid has more than 9223372036854775807 points; give it fewer a range, or search at "
        + "random"
    )
    let unknown = #expect(throws: TuningError.self) {
      try GridSampler(pointsByName: ["p300": 2]).count(of: space)
    }
    #expect(
      unknown?.message.hasPrefix("the grid's points name 'p300', which is not in the space") == true
    )
  }
}
