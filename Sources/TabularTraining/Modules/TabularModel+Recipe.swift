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
    for column in recipe.numberedColumns {
      if let later = column.changedBy {
        throw TrainingError(
          .configuration,
          "column '\(column.name)' holds ids, which the later step '\(later)' changes: leave it out of "
            + "that step"
        )
      }
      ids[column.position] = column.cardinality
    }
    self.init(inputs: recipe.featureNames.count, ids: ids, hidden: hidden, outputs: outputs)
  }
}
