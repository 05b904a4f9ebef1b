import TabularCSV
import TabularFrame
import TabularPreprocessing
import TabularTensor
import Testing

struct RecipeTests {
  /// A table with a column of each kind, in which an automatic recipe finds something for all.
  private func table(_ rows: Int = 200, seed: UInt64 = 3) throws -> DataFrame {
    var random = SplitMix64(seed: seed)
    func some<Value>(_ value: Value) -> Value? { random.chance(1, in: 9) ? nil : value }
    return try DataFrame([
      ("id", Column((0..<rows).map { 1000 + $0 })),
      ("age", Column((0..<rows).map { _ in some(Double(random.below(800)) / 10) })),
      (
        "when",
        Column(
          (0..<rows).map { _ in
            some(Timestamp(microsecondsSinceEpoch: Int64(random.below(1 << 50))))
          }
        )
      ),
      ("city", Column((0..<rows).map { _ in some("c\(random.below(60))") })),
      ("kind", Column((0..<rows).map { _ in ["a", "b", "c"][random.below(3)] })),
      ("flag", Column((0..<rows).map { _ in random.chance(1, in: 2) })),
      ("note", Column((0..<rows).map { _ in "n\(random.below(1 << 30))" })),
      ("label", Column((0..<rows).map { _ in random.below(2) })),
    ])
  }

