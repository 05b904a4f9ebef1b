import TabularFrame
import Testing

@testable import TabularPreprocessing

struct RecipePlanJSONTests {
  private func table() throws -> DataFrame {
    let numbers = (0..<60).map { row -> Double? in row % 7 == 0 ? nil : Double(row * row % 31) }
    return try DataFrame([
      ("a", Column(numbers)),
      ("b", Column((0..<60).map { $0 % 5 })),
      ("word", Column((0..<60).map { ["x", "y", "z"][$0 % 3] })),
      ("text", Column((0..<60).map { "one two word\($0 % 4) of \($0 % 9)" })),
      ("y", Column((0..<60).map { $0 % 2 })),
    ])
  }

  /// Every kind of step, with other settings than it has by itself.
  private func plan() -> RecipePlan {
    RecipePlan(
      features: ["a", "b", "word", "text"],
      steps: [
        Imputer(columns: ["a"], strategy: .constant(2.5), indicator: true),
        Imputer(columns: ["b"], strategy: .mostFrequent),
        RobustScaler(columns: ["a"], quantiles: 0.1...0.9),
        QuantileTransformer(columns: ["b"], quantileCount: 9, output: .normal),
        TargetEncoder(columns: ["word"], target: "y", smoothing: .given(3), seed: 4),
        TfidfVectorizer(columns: ["text"], ngrams: 1...2, maxFeatures: 6),
      ],
      target: "y"
    )
  }

  @Test func comesBackAsItWas() throws {
    let text = try plan().json()
    let read = try RecipePlan(json: text)
    #expect(try read.json() == text)
    let frame = try table()
    let (recipe, matrix) = try plan().fitTransform(frame)
    let (again, features) = try read.fitTransform(frame)
    #expect(try again.json() == recipe.json())
    #expect(features.features == matrix.features && features.featureNames == matrix.featureNames)
    #expect(RecipePlan.isPlan(text))
    #expect(try !RecipePlan.isPlan(recipe.json()))
    #expect(text.contains(#""step" : "impute""#) && text.contains(#""constant" : 2.5"#))
  }

  @Test func theAutomaticPlanIsWritten() throws {
    let frame = try table()
    let plan = try Recipe.automatic(for: frame, target: "y")
    let read = try RecipePlan(json: plan.json())
    #expect(try read.fitted(to: frame).json() == plan.fitted(to: frame).json())
  }

  static let slips: [(String, String, String)] = [
    (#""impute""#, #""inpute""#, "it has the unknown step 'inpute'; did you mean 'impute'?"),
    (#""most-frequent""#, #""modus""#, "'modus' is no strategy, expected mean, median"),
    (#""quantileCount" : 9"#, #""quantileCount" : 0"#, "expected quantiles above 0, found 0"),
    (#""version" : 1"#, #""version" : 2"#, "it is of version 2, this program reads version 1"),
    (#""maxFeatures" : 6"#, #""maxFeatures" : 0"#, "expected a term or more"),
    (#""text"\n  ],"#, #""a"\n  ],"#, "it has the feature 'a' twice"),
    (#""features" :"#, #""feature" :"#, "'features' is missing"),
  ]

  @Test(arguments: slips)
  func aSlipIsSaid(found: String, slip: String, message expected: String) throws {
    let (found, slip) = (found.replacing("\\n", with: "\n"), slip.replacing("\\n", with: "\n"))
    let text = try plan().json()
    let changed = text.replacing(found, with: slip, maxReplacements: 1)
    #expect(changed != text, "\(text)")
    #expect(
      message { try RecipePlan(json: changed, name: "p.json") }
        .hasPrefix("'p.json' is not a recipe plan: ")
    )
    #expect(message { try RecipePlan(json: changed) }.contains(expected))
  }

  @Test func aClosureIsNotWritten() {
    let step = FunctionStep("twice", columns: ["a"]) { $0 }
    #expect(
      message { try RecipePlan(features: ["a"], steps: [step]).json() }
        == "the recipe plan cannot be written: its step on [\"a\"] is a closure"
    )
  }
}
