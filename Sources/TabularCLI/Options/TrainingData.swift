import TabularCSV
import TabularFiles
import TabularFrame
import TabularPreprocessing
import TabularTensor
import TabularTraining

/// What a training needs: rows to learn from, rows to compare with, and how they came about.
struct TrainingData {
  var train: FeatureMatrix<Float>
  var valid: FeatureMatrix<Float>?
  var test: FeatureMatrix<Float>?
  var recipe: Recipe?
  /// What the losses of the rows are multiplied by.
  var weights: RowWeights?
  /// The validation rows as they were read; nil for tensors.
  var validRows: DataFrame?
  /// What became of the columns, a line each.
  var decisions: [String] = []
  /// The columns of the table as they were typed, where a run is recorded.
  var columns: [RunRecord.Column] = []
}

/// Whether a path is what `convert` wrote: tensors, or a folder of shards.
func isConverted(_ path: String) throws -> Bool {
  guard path != "-", let first = try expandGlobs([path]).first else { return false }
  return try ConvertedKind(first) != nil
}

extension Train {
  /// Reads the input, splits off the validation rows, and fits the recipe on the rest; nil for a dry
  /// run, which prints the plan.
  func data() throws -> TrainingData? {
    guard try isConverted(input) else { return try tables() }
    guard features.recipe == nil, !features.dryRun else {
      throw Failure("'\(input)' is converted already: no recipe is planned or applied")
    }
    guard let validInput = division.validInput else { return try split(converted: input) }
    guard try isConverted(validInput) else { throw mixed(validInput) }
    var data = try split(converted: input, valid: 0)
    data.valid = try converted(validInput).matrix
    return data
  }

  private func mixed(_ validInput: String) -> Failure {
    Failure("'\(input)' and '\(validInput)': both must be tables, or both converted")
  }

  private func tables() throws -> TrainingData? {
    let recipe = try features.fittedRecipe()
    let whole = try table(input, recipe)
    let (frame, weights) = try weighted(whole)
    var valid: DataFrame?
    if let validInput = division.validInput {
      guard try !isConverted(validInput) else { throw mixed(validInput) }
      valid = try table(validInput, recipe)
    }
    var data = try split(frame, valid: valid, recipe: recipe)
    data?.weights = weights
    if isRecorded { data?.columns = try RunRecord.Column.all(of: whole) }
    return data
  }

  /// The rows without the column that weighs them, and what that holds.
  func weighted(_ frame: DataFrame) throws -> (rows: DataFrame, weights: RowWeights?) {
    guard let name = model.weight else { return (frame, nil) }
    guard name != features.target else {
      throw Failure("--weight and --target both name the column '\(name)'")
    }
    return (try frame.drop(columns: [name]), try RowWeights(of: frame, column: name))
  }

  /// Reads a table, as a recipe needs it where there is one.
  func table(_ path: String, _ recipe: Recipe?) throws -> DataFrame {
    guard let recipe else { return try reading.read(path) }
    return try features.table(for: recipe) { try reading.read(path, types: $0) }
  }

  func converted(_ path: String) throws -> (matrix: FeatureMatrix<Float>, recipe: Recipe?) {
    guard !features.areGiven else {
      throw Failure("'\(path)' is converted already: give feature options to convert")
    }
    if let column = model.weight {
      throw Failure(
        "'\(path)' is converted already and has no column '\(column)' of weights: give the table"
      )
    }
    if let column = division.group ?? division.time {
      throw Failure(
        "'\(path)' is converted already and has no column '\(column)' to split by: "
          + "give convert --split"
      )
    }
    let (matrix, recipe) = try FeatureMatrix<Float>.read(path)
    guard matrix.labels != nil else {
      throw Failure("'\(path)' holds no target: convert with --target")
    }
    if let target = features.target, let column = recipe?.target?.column, column != target {
      throw Failure("'\(path)' was converted with the target '\(column)', not '\(target)'")
    }
    return (try features.naming(matrix), recipe)
  }

  private func split(converted path: String, valid: Double? = nil) throws -> TrainingData {
    let (matrix, recipe) = try converted(path)
    let valid = valid ?? division.valid
    var data = TrainingData(train: matrix, recipe: recipe)
    if recipe != nil, valid + division.test > 0 {
      reading.console.note(
        "the recipe of \(path) was fitted on all of its rows, "
          + (valid > 0 ? "validation" : "test") + " included"
      )
    }
    if division.test > 0 {
      let parts = try data.train.trainTestSplit(testFraction: division.test, seed: spread.seed)
      (data.train, data.test) = (parts.train, parts.test)
    }
    if valid > 0 {
      let part = valid / (1 - division.test)
      let parts = try data.train.trainTestSplit(testFraction: part, seed: spread.seed)
      (data.train, data.valid) = (parts.train, parts.test)
    }
    return data
  }

