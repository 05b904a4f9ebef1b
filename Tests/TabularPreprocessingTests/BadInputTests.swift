import TabularCSV
import TabularFrame
import Testing

@testable import TabularPreprocessing

/// What users bring every day: a clear line, or the documented result.
struct BadInputTests {
  /// The numeric steps of one column.
  private func steps(_ name: String) -> [(name: String, step: any Estimator)] {
    let columns = [name]
    return [
      ("Imputer", Imputer(columns: columns)), ("StandardScaler", StandardScaler(columns: columns)),
      ("MinMaxScaler", MinMaxScaler(columns: columns)),
      ("MaxAbsScaler", MaxAbsScaler(columns: columns)),
      ("RobustScaler", RobustScaler(columns: columns)),
      ("Log1pScaler", Log1pScaler(columns: columns)),
      ("QuantileTransformer", QuantileTransformer(columns: columns)),
      ("PowerTransformer", PowerTransformer(columns: columns)),
      ("KBinsDiscretizer", KBinsDiscretizer(columns: columns)),
    ]
  }

  private func fit(_ step: some Estimator, _ frame: DataFrame) throws -> DataFrame {
    try step.fitted(to: frame).applied(to: frame)
  }

  @Test func anUnknownColumnIsNamedWithTheNearest() throws {
    let frame = try DataFrame([("Fare", Column([1.5, 2]))])
    for (name, step) in steps("Far") {
      let text = message { try fit(step, frame) }
      #expect(text.contains("'Far'") && text.contains("Fare"), "\(name)")
    }
    #expect(message { try fit(DateParts(columns: ["Far"]), frame) }.contains("Fare"))
  }

  @Test func textIsNoNumber() throws {
    let frame = try DataFrame([("x", Column(["a", "b"]))])
    for (name, step) in steps("x") {
      let text = message { try fit(step, frame) }
      #expect(text.contains("column 'x' is of type string ('a'), expected numbers"), "\(name)")
    }
    #expect(message { try fit(DateParts(columns: ["x"]), frame) }.contains("expected dates"))
  }

  @Test func anInfinityNamesItsRow() throws {
    let frame = try DataFrame([("x", Column([1, -Double.infinity, Double.infinity]))])
    for (name, step) in steps("x") {
      #expect(
        message { try fit(step, frame) }.contains("column 'x' holds -inf in row 1"),
        "\(name)"
      )
    }
  }

  @Test(arguments: [0, 1, 5])
  func aColumnWithoutAValueIsSaid(rows: Int) throws {
    let frame = try DataFrame([("x", Column([Double?](repeating: nil, count: rows)))])
    for (name, step) in steps("x") {
      #expect(message { try fit(step, frame) }.contains("column 'x' has no value to"), "\(name)")
    }
    let constant = try fit(Imputer(columns: ["x"], strategy: .constant(3)), frame)
    #expect(try constant.numbers("x") == [Double](repeating: 3, count: rows))
  }

  @Test func oneRowIsEnough() throws {
    let frame = try DataFrame([("x", Column([2.5]))])
    // scikit-learn 1.9.1 on [[2.5]]; KBinsDiscretizer and log1p likewise.
    let expected = [2.5, 0, 0, 1, 0, 1.252762968495368, 0, 0, 0]
    for ((name, step), value) in zip(steps("x"), expected) {
      #expect(try fit(step, frame).numbers("x") == [value], "\(name)")
    }
  }

  @Test func fittedStepsTakeAnEmptyFrame() throws {
    let frame = try DataFrame([("x", Column([1.0, 2, 4]))])
    for (name, step) in steps("x") {
      func applied(_ step: some Estimator) throws -> DataFrame {
        try step.fitted(to: frame).applied(to: frame.iloc[0..<0])
      }
      #expect(try applied(step).rowCount == 0, "\(name)")
    }
  }

  @Test func missingStaysMissing() throws {
    let frame = try DataFrame([("x", Column([1.0, nil, .nan, 4]))])
    for (name, step) in steps("x").dropFirst() {
      let made = try fit(step, frame)
      #expect(try made["x"].nullCount == 2, "\(name)")
      #expect(try made.numbers("x")[1...2].allSatisfy { $0.isNaN }, "\(name)")
    }
  }

  @Test func log1pRefusesWhatHasNoLogarithm() throws {
    let frame = try DataFrame([("x", Column([1.0, 2]))])
    let fitted = try Log1pScaler(columns: ["x"]).fitted(to: frame)
    let low = try DataFrame([("x", Column([1.0, -1]))])
    #expect(message { try fitted.applied(to: low) }.contains("holds -1.0 in row 1; log1p"))
    #expect(message { try Log1pScaler(columns: ["x"]).fitted(to: low) }.contains("above -1"))
  }

  @Test func hugeNumbersOverflowClearly() throws {
    let huge = Double.greatestFiniteMagnitude
    let frame = try DataFrame([("x", Column([-huge, huge, 1]))])
    let scalers: [any Estimator] = [
      StandardScaler(columns: ["x"]), MinMaxScaler(columns: ["x"]),
      KBinsDiscretizer(columns: ["x"]),
    ]
    for step in scalers { #expect(message { try fit(step, frame) }.contains("overflows")) }
    #expect(
      message { try fit(PolynomialFeatures(columns: ["x"]), frame) }.contains("overflows in row 0")
    )
  }

  @Test func imputersOfText() throws {
    let frame = try DataFrame([
      ("w", Column(["b", "a", nil, "a", "b"])), ("n", Column([1, 2, nil, 4, 5])),
    ])
    let filled = try fit(Imputer(columns: ["w"], strategy: .mostFrequent), frame)
    // The smallest on a tie.
    #expect(try filled["w"][2] == .string("a"))
    let category = try DataFrame([("w", frame["w"].asCategory())])
    let words = try fit(Imputer(columns: ["w"], strategy: .constantText("none")), category)
    #expect(try words["w"][2] == .string("none"))
    #expect(
      message { try fit(Imputer(columns: ["n"], strategy: .constantText("x")), frame) }
        .contains("holds numbers, and cannot be imputed with the text 'x'")
    )
    #expect(
      message { try fit(Imputer(columns: ["w"], strategy: .mean), frame) }
        .contains("expected numbers")
    )
  }

  @Test func normalQuantilesAreThoseOfTables() {
    // scipy 1.17.1: norm.ppf
    let known: [(Double, Double)] = [
      (0.5, 0), (0.975, 1.959963984540054), (0.025, -1.959963984540054),
      (1e-7, -5.1993375821928165), (1e-300, -37.0470962993612), (0.9, 1.2815515655446004),
    ]
    for (probability, value) in known {
      #expect(isClose(normalQuantile(probability), value, within: 1e-14))
    }
    #expect(normalQuantile(0) == -.infinity && normalQuantile(1) == .infinity)
  }
}
