/// What a model of tables is made of: embeddings beside numbers, a stack of hidden layers, one head.
///
/// A description; `sequential` builds the layers, each of which can be had alone too.
///
/// ```swift
/// // Columns 2 and 5 of the 8 features hold ids of a CategoryEncoder.
/// var model = TabularModel(inputs: 8, ids: [2: 10, 5: 7], hidden: [64, 32], outputs: 1)
/// model.dropout = 0.1
/// let trainer = Trainer(
///   model: model.sequential(), loss: .binaryCrossEntropyWithLogits, optimizer: .adamw())
/// ```
public struct TabularModel: Sendable {
  /// The function after each hidden layer.
  public enum Nonlinearity: String, Sendable, CaseIterable {
    case relu, gelu, silu, tanh

    /// The layer.
    public var layer: any Module {
      switch self {
      case .relu: ReLU()
      case .gelu: GELU()
      case .silu: SiLU()
      case .tanh: Tanh()
      }
    }
  }

  /// What normalises a hidden layer's outputs before the function.
  public enum Normalization: String, Sendable, CaseIterable {
    case none, batch, layer

    fileprivate func layer(width: Int) -> [any Module] {
      switch self {
      case .none: []
      case .batch: [BatchNorm1d(width)]
      case .layer: [LayerNorm(width)]
      }
    }
  }

  /// The number of features.
  public var inputs: Int
  /// The columns of ids, and the table of each.
  public var embeddings: [TabularInput.EmbeddedColumn]
  /// The widths of the hidden layers.
  public var hidden: [Int]
  /// The number of outputs.
  public var outputs: Int
  /// The function after each hidden layer.
  public var nonlinearity = Nonlinearity.relu
  /// What normalises before the function.
  public var normalization = Normalization.none
  /// The probability that an element after a hidden layer is dropped in training.
  public var dropout: Float = 0
  /// Whether each hidden layer of the width of the one before adds what that one gave.
  public var residual = false
  /// Whether a linear layer from the input to the outputs stands beside the hidden ones.
  public var wide = false

  /// Describes a model.
  ///
  /// - Parameters:
  ///   - inputs: the number of features.
  ///   - ids: for each column of ids the number of ids, whose vectors get the usual dimension, and
  ///     of which id 0 is padding, as a `CategoryEncoder` has it.
  ///   - hidden: the widths of the hidden layers.
  ///   - outputs: the number of outputs.
  public init(inputs: Int, ids: [Int: Int] = [:], hidden: [Int], outputs: Int) {
    let embeddings = ids.sorted { $0.key < $1.key }.map { column, count in
      TabularInput.EmbeddedColumn(
        column: column,
        embedding: Embedding(count, Embedding.usualDimension(forCount: count), padding: 0)
      )
    }
    self.init(inputs: inputs, embeddings: embeddings, hidden: hidden, outputs: outputs)
  }

  /// Describes a model with tables of one's own.
  public init(
    inputs: Int,
    embeddings: [TabularInput.EmbeddedColumn],
    hidden: [Int],
    outputs: Int
  ) {
    self.inputs = inputs
    self.embeddings = embeddings
    self.hidden = hidden
    self.outputs = outputs
  }
}

extension TabularModel {
  /// The layers; widths below 1, or columns outside the features, trap.
  public var layers: [any Module] {
    var layers: [any Module] = []
    var width = inputs
    if !embeddings.isEmpty {
      let input = TabularInput(inputs, embeddings)
      layers.append(input)
      width = input.outputWidth(forInputWidth: inputs)
    }
    guard wide, !hidden.isEmpty else { return layers + deep(width) }
    return layers + [Summed([[Linear(width, outputs)], deep(width)])]
  }

  /// The hidden layers and the head.
  private func deep(_ inputWidth: Int) -> [any Module] {
    var layers: [any Module] = []
    var width = inputWidth
    for next in hidden {
      var block: [any Module] = [Linear(width, next)] + normalization.layer(width: next)
      block.append(nonlinearity.layer)
      if dropout > 0 { block.append(Dropout(dropout)) }
      layers += residual && next == width ? [Residual(block)] : block
      width = next
    }
    return layers + [Linear(width, outputs)]
  }

  /// The model; without a seed a trainer draws its parameters.
  public func sequential(seed: UInt64? = nil) -> Sequential { Sequential(layers, seed: seed) }

  /// Wide-and-deep learning: a linear layer beside hidden ones, over the same vectors and numbers.
  ///
  /// Source: H. Cheng et al., "Wide & deep learning for recommender systems", 2016.
  ///
  /// - Parameters:
  ///   - inputs: the number of features.
  ///   - ids: for each column of ids the number of ids.
  ///   - hidden: the widths of the hidden layers.
  ///   - outputs: the number of outputs.
  /// - Returns: the description.
  public static func wideAndDeep(
    inputs: Int,
    ids: [Int: Int] = [:],
    hidden: [Int],
    outputs: Int
  ) -> TabularModel {
    var model = TabularModel(inputs: inputs, ids: ids, hidden: hidden, outputs: outputs)
    model.wide = true
    return model
  }
}
