internal import TabularCSV
public import TabularFrame

/// What the automatic recipe is told; what is not told, it decides by the rules of the manual.
public struct AutomaticRecipeOptions: Sendable {
  /// How text becomes numbers.
  public enum Encoding: Sendable, Equatable, RawRepresentable, CaseIterable {
    /// A column of 0 and 1 a category.
    case onehot
    /// The position in sorted order, -1 for a null.
    case ordinal
    /// The mean target of the category, cross-fitted.
    case target
    /// So many columns picked by a hash, for all columns of this encoding together.
    case hash(Int)
    /// A number a category, for which a model learns a vector: `CategoryEncoder`.
    case embedding

    /// Each way once, to name them.
    public static let allCases: [Encoding] = [.onehot, .ordinal, .target, .hash(64), .embedding]

    /// `onehot`, `ordinal`, `target`, `hash=N` or `embedding`; nil for another text.
    public init?(rawValue: String) {
      switch rawValue {
      case "onehot": self = .onehot
      case "ordinal": self = .ordinal
      case "target": self = .target
      case "embedding": self = .embedding
      default:
        guard rawValue.hasPrefix("hash="), let count = Int(rawValue.dropFirst(5)),
          (1...1 << 20).contains(count)
        else { return nil }
        self = .hash(count)
      }
    }

    /// As in `--encode`.
    public var rawValue: String {
      switch self {
      case .onehot: "onehot"
      case .ordinal: "ordinal"
      case .target: "target"
      case .hash(let count): "hash=\(count)"
      case .embedding: "embedding"
      }
    }
  }

  /// How texts become numbers by their words: a column for each of the most frequent ones.
  public enum TextEncoding: Sendable, Equatable, RawRepresentable {
    /// How often a word occurs, of at most so many words.
    case count(Int)
    /// Weighed by how rare the word is, each text of length 1; of at most so many words.
    case tfidf(Int)

    /// `count`, `tfidf`, `count=N` or `tfidf=N`, with 1,000 words unless told; nil for another text.
    public init?(rawValue: String) {
      let parts = rawValue.split(separator: "=", omittingEmptySubsequences: false)
      let words = parts.count == 1 ? AutomaticRecipeOptions.largestVocabulary : Int(parts[1])
      guard parts.count <= 2, let words, (1...1 << 20).contains(words) else { return nil }
      switch parts[0] {
      case "count": self = .count(words)
      case "tfidf": self = .tfidf(words)
      default: return nil
      }
    }

    /// As in `--text`.
    public var rawValue: String {
      switch self {
      case .count(let words): "count=\(words)"
      case .tfidf(let words): "tfidf=\(words)"
      }
    }
  }

  /// How numbers are scaled.
  public enum Scaling: String, Sendable, CaseIterable {
    /// Mean 0, deviation 1.
    case standard
    /// From 0 to 1.
    case minmax
    /// Median 0, distance of the quartiles 1.
    case robust
    /// The logarithm of one more.
    case log1p
    /// As they are.
    case none
  }

  /// What replaces a missing number.
  public enum Imputation: Sendable, Equatable {
    /// A statistic, or a constant.
    case with(Imputer.Strategy)
    /// Nothing: a missing number is NaN.
    case none
  }

  /// The only columns that become features; nil considers all.
  public var features: [String]?
  /// Columns that become no features.
  public var drop: [String] = []
  /// Columns that become features although the rules would leave them out.
  public var keep: [String] = []
  /// How all text columns are encoded; nil lets the rules decide.
  public var encoding: Encoding?
  /// How these columns are encoded.
  public var encodings: [String: Encoding] = [:]
  /// How the words of these columns become numbers, whatever the rules say.
  public var texts: [String: TextEncoding] = [:]
  /// Whether text with many categories is embedded, for a model that learns vectors, instead of
  /// target-encoded or hashed.
  public var embedsText = false
  /// How all numbers are scaled.
  public var scaling: Scaling = .standard
  /// How these columns are scaled.
  public var scalings: [String: Scaling] = [:]
  /// What replaces all missing numbers.
  public var imputation: Imputation = .with(.median)
  /// What replaces the missing numbers of these columns.
  public var imputations: [String: Imputation] = [:]
  /// Whether columns `name_missing` tell which numbers were missing, where the fit misses some.
  public var indicatesMissing = false
  /// What is learned; nil lets the target decide.
  public var task: TargetEncoding.Task?
  /// Whether rows whose target is null are left out.
  public var dropNullTargets = false

  /// The largest number of categories that become one-hot columns by themselves.
  public static let largestOneHot = 32
  /// The columns that other text is hashed to when there is no target.
  public static let hashedColumns = 64
  /// The most words of a text column that become features, unless another number is given.
  public static let largestVocabulary = 1_000

  /// Creates options that decide everything by the rules.
  public init() {}
}

extension AutomaticRecipeOptions {
  /// These options, and the target left out.
  fileprivate func leaving(_ target: String?) -> AutomaticRecipeOptions {
    var options = self
    options.drop += target.map { [$0] } ?? []
    return options
  }
}

extension Recipe {
  /// Plans a recipe by looking at the columns; each decision is a line of `decisions`.
  ///
  /// Identifiers (unique integers, unique text) and columns without variation are left out;
  /// numbers get the median and standard scaling; bools become 0 and 1; text with at most 32
  /// categories, and at most a fifth as many as rows, becomes one-hot columns; other text with fewer
  /// categories than half the rows is target-encoded, cross-fitted, or hashed to 64 columns without
  /// a target; dates become elapsed days, and sine and cosine of what goes round; other text is left
  /// out.
  ///
  /// - Throws: `PreprocessingError` of kind `column` for a name that is not there.
  public static func automatic(
    for frame: DataFrame,
    target: String? = nil,
    options: AutomaticRecipeOptions = AutomaticRecipeOptions()
  ) throws(PreprocessingError) -> RecipePlan {
    try AutomaticPlanner.checkNames(frame.columns, target: target, options: options)
    return try automatic(
      for: TableLook(at: frame, target: nil, options: options.leaving(target)),
      target: target,
      options: options
    )
  }

  /// Plans a recipe for a table that was looked at.
  package static func automatic(
    for look: TableLook,
    target: String?,
    options: AutomaticRecipeOptions
  ) throws(PreprocessingError) -> RecipePlan {
    var planner = AutomaticPlanner(look, target: target, options: options)
    return try planner.plan()
  }
}
