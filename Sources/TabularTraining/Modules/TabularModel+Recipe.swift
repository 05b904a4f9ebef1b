public import TabularPreprocessing

extension TabularModel {
  /// Describes a model of a recipe's features: an embedding for each column that a
  /// `CategoryEncoder` numbered, the other features as they are.
  ///
  /// - Parameters:
  ///   - recipe: what makes the features.
  ///   - hidden: the widths of the hidden layers.
  ///   - outputs: the number of outputs, as `Loss.outputCount(for:)` has it.
  /// - Throws: `TrainingError` of kind `configuration` when a later step changes such a column,
  ///   whose numbers are then no ids.
  public init(recipe: Recipe, hidden: [Int], outputs: Int) throws(TrainingError) {
    var ids: [Int: Int] = [:]
    for (position, step) in recipe.steps.enumerated() {
      guard let encoder = step as? FittedCategoryEncoder else { continue }
      for column in encoder.columns {
        guard let feature = recipe.featureNames.firstIndex(of: column) else { continue }
        let later = recipe.steps[(position + 1)...].first { $0.columns.contains(column) }
        if let later {
          throw TrainingError(
            .configuration,
            "column '\(column)' holds ids, which the later step '\(type(of: later).name)' changes: "
              + "leave it out of that step"
          )
        }
        ids[feature] = encoder.size(of: column)
      }
    }
    self.init(inputs: recipe.featureNames.count, ids: ids, hidden: hidden, outputs: outputs)
  }
}
