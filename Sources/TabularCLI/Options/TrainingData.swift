import TabularFiles
import TabularFrame
import TabularPreprocessing
import TabularTensor

/// What a training needs: rows to learn from, rows to compare with, and how they came about.
struct TrainingData {
  var train: FeatureMatrix<Float>
  var valid: FeatureMatrix<Float>?
  var recipe: Recipe?
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
    guard let validInput else { return try split(converted: input) }
    guard try isConverted(validInput) else { throw mixed(validInput) }
    let (train, recipe) = try converted(input)
    return TrainingData(train: train, valid: try converted(validInput).matrix, recipe: recipe)
  }

  private func mixed(_ validInput: String) -> Failure {
    Failure("'\(input)' and '\(validInput)': both must be tables, or both converted")
  }

  private func tables() throws -> TrainingData? {
    let recipe = try features.fittedRecipe()
    func read(_ path: String) throws -> DataFrame {
      guard let recipe else { return try reading.read(path) }
      return try features.table(for: recipe) { try reading.read(path, types: $0) }
    }
    guard let validInput else { return try split(try read(input), recipe: recipe) }
    guard try !isConverted(validInput) else { throw mixed(validInput) }
    return try fit(train: try read(input), valid: try read(validInput), recipe: recipe)
  }

  private func converted(_ path: String) throws -> (matrix: FeatureMatrix<Float>, recipe: Recipe?) {
    guard !features.areGiven else {
      throw Failure("'\(path)' is converted already: give feature options to convert")
    }
    if let column = group ?? time {
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

  private func split(converted path: String) throws -> TrainingData {
    let (matrix, recipe) = try converted(path)
    guard valid > 0 else { return TrainingData(train: matrix, valid: nil, recipe: recipe) }
    if recipe != nil {
      reading.console.note(
        "the recipe of \(path) was fitted on all of its rows, validation included"
      )
    }
    let parts = try matrix.trainTestSplit(testFraction: valid, seed: model.seed)
    return TrainingData(train: parts.train, valid: parts.test, recipe: recipe)
  }

  private func split(_ frame: DataFrame, recipe: Recipe?) throws -> TrainingData? {
    guard frame.rowCount > 0 else { throw Failure("'\(input)' has no rows, only a header") }
    guard let target = features.target ?? recipe?.target?.column else {
      let candidates = frame.targetCandidates.prefix(8).joined(separator: ", ")
      throw Failure(
        "name the column to learn with --target; candidates are: "
          + (candidates.isEmpty ? "none" : candidates)
      )
    }
    guard valid > 0 else { return try fit(train: frame, valid: nil, recipe: recipe) }
    let plan = try features.targetPlan(target)
    let rows = try plan.labelled(frame)
    let parts: (train: DataFrame, test: DataFrame)
    if let group {
      parts = try rows.groupSplit(by: group, testFraction: valid, seed: model.seed)
    } else if let time {
      parts = try rows.timeSplit(by: time, testFraction: valid)
    } else {
      // The target decides whether the split is stratified, so it is looked at first.
      let encoding = try recipe?.target ?? plan.targetEncoding(of: rows)
      parts = try rows.trainTestSplit(
        testFraction: valid,
        stratify: encoding?.task == .classification ? target : nil,
        seed: model.seed
      )
    }
    return try fit(train: parts.train, valid: parts.test, recipe: recipe)
  }

  private func fit(train: DataFrame, valid: DataFrame?, recipe fitted: Recipe?) throws
    -> TrainingData?
  {
    guard !features.dryRun else {
      if fitted == nil { try features.printPlan(for: train, json: json) }
      return nil
    }
    let (recipe, matrix) = try fitted.map { try applied($0, to: train) } ?? fit(train)
    var report = TransformReport()
    let held = try valid.map {
      try features.naming(
        recipe.applied(to: features.labelled($0, by: recipe), as: Float.self, report: &report)
      )
    }
    reading.console.notes(report.notices.map { "validation: \($0)" })
    if let valid, held?.labels == nil {
      throw Failure(
        "the validation rows lack the target; columns: \(valid.columns.joined(separator: ", "))"
      )
    }
    return TrainingData(train: try features.naming(matrix), valid: held, recipe: recipe)
  }

  private func fit(_ train: DataFrame) throws -> (Recipe, FeatureMatrix<Float>) {
    let plan = try features.plan(for: train, console: reading.console)
    let (recipe, matrix) = try plan.fitTransform(train)
    reading.console.notes(features.describe(recipe))
    if let path = features.saveRecipe { try recipe.save(to: path) }
    return (recipe, matrix)
  }

  /// The training rows by a recipe that was fitted elsewhere.
  private func applied(_ recipe: Recipe, to train: DataFrame) throws -> (
    Recipe, FeatureMatrix<Float>
  ) {
    var report = TransformReport()
    let rows = try features.labelled(train, by: recipe)
    let matrix = try recipe.applied(to: rows, as: Float.self, report: &report)
    reading.console.notes(features.describe(applied: recipe, report) + features.describe(recipe))
    guard matrix.labels != nil else {
      throw Failure(
        recipe.target.map { "the rows lack the target '\($0.column)' of the recipe" }
          ?? "'\(features.recipe ?? "")' was fitted without a target: nothing to learn"
      )
    }
    return (recipe, matrix)
  }
}
