import Foundation
import TabularCSV
import TabularFrame
import TabularTensor
import Testing

@testable import TabularPreprocessing

/// Features that the last steps write straight into the tensor are, to the last bit, those of the
/// columns that the steps make; and so are the reports and the errors.
struct DeferredStepsTests {
  /// What making features came to.
  private struct Made {
    var bytes: [UInt8] = []
    var shape: [Int] = []
    var report = TransformReport()
    var error: String?

    init<Scalar: FloatingTensorScalar>(
      _ make: (inout TransformReport) throws -> Tensor<Scalar>
    ) {
      do {
        let tensor = try make(&report)
        bytes = tensor.withUnsafeScalars { Array(UnsafeRawBufferPointer($0)) }
        shape = tensor.shape.dimensions
      } catch {
        self.error = "\(error)"
      }
    }

    /// In what it differs; a line, since the bytes are many.
    func difference(from other: Made) -> String? {
      if error != other.error { return "\(error ?? "no error"), not \(other.error ?? "an error")" }
      if report != other.report { return "\(report), not \(other.report)" }
      if shape != other.shape { return "\(shape), not \(other.shape)" }
      guard bytes != other.bytes else { return nil }
      let byte = zip(bytes, other.bytes).enumerated().first { $1.0 != $1.1 }?.offset
      return "byte \(byte ?? -1) of \(bytes.count) and \(other.bytes.count)"
    }
  }

  /// Compares the tensor written straight with that of the columns, for the steps joined as a recipe
  /// joins them, and one by one as a fit applies them.
  @discardableResult private func check<Scalar: FloatingTensorScalar>(
    _ recipe: Recipe,
    _ frame: DataFrame,
    as type: Scalar.Type,
    _ comment: Comment,
    _ location: SourceLocation = #_sourceLocation
  ) -> Made {
    let joined = Made { report in try recipe.features(of: frame, as: type, report: &report).features
    }
    let expected = Made { report in
      let columns = try recipe.transformed(frame, report: &report)
      return try recipe.tensor(from: columns, as: type, report: &report)
    }
    #expect(joined.difference(from: expected) == nil, comment, sourceLocation: location)

    let run = StepRun(oneByOne: recipe.steps) { range, frame, report throws(PreprocessingError) in
      try Self.applied(recipe.steps[range], to: frame, report: &report)
    }
    let oneByOne = Made { report in
      let inputs = try frame.selecting(recipe.inputs)
      return try recipe.tensor(of: inputs, through: run, as: type, report: &report)
    }
    let expectedOneByOne = Made { report in
      let inputs = try frame.selecting(recipe.inputs)
      let columns = try Self.applied(recipe.steps[...], to: inputs, report: &report)
      return try recipe.tensor(from: columns, as: type, report: &report)
    }
    #expect(oneByOne.difference(from: expectedOneByOne) == nil, comment, sourceLocation: location)
    return expected
  }

  private static func applied(
    _ steps: ArraySlice<any Transformer>,
    to frame: DataFrame,
    report: inout TransformReport
  ) throws(PreprocessingError) -> DataFrame {
    var current = frame
    for step in steps { current = try step.applied(to: current, report: &report) }
    return current
  }

  /// Random steps for the columns of a mixed frame, in any order.
  private static func plan(_ random: inout SplitMix64) -> RecipePlan {
    func some(_ names: [String], _ part: Int) -> [String] {
      var names = names.filter { _ in random.chance(part, in: 4) }
      random.shuffle(&names)
      return names
    }
    var steps: [any Estimator] = []
    let numbers = some(MixedFrame.numbers, 3)
    for _ in 0..<1 + random.below(4) {
      let columns = some(numbers, 3)
      switch random.below(8) {
      case 0: steps.append(Imputer(columns: columns, indicator: random.chance(1, in: 4)))
      case 1: steps.append(StandardScaler(columns: columns))
      case 2: steps.append(MinMaxScaler(columns: columns))
      case 3: steps.append(KBinsDiscretizer(columns: columns, bins: 3))
      case 4: steps.append(QuantileTransformer(columns: columns, quantileCount: 5))
      case 5:
        steps.append(FunctionStep("some", columns: columns) { $0.flatMap { $0 > 4 ? nil : -$0 } })
      case 6: steps.append(MaxAbsScaler(columns: columns))
      default: steps.append(Imputer(columns: columns, strategy: .constant(3)))
      }
    }
    var encoded: [String] = []
    for _ in 0..<1 + random.below(3) {
      let columns = some(MixedFrame.categories.filter { !encoded.contains($0) }, 3)
      let code = random.pick([-1, -1, -1, 9999, 1 << 24 + 1])
      let other: OrdinalEncoder.Missing = random.chance(1, in: 4) ? .null : .code(Int64(code))
      steps.append(OrdinalEncoder(columns: columns, unknown: .code(Int64(code)), missing: other))
      encoded += columns
    }
    let rest = MixedFrame.categories.filter { !encoded.contains($0) && $0 != "many" }
    if random.chance(1, in: 3) {
      steps.append(OneHotEncoder(columns: rest))
      encoded += rest
    }
    var features = MixedFrame.numbers + encoded
    if random.chance(1, in: 3) {
      steps.append(DateParts(columns: ["day"]))
      features.append("day")
    }
    // Now and then a column that is worked on, and no feature.
    if random.chance(1, in: 6) { features.remove(at: random.below(features.count)) }
    random.shuffle(&features)
    random.shuffle(&steps)
    return RecipePlan(features: features, steps: steps)
  }

