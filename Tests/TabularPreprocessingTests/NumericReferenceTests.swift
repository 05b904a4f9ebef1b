import TabularFrame
import TabularPreprocessing
import Testing

/// What scikit-learn 1.9.1 answers on the Titanic, for the steps of numbers.
@Suite(.enabled(if: Reference.isThere, "needs ../shared, the folder of reference values"))
struct NumericReferenceTests {
  /// Compares a transformed column with the first values, the sum and the sum of squares there.
  private func compare(
    _ name: String,
    _ estimator: some Estimator,
    within tolerance: Double = 1e-9
  ) throws {
    let frame = try Reference.titanic()
    let expected = try #require(Reference.preprocessing()["fare_\(name)"] as? [String: Any])
    let values = try estimator.fitted(to: frame).applied(to: frame).numbers("Fare")
    let first = try #require(expected["first"] as? [Double])
    for (value, expected) in zip(values, first) {
      #expect(isClose(value, expected, within: tolerance), "\(name)")
    }
    #expect(first.count == 12)
    if let sum = expected["sum"] as? Double {
      #expect(isClose(values.reduce(0, +), sum, within: tolerance), "\(name)")
    }
    if let squares = expected["sum_of_squares"] as? Double {
      let sum = values.reduce(0) { $0 + $1 * $1 }
      #expect(isClose(sum, squares, within: tolerance), "\(name)")
    }
  }

  @Test func scalers() throws {
    try compare("standard", StandardScaler(columns: ["Fare"]))
    try compare("minmax", MinMaxScaler(columns: ["Fare"]))
    try compare("robust", RobustScaler(columns: ["Fare"]))
    try compare("maxabs", MaxAbsScaler(columns: ["Fare"]))
  }

  @Test func quantiles() throws {
    try compare(
      "quantile_uniform_100",
      QuantileTransformer(columns: ["Fare"], quantileCount: 100)
    )
    try compare(
      "quantile_normal_100",
      QuantileTransformer(columns: ["Fare"], quantileCount: 100, output: .normal)
    )
  }

  @Test func yeoJohnson() throws {
    try compare("yeo_johnson", PowerTransformer(columns: ["Fare"]), within: 1e-6)
  }

  @Test(arguments: [KBinsDiscretizer.Strategy.uniform, .quantile])
  func bins(strategy: KBinsDiscretizer.Strategy) throws {
    let step = KBinsDiscretizer(columns: ["Fare"], bins: 5, strategy: strategy)
    try compare("kbins5_\(strategy)", step)
    let entry = try Reference.preprocessing()["fare_kbins5_\(strategy)"] as? [String: Any]
    let edges = try #require(entry?["edges"] as? [Double])
    let fitted = try #require(step.fitted(to: Reference.titanic()).edges(of: "Fare"))
    #expect(zip(fitted, edges).allSatisfy { isClose($0, $1) } && fitted.count == edges.count)
  }

  @Test func imputation() throws {
    let frame = try Reference.titanic()
    let expected = try Reference.preprocessing()
    for (name, strategy) in [
      ("mean", Imputer.Strategy.mean), ("median", .median), ("most_frequent", .mostFrequent),
    ] {
      let value = try Imputer(columns: ["Age"], strategy: strategy).fitted(to: frame)
        .value(for: "Age")
      #expect(isClose(try #require(value), try #require(expected["impute_age_\(name)"] as? Double)))
    }
    let imputer = try Imputer(columns: ["Embarked"], strategy: .mostFrequent).fitted(to: frame)
    #expect(imputer.text(for: "Embarked") == expected["impute_embarked_most_frequent"] as? String)
    #expect(try imputer.applied(to: frame)["Embarked"].nullCount == 0)
  }

  @Test func polynomials() throws {
    let frame = try Reference.titanic()
    let expected = try #require(
      Reference.preprocessing()["polynomial_2_pclass_sibsp_first"] as? [[Double]]
    )
    let step = try PolynomialFeatures(columns: ["Pclass", "SibSp"]).fitted(to: frame)
    let names = step.outputNames(of: "Pclass")
    // scikit-learn 1.9.1: PolynomialFeatures(2).get_feature_names_out()
    #expect(names == ["1", "Pclass", "SibSp", "Pclass^2", "Pclass SibSp", "SibSp^2"])
    let made = try step.applied(to: frame)
    for (position, name) in names.enumerated() {
      #expect(try Array(made.numbers(name).prefix(12)) == expected.map { $0[position] })
    }
  }
}
