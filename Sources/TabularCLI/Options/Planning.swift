import ArgumentParser
import TabularFrame
import TabularPreprocessing
import TabularTensor

extension FeatureOptions {
  /// The plan of a recipe, with its decisions said.
  func plan(for frame: DataFrame, console: Console) throws -> RecipePlan {
    guard frame.rowCount > 0 else { throw Failure("there are no rows, only a header") }
    var options = try automatic()
    options.dropNullTargets = dropNullTargets
    let plan = try Recipe.automatic(for: frame, target: target, options: options)
    console.notes(plan.decisions)
    return plan
  }

  /// What the recipe learned of the target.
  func describe(_ recipe: Recipe) -> [String] {
    guard let target = recipe.target else { return [] }
    guard let classes = target.classes else {
      return ["target \(target.column): a number, regression"]
    }
    let names = classes.enumerated().map { "\($0.offset) = \($0.element)" }
    return ["target \(target.column): \(classes.count) classes, \(names.joined(separator: ", "))"]
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