  /// A recipe of random steps, fitted to a frame; steps that do not go together, such as two that
  /// make columns of one name, are drawn again.
  private static func recipe(for frame: DataFrame, _ random: inout SplitMix64) throws -> Recipe {
    for _ in 0..<50 {
      if let recipe = try? plan(&random).fitted(to: frame) { return recipe }
    }
    return try plan(&random).fitted(to: frame)
  }

  @Test(arguments: 0..<32) func randomRecipesAnswerAsTheirColumns(number: Int) throws {
    let seed = testSeed &+ UInt64(number)
    var random = SplitMix64(seed: seed)
    let fitted = try MixedFrame.make(rows: 900, isForFit: true, &random)
    let recipe = try Self.recipe(for: fitted, &random)
    let whole = try MixedFrame.make(rows: 3000, isForFit: false, &random)
    var sizes = [0, 1, 63, 64, 65, 2000]
    random.shuffle(&sizes)
    for rows in sizes {
      let start = random.below(900)
      for frame in [whole.slice(start..<start + rows), fitted.slice(0..<min(rows, 900))] {
        let comment: Comment = "seed \(seed), \(rows) rows from \(start)"
        switch random.below(4) {
        case 0: check(recipe, frame, as: Double.self, comment)
        case 1: check(recipe, frame, as: Float16.self, comment)
        default: check(recipe, frame, as: Float.self, comment)
        }
      }
    }
  }

  @Test(arguments: 0..<2) func manyRowsAnswerAsTheirColumns(number: Int) throws {
    let seed = testSeed &+ 1000 &+ UInt64(number)
    var random = SplitMix64(seed: seed)
    let fitted = try MixedFrame.make(rows: 6000, isForFit: true, &random)
    let frame = try MixedFrame.make(rows: 70_001, isForFit: false, &random)
    let numbers = ["whole", "fraction", "full", "flag", "zero"]
    let words = ["word", "complete", "many", "empty", "text", "code"]
    let recipe = try RecipePlan(
      features: words + numbers,
      steps: [
        Imputer(columns: numbers), StandardScaler(columns: numbers), OrdinalEncoder(columns: words),
      ]
    )
    .fitted(to: fitted)
    #expect(deferred(recipe) == 3)
    let made = check(recipe, frame.slice(1..<70_001), as: Float.self, "seed \(seed)")
    #expect(made.shape == [70_000, 11])
    #expect(words.contains { made.report.unseen[$0] ?? 0 > 0 })
  }

  /// An infinity, a value that a kernel refuses, and a number that overflows between two steps, in
  /// any place: the error is that of the steps, which name the first column that has one.
  @Test(arguments: 0..<12) func refusesAsTheSteps(number: Int) throws {
    let seed = testSeed &+ 2000 &+ UInt64(number)
    var random = SplitMix64(seed: seed)
    let rows = 40_000
    let fitted = try DataFrame(
      ["a", "b", "c"].map { name in
        (name, Column((0..<100).map { _ in Optional(1e-9 * random.unit()) }))
      }
    )
    let recipe = try RecipePlan(
      features: ["c", "a", "b"],
      steps: [
        Log1pScaler(columns: ["b"]), MinMaxScaler(columns: ["c", "b", "a"]),
        StandardScaler(columns: ["a", "c"]),
      ]
    )
    .fitted(to: fitted)
    #expect(deferred(recipe) == 3)
    var columns = ["a", "b", "c"].map { ($0, [Double](repeating: 1e-10, count: rows)) }
    for _ in 0...random.below(3) {
      let column = random.below(3)
      columns[column].1[random.below(rows)] = random.pick([.infinity, -.infinity, -3, 1e305])
    }
    let frame = try DataFrame(columns.map { ($0.0, Column($0.1.map { Optional($0) })) })
    let start = random.below(100)
    check(recipe, frame, as: Float.self, "seed \(seed)")
    check(recipe, frame.slice(start..<rows - 7), as: Double.self, "seed \(seed)")
  }

