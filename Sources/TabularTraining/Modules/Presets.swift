public import TabularPreprocessing
public import TabularTensor

extension Sequential {
  /// A stack of linear layers with ReLU between them: a multilayer perceptron.
  ///
  /// Without hidden layers it is a linear, or with a classifying loss a logistic, regression.
  ///
  /// - Parameters:
  ///   - inputs: the number of features, above 0.
  ///   - hidden: the widths of the hidden layers, above 0.
  ///   - outputs: the number of outputs, above 0.
  ///   - seed: what the parameters are drawn from; nil leaves that to a trainer.
  /// - Returns: the model.
  public static func multilayerPerceptron(
    inputs: Int,
    hidden: [Int],
    outputs: Int,
    seed: UInt64? = nil
  ) -> Sequential {
    var layers: [any Module] = []
    var width = inputs
    for next in hidden {
      layers += [Linear(width, next), ReLU()]
      width = next
    }
    return Sequential(layers + [Linear(width, outputs)], seed: seed)
  }
}

extension Sequential {
  /// One linear layer: with a classifying loss a logistic, otherwise a linear regression.
  ///
  /// - Parameters:
  ///   - inputs: the number of features, above 0.
  ///   - outputs: the number of outputs, above 0.
  ///   - seed: what the parameters are drawn from; nil leaves that to a trainer.
  /// - Returns: the model.
  public static func regression(
    inputs: Int,
    outputs: Int = 1,
    seed: UInt64? = nil
  ) -> Sequential {
    Sequential(Linear(inputs, outputs), seed: seed)
  }
}

extension Loss {
  /// The usual loss of a target: binary cross-entropy of two classes, cross-entropy of more, and
  /// the mean squared error of values.
  public init(for matrix: FeatureMatrix<Float>) {
    switch matrix.labels {
    case .classes:
      self = (matrix.classes?.count ?? 2) > 2 ? .crossEntropy : .binaryCrossEntropyWithLogits
    case .values, nil: self = .meanSquaredError
    }
  }

  /// The number of outputs that a model needs for a target.
  public func outputCount(for matrix: FeatureMatrix<Float>) -> Int {
    kind == .crossEntropy ? matrix.classes?.count ?? 2 : 1
  }
}
