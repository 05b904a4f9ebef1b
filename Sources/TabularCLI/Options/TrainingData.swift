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

/// Whether a file holds tensors that `convert` wrote.
func isConverted(_ path: String) throws -> Bool {
  guard path != "-", let first = try expandGlobs([path]).first else { return false }
  let file = try InputFile(path: first)
  guard file.size != nil else { return false }
  var prefix = [UInt8](repeating: 0, count: 16)
  var count = 0
  try prefix.withUnsafeMutableBytes { count = try file.read(into: $0, at: 0) }
  return Safetensors.isLikely(Array(prefix.prefix(count)))
}

extension Train {
  /// Reads the input, splits off the validation rows, and fits the recipe on the rest.
  func data() throws -> TrainingData {
    guard let validInput else {
      if try isConverted(input) { return try split(converted: input) }
      return try split(try reading.read(input))
    }
    guard try isConverted(input) == isConverted(validInput) else {
      throw Failure("'\(input)' and '\(validInput)': both must be tables, or both converted")
    }
    if try isConverted(input) {
      let (train, recipe) = try converted(input)
      return TrainingData(train: train, valid: try converted(validInput).matrix, recipe: recipe)
    }
    return try fit(train: try reading.read(input), valid: try reading.read(validInput))
  }

  private func converted(_ path: String) throws -> (matrix: FeatureMatrix<Float>, recipe: Recipe?) {
    guard !features.areGiven else {
      throw Failure("'\(path)' is converted already: give feature options to convert")
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

  private func split(_ frame: DataFrame) throws -> TrainingData {
    guard frame.rowCount > 0 else { throw Failure("'\(input)' has no rows, only a header") }
    guard let target = features.target else {
      let candidates = frame.targetCandidates.prefix(8).joined(separator: ", ")
      throw Failure(
        "name the column to learn with --target; candidates are: "
          + (candidates.isEmpty ? "none" : candidates)
      )
    }
    guard valid > 0 else { return try fit(train: frame, valid: nil) }
    // The target decides whether the split is stratified, so it is looked at first.
    let plan = RecipePlan(
      features: [],
      steps: [],
      target: target,
      task: try features.automatic().task,
      dropNullTargets: features.dropNullTargets
    )
    let rows = try plan.labelled(frame)
    let classifies = try plan.targetEncoding(of: rows)?.task == .classification
    let parts = try rows.trainTestSplit(
      testFraction: valid,
      stratify: classifies ? target : nil,
      seed: model.seed
    )
    return try fit(train: parts.train, valid: parts.test)
  }

  private func fit(train: DataFrame, valid: DataFrame?) throws -> TrainingData {
    let plan = try features.plan(for: train, console: reading.console)
    let (recipe, matrix) = try plan.fitTransform(train)
    reading.console.notes(features.describe(recipe))
    if let path = features.saveRecipe { try recipe.save(to: path) }
    var report = TransformReport()
    let held = try valid.map {
      try features.naming(recipe.applied(to: plan.labelled($0), as: Float.self, report: &report))
    }
    reading.console.notes(report.notices.map { "validation: \($0)" })
    if let valid, held?.labels == nil {
      throw Failure(
        "the validation rows lack the target; columns: \(valid.columns.joined(separator: ", "))"
      )
    }
    return TrainingData(train: try features.naming(matrix), valid: held, recipe: recipe)
  }
}
