import ArgumentParser
import TabularCSV
import TabularFiles
import TabularFrame
import TabularPreprocessing
import TabularTensor

extension FeatureOptions {
  /// The plan of a recipe, with its decisions said.
  func plan(for frame: DataFrame, console: Console) throws -> RecipePlan {
    let plan = try plan(for: frame)
    console.notes(plan.decisions)
    return plan
  }

  private func plan(for frame: DataFrame) throws -> RecipePlan {
    guard frame.rowCount > 0 else { throw Failure("there are no rows, only a header") }
    var options = try automatic()
    options.embedsText = true
    return try editedPlan(for: target)
      ?? Recipe.automatic(for: frame, target: target, options: options)
  }

  /// The plan of `--recipe` where that file is one, for a target unless it is nil.
  func editedPlan(for target: String?) throws -> RecipePlan? {
    guard let path = recipe, var plan = try editedPlan() else { return nil }
    guard target == nil || target == plan.target else {
      let planned = plan.target.map { "the target '\($0)'" } ?? "no target"
      throw Failure("'\(path)' plans for \(planned), not for '\(target ?? "")'")
    }
    plan.dropNullTargets = plan.dropNullTargets || dropNullTargets
    return plan
  }

  /// The plan of `--recipe`, where that file is one and not a fitted recipe.
  func editedPlan() throws -> RecipePlan? {
    guard let path = recipe else { return nil }
    let text = String(decoding: try InputFile(path: path).readAll(), as: UTF8.self)
    return RecipePlan.isPlan(text) ? try RecipePlan(json: text, name: path) : nil
  }

  /// The result of a dry run: what would become of each column.
  func printPlan(for frame: DataFrame, json: Bool = false) throws {
    let plan = try plan(for: frame)
    try printPlan(plan, plan.targetEncoding(of: plan.labelled(frame)), json: json, to: nil)
  }

  /// The result of a dry run; with a file's name, the plan is written there, to be edited.
  func printPlan(_ plan: RecipePlan, _ look: TableLook, to output: String?) throws {
    try printPlan(plan, look.targetEncoding(for: plan), json: false, to: output)
  }

  private func printPlan(
    _ plan: RecipePlan,
    _ target: TargetEncoding?,
    json: Bool,
    to output: String?
  ) throws {
    if let output { try plan.save(to: output) }
    var lines = plan.decisions
    if let target { lines.append(describe(target)) }
    if plan.features.isEmpty { lines.append("no column is left to make features of") }
    guard json else {
      for line in lines { Console.result(line) }
      return
    }
    var result = JSONObject()
    result.set("decisions", lines.map { Value.string($0) })
    Console.result(result.text)
  }

  /// What the recipe learned of the target.
  func describe(_ recipe: Recipe) -> [String] { recipe.target.map { [describe($0)] } ?? [] }

  private func describe(_ target: TargetEncoding) -> String {
    guard let classes = target.classes else {
      return "target \(target.column): a number, regression"
    }
    let names = classes.enumerated().map { "\($0.offset) = \($0.element)" }
    return "target \(target.column): \(classes.count) classes, \(names.joined(separator: ", "))"
  }

  /// The rows that can be learned from.
  func labelled(_ frame: DataFrame) throws -> DataFrame {
    guard frame.rowCount > 0 else { throw Failure("there are no rows, only a header") }
    return try targetPlan(target).labelled(frame)
  }

  /// A plan that knows what is learned, and no feature.
  func targetPlan(_ target: String?) throws -> RecipePlan {
    RecipePlan(
      features: [],
      steps: [],
      target: target,
      task: try automatic().task,
      dropNullTargets: dropNullTargets
    )
  }

  /// The matrix with the names that the user gives its classes.
  func naming<Scalar>(_ matrix: FeatureMatrix<Scalar>) throws -> FeatureMatrix<Scalar> {
    guard classNames != nil else { return matrix }
    let names = list(classNames)
    guard let classes = matrix.classes, classes.count == names.count else {
      throw Failure(
        "--class-names gives \(names.count) names, the target has \(matrix.classes?.count ?? 0) classes"
      )
    }
    return FeatureMatrix(
      features: matrix.features,
      featureNames: matrix.featureNames,
      labels: matrix.labels,
      classes: names,
      rowIDs: matrix.rowIDs
    )
  }
}

// A recipe that was fitted elsewhere.
extension FeatureOptions {
  /// The recipe of `--recipe`; nil without one.
  func fittedRecipe() throws -> Recipe? {
    guard let path = recipe, try editedPlan() == nil else { return nil }
    let recipe = try Recipe(contentsOf: path)
    guard saveRecipe == nil else {
      throw Failure("'\(path)' is fitted already: there is nothing for --save-recipe")
    }
    guard let target, target != recipe.target?.column else { return recipe }
    throw Failure(
      "'\(path)' was fitted "
        + (recipe.target.map { "to the target '\($0.column)', not '\(target)'" }
          ?? "without a target, not to '\(target)'")
    )
  }

  /// Reads a table as a fitted recipe needs it.
  func table<Table>(for recipe: Recipe, _ read: ([String: ColumnType]) throws -> Table) throws
    -> Table
  {
    func explained(_ error: any Error, _ cause: FrameError) -> any Error {
      guard (cause.underlying as? CSVError)?.kind == .column,
        recipe.readingTypes[cause.column ?? ""] != nil
      else { return error }
      return Failure("\(cause); the recipe of '\(self.recipe ?? "")' needs it")
    }
    do {
      return try read(recipe.readingTypes)
    } catch let error as FrameError {
      throw explained(error, error)
    } catch let error as PreprocessingError {
      guard let cause = error.underlying as? FrameError else { throw error }
      throw explained(error, cause)
    }
  }

  /// The rows whose target a fitted recipe can encode; all of a table that has no target.
  func labelled(_ frame: DataFrame, by recipe: Recipe) throws -> DataFrame {
    guard frame.rowCount > 0 else { throw Failure("there are no rows, only a header") }
    guard let column = recipe.target?.column, frame.columns.contains(column) else { return frame }
    return try targetPlan(column).labelled(frame)
  }

  /// What applying a recipe did, and met.
  func describe(applied recipe: Recipe, _ report: TransformReport) -> [String] {
    ["applied the recipe of '\(self.recipe ?? "")', fitted on \(recipe.fittedRows) rows"]
      + report.notices
  }
}
