import ArgumentParser
import TabularPreprocessing

/// Which columns become features, and how; shared by `convert` and `train`.
struct FeatureOptions: ParsableArguments {
  @Option(help: "The column to learn.")
  var target: String?

  @Option(help: ArgumentHelp("The only columns that become features.", valueName: "a,b"))
  var features: String?

  @Option(help: ArgumentHelp("Columns that become no features.", valueName: "a,b"))
  var drop: String?

  @Option(
    help: ArgumentHelp("Columns to keep against the automatic choice.", valueName: "a,b")
  )
  var keep: String?

  @Option(
    help: ArgumentHelp(
      "How text becomes numbers, for all or by column.",
      valueName: "onehot|ordinal|target|hash=N|embedding|col=...,..."
    )
  )
  var encode: String?

  @Option(
    help: ArgumentHelp(
      "How numbers are scaled, for all or by column.",
      valueName: "standard|minmax|robust|log1p|none|col=...,..."
    )
  )
  var scale: String?

  @Option(
    help: ArgumentHelp(
      "What replaces missing numbers, for all or by column.",
      valueName: "median|mean|most-frequent|constant=V|none|col=...,..."
    )
  )
  var impute: String?

  @Flag(help: "Add a column name_missing for each number that misses values in the fit.")
  var indicateMissing = false

  @Option(
    help: ArgumentHelp(
      "Columns whose words become features, counted or weighed: the 1,000 most frequent, or N.",
      valueName: "col=count|tfidf[=N],..."
    )
  )
  var text: String?

  @Option(help: ArgumentHelp("What is learned.", valueName: "auto|classification|regression"))
  var task = "auto"

  @Option(
    help: ArgumentHelp("Names for the classes, in their order.", valueName: "a,b")
  )
  var classNames: String?

  @Flag(help: "Leave out rows whose target is null, instead of failing.")
  var dropNullTargets = false

  @Option(help: ArgumentHelp("Save the fitted recipe as JSON.", valueName: "file"))
  var saveRecipe: String?

  @Option(
    help: ArgumentHelp(
      "Apply a fitted recipe, instead of fitting one; or fit the plan that a dry run wrote.",
      valueName: "file"
    )
  )
  var recipe: String?

  @Flag(
    help: "Print what would become of each column and fit nothing; convert -o plan.json writes it."
  )
  var dryRun = false

  func validate() throws {
    _ = try automatic()
    if recipe != nil, areGiven || task != "auto" {
      throw ValidationError(
        "--recipe says what becomes of columns: options that choose or treat them do not go with it"
      )
    }
  }

  /// Whether any option names a column or a step: nonsense for tensors that are converted already.
  var areGiven: Bool {
    indicateMissing || [features, drop, keep, encode, scale, impute, text].contains { $0 != nil }
  }

  func automatic() throws -> AutomaticRecipeOptions {
    var options = AutomaticRecipeOptions()
    options.features = features.map { list($0) }
    options.drop = list(drop)
    options.keep = list(keep)
    options.dropNullTargets = dropNullTargets
    options.indicatesMissing = indicateMissing
    switch task {
    case "auto": options.task = nil
    default:
      guard let task = TargetEncoding.Task(rawValue: task) else {
        throw ValidationError("--task takes auto, classification or regression, found '\(task)'")
      }
      options.task = task
    }
    for (column, text) in try choices(encode, "--encode") {
      let value: AutomaticRecipeOptions.Encoding = try choice(text, "--encode")
      if let column { options.encodings[column] = value } else { options.encoding = value }
    }
    for (column, text) in try pairs(text, option: "--text") {
      guard let value = AutomaticRecipeOptions.TextEncoding(rawValue: text) else {
        throw ValidationError(
          "--text \(column)=\(text): expected count, tfidf, count=N or tfidf=N"
        )
      }
      guard options.encodings[column] == nil else {
        throw ValidationError("--encode and --text both say what becomes of '\(column)'")
      }
      options.texts[column] = value
    }
    for (column, text) in try choices(scale, "--scale") {
      let value: AutomaticRecipeOptions.Scaling = try choice(text, "--scale")
      if let column { options.scalings[column] = value } else { options.scaling = value }
    }
    for (column, text) in try choices(impute, "--impute") {
      let value = try imputation(text)
      if let column { options.imputations[column] = value } else { options.imputation = value }
    }
    return options
  }

  /// Each part of an option: a choice for all columns (nil), or for one.
  private func choices(_ text: String?, _ option: String) throws -> [(
    column: String?, value: String
  )] {
    try list(text).map { part in
      guard part.contains("="), !part.hasPrefix("constant="), !part.hasPrefix("hash=") else {
        return (nil, part)
      }
      let (name, value) = try pairs(part, option: option)[0]
      return (name, value)
    }
  }

  private func choice<Choice: RawRepresentable & CaseIterable>(_ text: String, _ option: String)
    throws -> Choice where Choice.RawValue == String
  {
    guard let value = Choice(rawValue: text) else {
      let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("\(option) takes \(names), found '\(text)'")
    }
    return value
  }

  private func imputation(_ text: String) throws -> AutomaticRecipeOptions.Imputation {
    switch text {
    case "median": return .with(.median)
    case "mean": return .with(.mean)
    case "most-frequent": return .with(.mostFrequent)
    case "none": return .none
    default:
      guard text.hasPrefix("constant="), let value = Double(text.dropFirst("constant=".count))
      else {
        throw ValidationError(
          "--impute takes median, mean, most-frequent, constant=V or none, found '\(text)'"
        )
      }
      return .with(.constant(value))
    }
  }
}