  /// The rows that a target is known of, and the column to stratify by.
  func labelled(_ frame: DataFrame, recipe: Recipe?) throws -> (
    rows: DataFrame, stratify: String?
  ) {
    guard frame.rowCount > 0 else { throw Failure("'\(input)' has no rows, only a header") }
    guard let target = features.target ?? recipe?.target?.column else {
      let candidates = frame.targetCandidates.prefix(8).joined(separator: ", ")
      throw Failure(
        "name the column to learn with --target; candidates are: "
          + (candidates.isEmpty ? "none" : candidates)
      )
    }
    let plan = try features.targetPlan(target)
    let rows = try plan.labelled(frame)
    // The target decides whether a split is stratified, so it is looked at first.
    let encoding = try recipe?.target ?? plan.targetEncoding(of: rows)
    return (rows, encoding?.task == .classification ? target : nil)
  }

  private func split(_ frame: DataFrame, valid: DataFrame? = nil, recipe: Recipe?) throws
    -> TrainingData?
  {
    let part = valid == nil ? division.valid : 0
    guard part + division.test > 0 else {
      _ = try labelled(frame, recipe: recipe)
      return try fit(train: frame, valid: valid, recipe: recipe)
    }
    var (train, stratify) = try labelled(frame, recipe: recipe)
    var (held, test) = (valid, DataFrame?.none)
    if division.test > 0 {
      let parts = try division.split(train, division.test, stratify: stratify, seed: spread.seed)
      (train, test) = (parts.train, parts.test)
    }
    if part > 0 {
      let parts = try division.split(
        train,
        part / (1 - division.test),
        stratify: stratify,
        seed: spread.seed
      )
      (train, held) = (parts.train, parts.test)
    }
    return try fit(train: train, valid: held, test: test, recipe: recipe)
  }

  func fit(
    train: DataFrame,
    valid: DataFrame?,
    test: DataFrame? = nil,
    recipe fitted: Recipe?,
    says: Bool = true
  ) throws -> TrainingData? {
    guard !features.dryRun else {
      if fitted == nil { try features.printPlan(for: train, json: json) }
      return nil
    }
    let console = Console(quiet: reading.quiet || !says)
    let (recipe, matrix, decisions) =
      try fitted.map { try applied($0, to: train, console) } ?? fit(train, console)
    func held(_ rows: DataFrame?, _ name: String) throws -> FeatureMatrix<Float>? {
      guard let rows else { return nil }
      var report = TransformReport()
      let matrix = try features.naming(
        recipe.applied(to: features.labelled(rows, by: recipe), as: Float.self, report: &report)
      )
      console.notes(report.notices.map { "\(name): \($0)" })
      guard matrix.labels != nil else {
        throw Failure(
          "the \(name) rows lack the target; columns: \(rows.columns.joined(separator: ", "))"
        )
      }
      return matrix
    }
    return TrainingData(
      train: try features.naming(matrix),
      valid: try held(valid, "validation"),
      test: try held(test, "test"),
      recipe: recipe,
      validRows: valid,
      decisions: decisions
    )
  }

  /// A recipe, the training rows by it, and what it does, a line each.
  private typealias Fitted = (Recipe, FeatureMatrix<Float>, decisions: [String])

  private func fit(_ train: DataFrame, _ console: Console) throws -> Fitted {
    let plan = try features.plan(for: train, console: console)
    let (recipe, matrix) = try plan.fitTransform(train)
    console.notes(features.describe(recipe))
    if let path = features.saveRecipe, isFirstRank { try recipe.save(to: path) }
    return (recipe, matrix, plan.decisions + features.describe(recipe))
  }

  /// The training rows by a recipe that was fitted elsewhere.
  private func applied(_ recipe: Recipe, to train: DataFrame, _ console: Console) throws -> Fitted {
    var report = TransformReport()
    let rows = try features.labelled(train, by: recipe)
    let matrix = try recipe.applied(to: rows, as: Float.self, report: &report)
    let decisions = features.describe(applied: recipe, report) + features.describe(recipe)
    console.notes(decisions)
    guard matrix.labels != nil else {
      throw Failure(
        recipe.target.map { "the rows lack the target '\($0.column)' of the recipe" }
          ?? "'\(features.recipe ?? "")' was fitted without a target: nothing to learn"
      )
    }
    return (recipe, matrix, decisions)
  }
}

extension RowWeights {
  /// Reads a column of numbers.
  ///
  /// - Throws: what names the first row without a weight, or with one that is none.
  init(of frame: DataFrame, column name: String) throws {
    let column = try frame[name]
    guard [.int64, .float64, .bool].contains(column.type) else {
      throw Failure("column '\(name)' is of type \(column.type), expected numbers to weigh rows by")
    }
    let numbers = try column.cast(to: .float64)
    let rows = frame.rowIDs
    let weights = try rows.indices.map { position -> Float in
      guard case .float64(let value) = numbers[position] else {
        throw Failure("column '\(name)': row \(rows[position]) has no weight, expected 0 or more")
      }
      return Float(value)
    }
    do {
      try self.init(weights, of: rows)
    } catch {
      throw Failure("column '\(name)': \(error)")
    }
  }
}
