internal import TabularCSV
internal import TabularFrame

/// Decides what becomes of each column of a table.
struct AutomaticPlanner {
  private typealias Encoding = AutomaticRecipeOptions.Encoding

  private let look: TableLook
  private let target: String?
  private let options: AutomaticRecipeOptions
  private var numbers: [String] = []
  private var encoded: [(name: String, encoding: Encoding)] = []
  private var dates: [String] = []
  private var texts: [(name: String, encoding: AutomaticRecipeOptions.TextEncoding)] = []
  /// What was decided for each column.
  private var decisions: [String: String] = [:]

  init(_ look: TableLook, target: String?, options: AutomaticRecipeOptions) {
    (self.look, self.target, self.options) = (look, target, options)
  }

  private enum Decision {
    case number
    case date
    case encode(Encoding)
    case countWords(AutomaticRecipeOptions.TextEncoding)
    case leaveOut(String)
  }

  mutating func plan() throws(PreprocessingError) -> RecipePlan {
    try checkSteps()
    for (name, facts) in look.columns {
      switch decide(name, facts) {
      case .number: numbers.append(name)
      case .date: dates.append(name)
      case .encode(let encoding):
        encoded.append((name: name, encoding: encoding))
        decisions[name] = words(for: encoding, facts.distinct)
      case .countWords(let encoding):
        texts.append((name: name, encoding: encoding))
        decisions[name] = encoding.words
      case .leaveOut(let reason): decisions[name] = "left out, \(reason)"
      }
    }
    let steps = steps()
    let indicators = options.indicatesMissing ? numbers.map { "\($0)_missing" } : []
    var plan = RecipePlan(
      features: numbers
        + indicators.filter { name in
          steps.contains { $0.addedColumns.contains(name) }
        } + encoded.map(\.name) + dates + texts.map(\.name),
      steps: steps,
      target: target,
      task: options.task,
      dropNullTargets: options.dropNullTargets
    )
    // In the order of the file.
    plan.decisions = look.names.compactMap { name in decisions[name].map { "\(name): \($0)" } }
    return plan
  }

  private func words(for encoding: Encoding, _ count: Int?) -> String {
    let categories = count.map { $0 == 1 ? "1 category" : "\($0) categories" } ?? "categories"
    return switch encoding {
    case .onehot: "one-hot columns of \(categories)"
    case .ordinal: "codes of \(categories)"
    case .target: "target encoding of \(categories), cross-fitted"
    case .hash(let columns): "\(categories) hashed to \(columns) columns"
    case .embedding: "an embedding of \(categories)"
    }
  }

  /// Refuses options that name a column which is not there.
  static func checkNames(
    _ columns: [String],
    target: String?,
    options: AutomaticRecipeOptions
  ) throws(PreprocessingError) {
    var named = options.drop + options.keep + (options.features ?? [])
    named += options.encodings.keys.sorted() + options.scalings.keys.sorted()
    named += options.texts.keys.sorted() + options.imputations.keys.sorted()
    named += target.map { [$0] } ?? []
    for name in named where !columns.contains(name) {
      throw PreprocessingError(.unknownColumn(name, among: columns))
    }
  }

  private func checkSteps() throws(PreprocessingError) {
    guard target == nil, options.encoding == .target || options.encodings.values.contains(.target)
    else { return }
    throw PreprocessingError(.target, "target encoding needs a target; name it with --target")
  }

  private func decide(_ name: String, _ facts: ColumnFacts) -> Decision {
    let isKept = options.keep.contains(name) || options.features?.contains(name) ?? false
    let isText = facts.isText
    guard facts.present > 0 else { return .leaveOut("it has no value") }
    if let encoding = options.encodings[name] { return encode(facts.type, encoding) }
    if let encoding = options.texts[name] {
      return isText ? .countWords(encoding) : .leaveOut("a \(facts.type) has no words to count")
    }
    if !isKept {
      if facts.isConstant, isText ? facts.present == facts.rows : true {
        return .leaveOut("it has one value only, without variation")
      }
      if facts.isUnique, facts.present > 1, isText || facts.type == .int64 {
        return .leaveOut(
          "an identifier: each of its \(facts.present) \(isText ? "texts" : "integers") is unique "
            + "(--keep \(name) keeps it)"
        )
      }
    }
    switch facts.type {
    case .bool, .int64, .float64: return .number
    case .date, .datetime: return .date
    case .string, .category:
      if let encoding = options.encoding { return .encode(encoding) }
      let distinct = facts.distinct ?? 0
      if distinct <= AutomaticRecipeOptions.largestOneHot, distinct * 5 <= facts.rows {
        return .encode(.onehot)
      }
      if distinct * 2 < facts.rows {
        if options.embedsText { return .encode(.embedding) }
        return .encode(target == nil ? .hash(AutomaticRecipeOptions.hashedColumns) : .target)
      }
      if isKept { return .encode(.onehot) }
      return .leaveOut(
        "\(distinct) different texts in \(facts.rows) rows are too many to encode "
          + "(--encode \(name)=hash=64 or another way encodes them)"
      )
    }
  }

