public import TabularTensor

/// Layers one after another, and their parameters: a model.
///
/// A value: copies share their parameters until one of them is written.
///
/// ```swift
/// let model = Sequential(Linear(7, 64), ReLU(), Linear(64, 1))
/// let outputs = try model(features)  // [rows, 1]
/// ```
public struct Sequential: Sendable {
  /// The layers, first to last; a parameter's name starts with its layer's position.
  public let layers: [any Module]
  /// The number of columns taken.
  public let inputWidth: Int
  /// The number of columns given.
  public let outputWidth: Int
  /// Where each parameter lies in `parameters`.
  public let layout: ParameterLayout
  /// All parameters, flat, in state-dict order.
  public internal(set) var parameters: Tensor<Float>
  /// Whether the parameters are the caller's own: seeded explicitly, loaded, or trained.
  ///
  /// A `Trainer` initialises from its own seed those that are not.
  public internal(set) var ownsParameters: Bool

  /// The columns before each layer, and after the last.
  let widths: [Int]

  /// Puts layers together; layers that do not fit one another trap.
  ///
  /// Without a seed the parameters are those of seed 0, until a `Trainer` sets its own.
  public init(_ layers: any Module..., seed: UInt64? = nil) {
    self.init(layers, seed: seed)
  }

  /// Puts layers together; layers that do not fit one another trap.
  ///
  /// Without a seed the parameters are those of seed 0, until a `Trainer` sets its own.
  public init(_ layers: [any Module], seed: UInt64? = nil) {
    do throws(TrainingError) {
      try self.init(validating: layers, seed: seed)
    } catch {
      preconditionFailure(error.message)
    }
  }

  /// Puts layers together that come from outside the program.
  ///
  /// - Throws: `TrainingError` of kind `shape` when two layers do not fit one another.
  public init(validating layers: [any Module], seed: UInt64? = nil) throws(TrainingError) {
    let layout = ParameterLayout(layers: layers)
    try self.init(
      layers,
      layout: layout,
      parameters: Tensor(initialParametersOf: layout, seed: seed ?? 0),
      ownsParameters: seed != nil
    )
  }

  init(
    _ layers: [any Module],
    layout: ParameterLayout,
    parameters: Tensor<Float>,
    ownsParameters: Bool
  ) throws(TrainingError) {
    widths = try Self.widths(of: layers)
    self.layers = layers
    inputWidth = widths[0]
    outputWidth = widths[layers.count]
    self.layout = layout
    self.parameters = parameters
    self.ownsParameters = ownsParameters
  }

  /// Replaces the parameters by the initial ones of a seed.
  public mutating func initialize(seed: UInt64) {
    parameters = Tensor(initialParametersOf: layout, seed: seed)
    ownsParameters = true
  }

  private static func widths(of layers: [any Module]) throws(TrainingError) -> [Int] {
    guard let first = layers.lazy.compactMap(\.inputWidth).first else {
      throw TrainingError(.shape, "a model needs a layer with weights, such as Linear(7, 1)")
    }
    var widths = [first]
    for (position, layer) in layers.enumerated() {
      let width = widths[position]
      if let expected = layer.inputWidth, expected != width {
        throw TrainingError(
          .shape,
          "layer \(position), \(layer), takes \(expected) columns, but gets \(width)"
        )
      }
      widths.append(layer.outputWidth(forInputWidth: width))
    }
    return widths
  }
}

// State.
extension Sequential {
  /// The parameters by name, in PyTorch's order: `0.weight`, `0.bias`, `2.weight`, ...
  public var stateDict: [(name: String, tensor: Tensor<Float>)] {
    layout.slices.map { (name: $0.name, tensor: parameters.slice($0)) }
  }

  /// Replaces the parameters by those of a state dict.
  ///
  /// - Throws: `TrainingError` of kind `name` when one is missing or unexpected, of kind `shape`
  ///   when one has another shape; the model is unchanged then.
  public mutating func load(_ state: [String: Tensor<Float>]) throws(TrainingError) {
    parameters = try Self.parameters(from: state, layout: layout)
    ownsParameters = true
  }

  static func parameters(
    from state: [String: Tensor<Float>],
    layout: ParameterLayout
  ) throws(TrainingError) -> Tensor<Float> {
    let missing = layout.slices.map(\.name).filter { state[$0] == nil }
    let unexpected = state.keys.filter { layout.slice(named: $0) == nil }.sorted()
    guard missing.isEmpty, unexpected.isEmpty else {
      let parts = [("missing", missing), ("unexpected", unexpected)].filter { !$0.1.isEmpty }
      let text = parts.map { "\($0.0): \($0.1.joined(separator: ", "))" }.joined(separator: "; ")
      throw TrainingError(.name, "the parameters do not fit the model; \(text)")
    }
    // Shapes come before memory: a file's claims must be covered by what it holds.
    for slice in layout.slices {
      guard let tensor = state[slice.name], tensor.shape == slice.shape else {
        let found = state[slice.name].map { "\($0.shape)" } ?? "none"
        throw TrainingError(
          .shape,
          "parameter '\(slice.name)': expected shape \(slice.shape), found \(found)"
        )
      }
    }
    return Tensor(shape: [layout.count]) { values in
      for slice in layout.slices {
        state[slice.name]?.withUnsafeScalars { scalars in
          _ = UnsafeMutableBufferPointer(rebasing: values[slice.range])
            .update(fromContentsOf: scalars)
        }
      }
    }
  }
}
