internal import TabularFrame

/// An estimator with its name beside its settings, as a plan's JSON holds it.
struct PlannedStep: Codable {
  let estimator: any Estimator

  /// The estimators that a plan's JSON can hold, by the name of what they fit.
  private static let estimators: [String: any (Estimator & Codable).Type] = Dictionary(
    uniqueKeysWithValues: ([
      Imputer.self, StandardScaler.self, MinMaxScaler.self, MaxAbsScaler.self, RobustScaler.self,
      Log1pScaler.self, QuantileTransformer.self, PowerTransformer.self, KBinsDiscretizer.self,
      PolynomialFeatures.self, DateParts.self, OneHotEncoder.self, OrdinalEncoder.self,
      TargetEncoder.self, FrequencyEncoder.self, CategoryEncoder.self, FeatureHasher.self,
      HashingVectorizer.self, CountVectorizer.self, TfidfVectorizer.self,
    ] as [any (Estimator & Codable).Type]).map { (name(of: $0), $0) }
  )

  private static func name<Step: Estimator>(of type: Step.Type) -> String { Step.State.Fitted.name }

  private enum Keys: String, CodingKey { case step }

  init(estimator: any Estimator) { self.estimator = estimator }

  init(from decoder: any Decoder) throws {
    let name = try decoder.container(keyedBy: Keys.self).decode(String.self, forKey: .step)
    guard let type = Self.estimators[name] else {
      throw PreprocessingError(
        .recipe,
        "it has the unknown step '\(name)'; "
          + suggestion(for: name, among: Self.estimators.keys.sorted())
      )
    }
    estimator = try type.init(from: decoder)
    if let problem = Self.problem(with: estimator) {
      throw PreprocessingError(.recipe, "step '\(name)': \(problem)")
    }
  }

  func encode(to encoder: any Encoder) throws {
    guard let step = estimator as? any Estimator & Codable else {
      throw PreprocessingError(
        .recipe,
        "its step on \(estimator.columns) is a closure"
      )
    }
    try Self.encode(step, to: encoder)
  }

  private static func encode<Step: Estimator & Codable>(_ step: Step, to encoder: any Encoder)
    throws
  {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(Step.State.Fitted.name, forKey: .step)
    try step.encode(to: encoder)
  }

  /// What the initialisers trap on: in a file it is a person's slip.
  private static func problem(with estimator: any Estimator) -> String? {
    func refuse(_ isFine: Bool, _ expected: String) -> String? {
      isFine ? nil : "expected \(expected)"
    }
    switch estimator {
    case let step as RobustScaler:
      return refuse(
        step.quantiles.lowerBound >= 0 && step.quantiles.upperBound <= 1,
        "quantiles from 0 to 1, found \(step.quantiles)"
      )
    case let step as QuantileTransformer:
      return refuse(step.quantileCount > 0, "quantiles above 0, found \(step.quantileCount)")
    case let step as KBinsDiscretizer:
      return refuse(step.bins >= 2, "two bins or more, found \(step.bins)")
    case let step as PolynomialFeatures:
      return refuse(step.degree >= 1, "a degree of 1 or more, found \(step.degree)")
    case let step as OneHotEncoder:
      return refuse(step.maxCategories ?? 1 > 0, "one category or more")
    case let step as CategoryEncoder:
      return refuse(
        step.buckets > 0 && step.maxSize ?? .max >= 2 + step.buckets,
        "a bucket or more, and a maximum size above them by 2"
      )
    case let step as TargetEncoder:
      guard case .given(let smoothing) = step.smoothing else { return nil }
      return refuse(smoothing >= 0 && smoothing.isFinite, "a smoothing of 0 or more")
    case let step as FeatureHasher: return problem(columns: step.featureCount)
    case let step as HashingVectorizer:
      return problem(columns: step.settings.featureCount) ?? problem(with: step.settings.analyzer)
    case let step as CountVectorizer: return problem(with: step)
    case let step as TfidfVectorizer: return problem(with: step.counter)
    default: return nil
    }
  }

  private static func problem(columns count: Int) -> String? {
    count > 0 && count < 1 << 31 ? nil : "expected a column or more, found \(count)"
  }

  private static func problem(with counter: CountVectorizer) -> String? {
    guard counter.selection.maxFeatures ?? 1 > 0 else { return "expected a term or more" }
    return problem(with: counter.analyzer)
  }

  private static func problem(with analyzer: TextAnalyzer) -> String? {
    analyzer.ngrams.lowerBound > 0 ? nil : "expected terms of a word or more"
  }
}
