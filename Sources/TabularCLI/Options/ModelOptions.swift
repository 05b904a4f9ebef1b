import ArgumentParser
import TabularPreprocessing
import TabularTensor
import TabularTraining

/// The layers of the model, and what it makes small.
struct ModelOptions: ParsableArguments {
  enum LossName: String, ExpressibleByArgument, CaseIterable {
    case auto
    case bce
    case crossEntropy = "cross-entropy"
    case mse
    case l1
    case huber
  }
  enum Activation: String, ExpressibleByArgument, CaseIterable { case relu, gelu, silu, tanh }
  enum Normalization: String, ExpressibleByArgument, CaseIterable { case none, batch, layer }
  enum ClassWeight: String, ExpressibleByArgument, CaseIterable { case none, balanced }

  @Option(help: ArgumentHelp("Widths of the hidden layers.", valueName: "128,64|none"))
  var hidden = "64"

  @Option(help: "The function after each hidden layer.")
  var activation: Activation = .relu

  @Option(help: "What normalises each hidden layer's outputs.")
  var normalization: Normalization = .none

  @Option(
    help: ArgumentHelp(
      "The probability that an output of a hidden layer is dropped in training.",
      valueName: "x"
    )
  )
  var dropout: Float = 0

  @Option(
    help: """
      The loss: by the target bce of two classes, cross-entropy of more, mse of numbers; or l1, huber.
      """
  )
  var loss: LossName = .auto

  @Option(help: "Whether rare classes count more: each as much as the others together.")
  var classWeight: ClassWeight = .none

  @Option(
    help: ArgumentHelp(
      "A column of numbers by which the losses of the training rows are multiplied; no feature.",
      valueName: "col"
    )
  )
  var weight: String?

  @Option(
    help: ArgumentHelp(
      "Of two classes, take a row for the second where its probability is above.",
      valueName: "x"
    )
  )
  var threshold = 0.5

  func validate() throws {
    _ = try hiddenWidths()
    guard dropout >= 0, dropout < 1 else {
      throw ValidationError("--dropout takes 0 or a probability below 1, found \(dropout)")
    }
    guard threshold > 0, threshold < 1 else {
      throw ValidationError(
        "--threshold takes a probability above 0 and below 1, found \(threshold)"
      )
    }
  }

  func hiddenWidths() throws -> [Int] {
    if hidden == "none" { return [] }
    return try list(hidden).map { text in
      guard let width = Int(text), width > 0, width <= 1 << 20 else {
        throw ValidationError("--hidden takes widths such as 128,64, or none; found '\(hidden)'")
      }
      return width
    }
  }

  /// The layers for some features; without hidden ones a logistic or linear regression.
  func sequential(_ hidden: [Int], for data: TrainingData, loss: Loss) throws -> Sequential {
    let outputs = loss.outputCount(for: data.train)
    var model =
      try data.recipe.map { try TabularModel(recipe: $0, hidden: hidden, outputs: outputs) }
      ?? TabularModel(inputs: data.train.featureNames.count, hidden: hidden, outputs: outputs)
    model.nonlinearity =
      switch activation {
      case .relu: .relu
      case .gelu: .gelu
      case .silu: .silu
      case .tanh: .tanh
      }
    model.normalization =
      switch normalization {
      case .none: .none
      case .batch: .batch
      case .layer: .layer
      }
    model.dropout = dropout
    return model.sequential()
  }
}

// The loss that fits the target.
extension ModelOptions {
  func loss(for train: FeatureMatrix<Float>) throws -> Loss {
    let usual = Loss(for: train)
    let chosen = try kind(usual.kind, train)
    guard classWeight == .balanced else { return Loss(chosen) }
    guard case .classes(let classes) = train.labels else {
      throw Failure("--class-weight weighs classes, and the target is a number")
    }
    var counts = [Float](repeating: 0, count: max(2, train.classes?.count ?? 2))
    for label in classes.scalars { counts[Int(label)] += 1 }
    // A class that no training row has weighs nothing.
    if chosen == .binaryCrossEntropyWithLogits {
      return .binaryCrossEntropyWithLogits(
        positiveWeight: counts[0] > 0 && counts[1] > 0 ? counts[0] / counts[1] : 1
      )
    }
    // scikit-learn's compute_class_weight("balanced").
    let (rows, kinds) = (Float(classes.count), Float(counts.count))
    return .crossEntropy(classWeights: counts.map { $0 > 0 ? rows / (kinds * $0) : 0 })
  }

  /// Refuses a threshold where there are not two classes.
  func checkThreshold(for rows: FeatureMatrix<Float>) throws {
    guard threshold != 0.5, rows.classes?.count != 2 else { return }
    throw Failure(
      "--threshold is for two classes, and the target "
        + (rows.classes.map { "has \($0.count)" } ?? "is a number")
    )
  }

  private func kind(_ usual: Loss.Kind, _ train: FeatureMatrix<Float>) throws -> Loss.Kind {
    let count = train.classes?.count ?? 0
    let chosen: Loss.Kind
    switch loss {
    case .auto: return usual
    case .bce: chosen = .binaryCrossEntropyWithLogits
    case .crossEntropy: chosen = .crossEntropy
    case .mse: chosen = .meanSquaredError
    case .l1: chosen = .meanAbsoluteError
    case .huber: chosen = .huber
    }
    let wantsClasses = chosen == .binaryCrossEntropyWithLogits || chosen == .crossEntropy
    let hasClasses = usual != .meanSquaredError
    guard wantsClasses == hasClasses else {
      throw Failure(
        "--loss \(loss.rawValue) learns \(wantsClasses ? "classes" : "numbers"), and the target is "
          + (hasClasses ? "of \(count) classes" : "a number")
      )
    }
    guard chosen != .binaryCrossEntropyWithLogits || count <= 2 else {
      throw Failure(
        "--loss bce learns two classes, and the target has \(count): cross-entropy does"
      )
    }
    return chosen
  }
}
