internal import TabularCSV
public import TabularFrame

/// What the automatic recipe is told; what is not told, it decides by the rules of the manual.
public struct AutomaticRecipeOptions: Sendable {
  /// How text becomes numbers.
  public enum Encoding: String, Sendable, CaseIterable {
    /// A column of 0 and 1 a category.
    case onehot
    /// The position in sorted order, -1 for a null.
    case ordinal
  }

  /// How numbers are scaled.
  public enum Scaling: String, Sendable, CaseIterable {
    /// Mean 0, deviation 1.
    case standard
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
  /// How all numbers are scaled.
  public var scaling: Scaling = .standard
  /// How these columns are scaled.
  public var scalings: [String: Scaling] = [:]
  /// What replaces all missing numbers.
  public var imputation: Imputation = .with(.median)
  /// What replaces the missing numbers of these columns.
  public var imputations: [String: Imputation] = [:]
  /// What is learned; nil lets the target decide.
  public var task: TargetEncoding.Task?
  /// Whether rows whose target is null are left out.
  public var dropNullTargets = false

  /// The largest number of categories that become one-hot columns by themselves.
  public static let largestOneHot = 32

  /// Creates options that decide everything by the rules.
  public init() {}
}

extension Recipe {
  /// Plans a recipe by looking at the columns; each decision is a line of `decisions`.
  ///
  /// Identifiers (unique integers, unique text) and columns without variation are left out;
  /// numbers get the median and standard scaling; bools become 0 and 1; text with at most 32
  /// categories, and at most a fifth as many as rows, becomes one-hot columns; other text, and
  /// dates, are left out.
  ///
  /// - Throws: `PreprocessingError` of kind `column` for a name that is not there.
  public static func automatic(
    for frame: DataFrame,
    target: String? = nil,
    options: AutomaticRecipeOptions = AutomaticRecipeOptions()
  ) throws(PreprocessingError) -> RecipePlan {
    var planner = AutomaticPlanner(frame: frame, target: target, options: options)
    return try planner.plan()
  }
}

private struct AutomaticPlanner {
  let frame: DataFrame
  let target: String?
  let options: AutomaticRecipeOptions
  var numbers: [String] = []
  var encoded: [(name: String, encoding: AutomaticRecipeOptions.Encoding)] = []
  /// What was decided for each column.
  var decisions: [String: String] = [:]

  init(frame: DataFrame, target: String?, options: AutomaticRecipeOptions) {
    self.frame = frame
    self.target = target
    self.options = options
  }

  private enum Decision {
    case number
    case encode(AutomaticRecipeOptions.Encoding)
    case leaveOut(String)
  }

  mutating func plan() throws(PreprocessingError) -> RecipePlan {
    try checkNames()
    for (name, column) in frame.namedColumns where name != target {
      if options.drop.contains(name) { continue }
      if let features = options.features, !features.contains(name) { continue }
      switch decide(name, column) {
      case .number: numbers.append(name)
      case .encode(let encoding):
        encoded.append((name: name, encoding: encoding))
        let count = column.distinctCount
        let categories = count == 1 ? "1 category" : "\(count) categories"
        decisions[name] = (encoding == .onehot ? "one-hot columns" : "codes") + " of \(categories)"
      case .leaveOut(let reason): decisions[name] = "left out, \(reason)"
      }
    }
    var plan = RecipePlan(
      features: numbers + encoded.map(\.name),
      steps: steps(),
      target: target,
      task: options.task,
      dropNullTargets: options.dropNullTargets
    )
    // In the order of the file.
    plan.decisions = frame.columns.compactMap { name in decisions[name].map { "\(name): \($0)" } }
    return plan
  }

  private func checkNames() throws(PreprocessingError) {
    var named = options.drop + options.keep + (options.features ?? [])
    named += options.encodings.keys.sorted() + options.scalings.keys.sorted()
    named += options.imputations.keys.sorted() + (target.map { [$0] } ?? [])
    for name in named { _ = try frame.column(name) }
  }

  private func decide(_ name: String, _ column: Column) -> Decision {
    let present = column.count - column.nullCount
    let distinct = column.distinctCount
    let isKept = options.keep.contains(name) || options.features?.contains(name) ?? false
    let isText = column.type == .string || column.type == .category
    guard distinct > 0 else { return .leaveOut("it has no value") }
    if let encoding = options.encodings[name] { return encode(name, column, encoding) }
    if !isKept {
      if distinct == 1, isText ? column.nullCount == 0 : true {
        return .leaveOut("it has one value only, without variation")
      }
      if distinct == present, present > 1, isText || column.type == .int64 {
        return .leaveOut(
          "an identifier: each of its \(distinct) \(isText ? "texts" : "integers") is unique "
            + "(--keep \(name) keeps it)"
        )
      }
    }
    switch column.type {
    case .bool, .int64, .float64: return .number
    case .date, .datetime:
      return .leaveOut("dates have no automatic encoding")
    case .string, .category:
      if let encoding = options.encoding { return .encode(encoding) }
      let fewEnough =
        distinct <= AutomaticRecipeOptions.largestOneHot && distinct * 5 <= column.count
      if fewEnough || isKept { return .encode(.onehot) }
      return .leaveOut(
        "\(distinct) different texts in \(column.count) rows are too many for one-hot columns "
          + "(--encode \(name)=onehot or ordinal encodes them)"
      )
    }
  }

  private func encode(
    _ name: String,
    _ column: Column,
    _ encoding: AutomaticRecipeOptions.Encoding
  ) -> Decision {
    switch column.type {
    case .float64, .date, .datetime:
      .leaveOut("a \(column.type) has no categories to encode")
    default: .encode(encoding)
    }
  }

  /// A step for each run of columns that are treated alike.
  private mutating func steps() -> [any Estimator] {
    let types = Dictionary(uniqueKeysWithValues: frame.types.map { ($0.name, $0.type) })
    var steps: [any Estimator] = []
    var imputed: [(strategy: Imputer.Strategy, columns: [String])] = []
    var scaled: [String] = []
    for name in numbers {
      let isBool = types[name] == .bool
      var parts: [String] = []
      if case .with(let strategy) = options.imputations[name] ?? options.imputation {
        if let group = imputed.firstIndex(where: { $0.strategy == strategy }) {
          imputed[group].columns.append(name)
        } else {
          imputed.append((strategy: strategy, columns: [name]))
        }
        parts.append("nulls become \(strategy.words)")
      } else {
        parts.append("nulls stay NaN")
      }
      let scaling = options.scalings[name] ?? (isBool ? .none : options.scaling)
      if scaling == .standard {
        scaled.append(name)
        parts.append("standard scaling")
      }
      parts.insert(isBool ? "0 and 1" : "a number", at: 0)
      decisions[name] = parts.joined(separator: ", ")
    }
    for group in imputed { steps.append(Imputer(columns: group.columns, strategy: group.strategy)) }
    if !scaled.isEmpty { steps.append(StandardScaler(columns: scaled)) }
    let onehot = encoded.filter { $0.encoding == .onehot }.map(\.name)
    let ordinal = encoded.filter { $0.encoding == .ordinal }.map(\.name)
    if !onehot.isEmpty { steps.append(OneHotEncoder(columns: onehot)) }
    if !ordinal.isEmpty { steps.append(OrdinalEncoder(columns: ordinal)) }
    return steps
  }
}

extension Imputer.Strategy {
  fileprivate var words: String {
    switch self {
    case .mean: "the mean"
    case .median: "the median"
    case .mostFrequent: "the most frequent value"
    case .constant(let value): "\(value)"
    case .constantText(let text): "'\(text)'"
    }
  }
}
