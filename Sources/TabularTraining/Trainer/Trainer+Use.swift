public import TabularPreprocessing
public import TabularTensor

extension Trainer {
  /// Compares the model with labelled rows, each exactly once; see `Sequential.evaluate`.
  ///
  /// - Throws: `TrainingError` of kind `shape`, `labels` or `data` when the rows do not fit.
  public func evaluate(_ matrix: FeatureMatrix<Float>) throws(TrainingError) -> Evaluation {
    try model.evaluate(matrix, loss: loss)
  }

  /// Computes outputs and, when the loss classifies, probabilities and classes.
  ///
  /// - Throws: `TrainingError` of kind `shape` when the features have another width.
  public func predict(_ features: Tensor<Float>) throws(TrainingError) -> Predictions {
    try model.predict(features, loss: loss)
  }

  /// Saves model and loss, with metadata of the caller's, such as a recipe; see `SavedModel`.
  ///
  /// - Throws: `TrainingError` of kind `file`.
  public func save(to path: String, metadata: [String: String] = [:]) throws(TrainingError) {
    try SavedModel(model: model, loss: loss, metadata: metadata).write(to: path)
  }

  /// Saves the model with the recipe that makes its features, ready to predict from a table.
  ///
  /// - Throws: `TrainingError` of kind `file`.
  public func save(to path: String, recipe: Recipe) throws(TrainingError) {
    try save(to: path, metadata: SavedModel.metadata(recipe: recipe))
  }
}