  private func encode(_ type: ColumnType, _ encoding: Encoding) -> Decision {
    switch type {
    case .float64, .date, .datetime:
      .leaveOut("a \(type) has no categories to encode")
    default: .encode(encoding)
    }
  }
}

// The steps: one for the columns that are treated alike.
extension AutomaticPlanner {
  private mutating func steps() -> [any Estimator] {
    var imputed: [(strategy: Imputer.Strategy, columns: [String])] = []
    var scaled: [AutomaticRecipeOptions.Scaling: [String]] = [:]
    func impute(_ name: String, _ strategy: Imputer.Strategy) {
      if let group = imputed.firstIndex(where: { $0.strategy == strategy }) {
        imputed[group].columns.append(name)
      } else {
        imputed.append((strategy: strategy, columns: [name]))
      }
    }
    for name in numbers {
      let isBool = look.facts(of: name)?.type == .bool
      var parts = [isBool ? "0 and 1" : "a number"]
      if case .with(let strategy) = options.imputations[name] ?? options.imputation {
        impute(name, strategy)
        parts.append("nulls become \(strategy.words)")
      } else {
        parts.append("nulls stay NaN")
      }
      let scaling = options.scalings[name] ?? (isBool ? .none : options.scaling)
      scaled[scaling, default: []].append(name)
      if let words = scaling.words { parts.append(words) }
      decisions[name] = parts.joined(separator: ", ")
    }
    var steps: [any Estimator] = []
    let withIndicators = imputed.map(\.columns)
    if !dates.isEmpty {
      steps.append(DateParts(columns: dates))
      for name in dates {
        scaled[.standard, default: []].append(DateParts.days(of: name))
        decisions[name] =
          "elapsed days, nulls become the median, standard scaling; sine and cosine of what varies "
          + "of month, weekday and hour"
      }
    }
    for (group, columns) in zip(imputed, withIndicators) {
      steps.append(
        Imputer(columns: columns, strategy: group.strategy, indicator: options.indicatesMissing)
      )
    }
    if !dates.isEmpty { steps.append(Imputer(columns: dates.map { DateParts.days(of: $0) })) }
    for scaling in AutomaticRecipeOptions.Scaling.allCases {
      if let step = scaling.step(for: scaled[scaling] ?? []) { steps.append(step) }
    }
    return steps + encodingSteps() + textSteps()
  }

  private func textSteps() -> [any Estimator] {
    texts.map { name, encoding in
      switch encoding {
      case .count(let words): CountVectorizer(columns: [name], maxFeatures: words)
      case .tfidf(let words): TfidfVectorizer(columns: [name], maxFeatures: words)
      }
    }
  }

  private func encodingSteps() -> [any Estimator] {
    var steps: [any Estimator] = []
    for encoding in encoded.map(\.encoding).firstOfEach {
      let columns = encoded.filter { $0.encoding == encoding }.map(\.name)
      switch encoding {
      case .onehot: steps.append(OneHotEncoder(columns: columns))
      case .ordinal: steps.append(OrdinalEncoder(columns: columns))
      case .embedding: steps.append(CategoryEncoder(columns: columns))
      case .hash(let count): steps.append(FeatureHasher(columns: columns, featureCount: count))
      case .target:
        guard let target else { continue }
        let type: TargetEncoder.TargetType =
          switch options.task {
          case .classification: .classes
          case .regression: .continuous
          case nil: .automatic
          }
        steps.append(TargetEncoder(columns: columns, target: target, targetType: type))
      }
    }
    return steps
  }
}

extension Array where Element == AutomaticRecipeOptions.Encoding {
  /// Each encoding once, in the order of its first.
  fileprivate var firstOfEach: [Element] {
    reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}

extension AutomaticRecipeOptions.Scaling {
  fileprivate func step(for columns: [String]) -> (any Estimator)? {
    guard !columns.isEmpty else { return nil }
    switch self {
    case .standard: return StandardScaler(columns: columns)
    case .minmax: return MinMaxScaler(columns: columns)
    case .robust: return RobustScaler(columns: columns)
    case .log1p: return Log1pScaler(columns: columns)
    case .none: return nil
    }
  }

  fileprivate var words: String? {
    switch self {
    case .standard: "standard scaling"
    case .minmax: "scaling to 0 and 1"
    case .robust: "scaling by the quartiles"
    case .log1p: "log(1 + x)"
    case .none: nil
    }
  }
}

extension AutomaticRecipeOptions.TextEncoding {
  fileprivate var words: String {
    switch self {
    case .count(let words): "counts of its words, the \(words) most frequent at most"
    case .tfidf(let words): "tf-idf of its words, the \(words) most frequent at most"
    }
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