  @Test func automaticTakesEachKindByTheRules() throws {
    let frame = try table()
    var options = AutomaticRecipeOptions()
    options.indicatesMissing = true
    let plan = try Recipe.automatic(for: frame, target: "label", options: options)
    let (recipe, matrix) = try plan.fitTransform(frame, as: Double.self)
    #expect(
      recipe.featureNames == [
        "age", "flag", "age_missing", "city", "kind_a", "kind_b", "kind_c", "when_days",
        "when_month_sin", "when_month_cos", "when_weekday_sin", "when_weekday_cos",
        "when_hour_sin", "when_hour_cos",
      ]
    )
    #expect(plan.decisions.first?.hasPrefix("id: left out, an identifier") == true)
    let cities = try frame["city"].distinctCount
    #expect(
      plan.decisions.contains {
        $0 == "city: target encoding of \(cities) categories, cross-fitted"
      }
    )
    #expect(matrix.features.scalars.allSatisfy { $0.isFinite })
    let hashed = try Recipe.automatic(for: frame.drop(columns: ["label"])).fitted(
      to: frame.drop(columns: ["label"])
    )
    #expect(hashed.featureNames.filter { $0.hasPrefix("hash_") }.count == 64)
  }

  @Test(arguments: AutomaticRecipeOptions.Scaling.allCases)
  func scalings(scaling: AutomaticRecipeOptions.Scaling) throws {
    let frame = try table()
    var options = AutomaticRecipeOptions()
    options.scaling = scaling
    options.features = ["age"]
    let (recipe, matrix) = try Recipe.automatic(for: frame, options: options).fitTransform(frame)
    #expect(recipe.steps.count == (scaling == .none ? 1 : 2))
    #expect(matrix.features.scalars.allSatisfy { $0.isFinite })
  }

  @Test func encodingsAreReadFromTheirText() {
    for encoding in AutomaticRecipeOptions.Encoding.allCases {
      #expect(AutomaticRecipeOptions.Encoding(rawValue: encoding.rawValue) == encoding)
    }
    for text in ["hash", "hash=", "hash=0", "hash=x", "embed", ""] {
      #expect(AutomaticRecipeOptions.Encoding(rawValue: text) == nil)
    }
  }

  /// Every numeric step, saved and read, gives the same bits.
  @Test func aSavedRecipeGivesTheSameBits() throws {
    let frame = try wildNumbers(150, seed: 12)
    FunctionStep.register("half") { $0.map { $0 / 2 } }
    let steps: [any Estimator] = [
      Imputer(columns: ["spread", "ties", "whole", "flag"], indicator: true),
      Imputer(columns: ["word"], strategy: .mostFrequent), OneHotEncoder(columns: ["word"]),
      PowerTransformer(columns: ["ties"]), RobustScaler(columns: ["spread"]),
      QuantileTransformer(columns: ["spread"], output: .normal), MinMaxScaler(columns: ["ties"]),
      MaxAbsScaler(columns: ["flag"]), FunctionStep("half", columns: ["flag"]),
      Log1pScaler(columns: ["whole"]), StandardScaler(columns: ["whole"]),
      KBinsDiscretizer(columns: ["whole"], bins: 3, encoding: .onehot),
      PolynomialFeatures(columns: ["ties", "flag"]), DateParts(columns: ["when"]),
    ]
    let plan = RecipePlan(
      features: ["spread", "ties", "whole", "flag", "word", "when"],
      steps: steps
    )
    let (recipe, matrix) = try plan.fitTransform(frame, as: Double.self)
    let read = try Recipe(json: recipe.json())
    var report = TransformReport()
    let again = try read.applied(to: frame, as: Double.self, report: &report)
    #expect(again.featureNames == matrix.featureNames)
    #expect(
      again.features.scalars.map(\.bitPattern) == matrix.features.scalars.map(\.bitPattern)
    )
    #expect(try read.json() == recipe.json())
    #expect(matrix.featureNames.contains("spread_missing"))
    #expect(!matrix.featureNames.contains("ties_missing"))
  }

  @Test func aFunctionWithoutARegisteredNameIsNotSaved() throws {
    let frame = try table()
    let plan = RecipePlan(
      features: ["flag"],
      steps: [FunctionStep("unheard of", columns: ["flag"]) { $0.map { 1 - $0 } }]
    )
    let recipe = try plan.fitted(to: frame)
    #expect(message { try recipe.json() }.contains("'unheard of' is not registered"))
    FunctionStep.register("flip") { $0.map { 1 - $0 } }
    let known = RecipePlan(features: ["flag"], steps: [FunctionStep("flip", columns: ["flag"])])
    let json = try known.fitted(to: frame).json()
    #expect(try Recipe(json: json).featureNames == ["flag"])
    let foreign = json.replacing("\"flip\"", with: "\"elsewhere\"")
    #expect(message { try Recipe(json: foreign) }.contains("'elsewhere' is not registered"))
  }

  @Test func groupsOfStepsTakeColumnsByNameTypeAndPattern() throws {
    let frame = try table()
    let plan = try RecipePlan(
      for: frame,
      target: "label",
      remainder: .drop,
      groups: [
        .on(.matching("k*")) { [OneHotEncoder(columns: $0)] },
        .on(.types([.float64])) { [Imputer(columns: $0), StandardScaler(columns: $0)] },
        .on(.names(["flag"])) { _ in [] },
      ]
    )
    #expect(
      try plan.fitted(to: frame).featureNames == ["kind_a", "kind_b", "kind_c", "age", "flag"]
    )
    let rest = try RecipePlan(
      for: frame.select(["id", "age", "flag", "label"]),
      target: "label",
      remainder: .passthrough,
      groups: [.on(.names(["age"])) { [MinMaxScaler(columns: $0)] }]
    )
    #expect(rest.features == ["age", "id", "flag"])
    func composed(_ groups: [StepGroup]) -> String {
      message { try RecipePlan(for: frame, groups: groups) }
    }
    #expect(composed([.on(.matching("z*")) { _ in [] }]).contains("no column fits 'z*'"))
    #expect(composed([.on(.names(["agee"])) { _ in [] }]).contains("age"))
    #expect(
      composed([.on(.numbers) { _ in [] }, .on(.names(["age"])) { _ in [] }])
        .contains("'age' is taken by two groups")
    )
  }

  @Test func tensorsHoldEveryCell() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    let frame = try wildNumbers(3000, seed: seed)
    let names = ["spread", "ties", "whole", "flag"]
    var report = TransformReport()
    let recipe = try RecipePlan(features: names, steps: []).fitted(to: frame)
    let matrix = try recipe.applied(to: frame.iloc[3..<2990], as: Double.self, report: &report)
    for (position, name) in names.enumerated() {
      let column = try frame[name]
      let expected = (3..<2990).map { row -> Double in
        switch column[row] {
        case .bool(let value): return value ? 1 : 0
        case .int64(let value): return Double(value)
        case .float64(let value): return value
        default: return .nan
        }
      }
      for (row, value) in expected.enumerated() {
        let found = matrix.features[row, position]
        #expect(found == value || (found.isNaN && value.isNaN), "\(name), row \(row), seed \(seed)")
      }
    }
  }
}