  @Test func namesTheRowThatAStepRefuses() throws {
    let fitted = try DataFrame([("x", Column([0.5, 1, 2]))])
    let recipe = try RecipePlan(features: ["x"], steps: [Log1pScaler(columns: ["x"])])
      .fitted(to: fitted)
    let frame = try DataFrame([("x", Column([0.5, nil, -4]))])
    #expect(message { try recipe.applied(to: frame) }.contains("holds -4.0 in row 2; log1p takes"))
    let infinite = try DataFrame([("x", Column([0.5, .infinity, -4]))])
    #expect(message { try recipe.applied(to: infinite) }.contains("holds inf in row 1"))
  }

  /// How many steps are deferred.
  private func deferred(_ recipe: Recipe) -> Int {
    let deferred = DeferredSteps(of: StepRun(recipe.steps), features: recipe.featureNames)
    return recipe.steps.count - deferred.start
  }

  @Test func defersTheLastStepsThatMakeOneFeatureOfOneColumn() throws {
    let frame = try DataFrame([
      ("n", Column([1, 2, nil, 4.5])), ("m", Column([3, nil, 2, 2.5])),
      ("w", Column(["a", "b", nil, "a"])), ("v", Column(["x", "x", "y", nil])),
    ])
    func count(_ features: [String], _ steps: [any Estimator]) throws -> Int {
      let recipe = try RecipePlan(features: features, steps: steps).fitted(to: frame)
      for rows in [0, 2, 4] {
        check(recipe, frame.slice(0..<rows), as: Float.self, "\(steps)")
      }
      return deferred(recipe)
    }
    let (impute, scale) = (Imputer(columns: ["n", "m"]), StandardScaler(columns: ["m"]))
    let ordinal = OrdinalEncoder(columns: ["w"])
    #expect(try count(["n", "m", "w"], [impute, scale, ordinal]) == 3)
    #expect(try count(["w", "m", "n"], [impute, ordinal, scale]) == 3)
    // A column that is no feature must be worked on all the same; what is one pass stays one.
    #expect(try count(["m", "w"], [impute, ordinal, scale]) == 2)
    #expect(try count(["m", "w"], [ordinal, impute, scale]) == 0)
    #expect(try count(["m", "w"], [ordinal, impute, scale, OrdinalEncoder(columns: [])]) == 1)
    // Nulls that are told from unknown words, indicators and columns of several numbers.
    let apart = OrdinalEncoder(columns: ["v"], missing: .null)
    #expect(try count(["w", "m", "v", "n"], [ordinal, apart, scale]) == 1)
    let telling = Imputer(columns: ["n"], indicator: true)
    #expect(try count(["w", "m", "n"], [ordinal, telling, scale]) == 1)
    #expect(try count(["w", "m", "v"], [OneHotEncoder(columns: ["v"]), ordinal, scale]) == 2)
    // Codes that are scaled.
    #expect(try count(["w", "m"], [ordinal, scale, StandardScaler(columns: ["w"])]) == 2)
    #expect(try count(["w", "n"], [ordinal, StandardScaler(columns: ["n", "w"])]) == 1)
  }

  /// A fit that goes through its rows makes the features of its own rows as a recipe does of others,
  /// and counts the same.
  @Test(arguments: 0..<4) func aFitWritesItsOwnRows(number: Int) throws {
    let seed = testSeed &+ 3000 &+ UInt64(number)
    var random = SplitMix64(seed: seed)
    let frame = try MixedFrame.make(rows: 500, isForFit: true, &random)
    let plan = RecipePlan(
      features: ["word", "whole", "many", "zero", "complete", "empty", "fraction", "full"],
      steps: [
        Imputer(columns: ["whole", "fraction"]), StandardScaler(columns: ["fraction", "full"]),
        OrdinalEncoder(columns: ["word", "many", "complete", "empty"]),
      ]
    )
    let source = RowsInMemory([frame.slice(0..<200), frame.slice(200..<500)])
    let look = try TableLook.look(at: source, target: nil, options: AutomaticRecipeOptions())
    var fit = try RecipeFit(plan, source, look: look)
    let recipe = try fit.run()
    for rows in [0..<200, 200..<500, 17..<81] {
      let fitted = Made { report in
        try fit.matrix(of: frame.slice(rows), by: recipe, as: Float.self, report: &report).features
      }
      let expected = Made { report in
        let columns = try recipe.transformed(frame.slice(rows), report: &report)
        return try recipe.tensor(from: columns, as: Float.self, report: &report)
      }
      #expect(fitted.difference(from: expected) == nil, "seed \(seed), rows \(rows)")
    }
  }
}
