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
  public var layers: [any Module] { stack.layers }
  /// The number of columns taken.
  public let inputWidth: Int
  /// The number of columns given.
  public let outputWidth: Int
  /// Where each parameter lies in `parameters`.
  public let layout: ParameterLayout
  /// All parameters, flat, in state-dict order.
  public internal(set) var parameters: Tensor<Float>
  /// Where each buffer lies in `buffers`.
  public let bufferLayout: ParameterLayout
  /// What layers remember besides their parameters, flat, such as running statistics.
  public internal(set) var buffers: Tensor<Float>
  /// Whether the parameters are the caller's own: seeded explicitly, loaded, or trained.
  ///
  /// A `Trainer` initialises from its own seed those that are not.
  public internal(set) var ownsParameters: Bool

  let stack: LayerStack

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
    let stack = LayerStack(layers)
    let layout = ParameterLayout(stack.parameters)
    try self.init(
      stack,
      layout: layout,
      parameters: Tensor(initialParametersOf: layout, seed: seed ?? 0),
      ownsParameters: seed != nil
    )
  }

  init(
    _ stack: LayerStack,
    layout: ParameterLayout,
    parameters: Tensor<Float>,
    ownsParameters: Bool
  ) throws(TrainingError) {
    guard let inputWidth = stack.inputWidth else {
      throw TrainingError(.shape, "a model needs a layer with weights, such as Linear(7, 1)")
    }
    try stack.check(inputWidth: inputWidth, isModel: true)
    self.stack = stack
    self.inputWidth = inputWidth
    outputWidth = stack.outputWidth(forInputWidth: inputWidth)
    self.layout = layout
    self.parameters = parameters
    self.ownsParameters = ownsParameters
    bufferLayout = ParameterLayout(stack.buffers)
    // Constants: a seed changes nothing.
    buffers = Tensor(initialParametersOf: bufferLayout, seed: 0)
  }

  /// Replaces the parameters by the initial ones of a seed, and the buffers by their initial values.
  public mutating func initialize(seed: UInt64) {
    parameters = Tensor(initialParametersOf: layout, seed: seed)
    buffers = Tensor(initialParametersOf: bufferLayout, seed: 0)
    ownsParameters = true
  }

  /// Whether training draws random numbers, as a `Dropout` does.
  public var usesRandomNumbers: Bool { stack.usesRandomNumbers }
}

// State.
extension Sequential {
  /// The parameters and buffers by name, in PyTorch's order: `0.weight`, `0.bias`, `1.running_mean`,
  /// ...; counts are floats here, and whole numbers in files.
  public var stateDict: [(name: String, tensor: Tensor<Float>)] {
    stack.stateNames.compactMap { name in
      if let slice = layout.slice(named: name) {
        return (name: name, tensor: parameters.slice(slice))
      }
      return bufferLayout.slice(named: name).map { (name: name, tensor: buffers.slice($0)) }
    }
  }

  /// Replaces the parameters and buffers by those of a state dict.
  ///
  /// - Throws: `TrainingError` of kind `name` when one is missing or unexpected, of kind `shape`
  ///   when one has another shape; the model is unchanged then.
  public mutating func load(_ state: [String: Tensor<Float>]) throws(TrainingError) {
    (parameters, buffers) = try Self.contents(of: state, layout, bufferLayout)
    ownsParameters = true
  }

  /// Replaces the parameters and buffers by the tensors of a file that PyTorch's state dict was
  /// written to, in which counts are whole numbers of 64 bits.
  ///
  /// ```swift
  /// try model.load(Safetensors(contentsOf: "state.safetensors").tensors)
  /// ```
  ///
  /// - Throws: `TrainingError` of kind `name` when one is missing or unexpected, of kind `shape`
  ///   when one has another shape or element type; the model is unchanged then.
  public mutating func load(_ tensors: [String: AnyTensor]) throws(TrainingError) {
    try load(Self.floats(of: tensors, bufferLayout))
  }

  /// The tensors of a file as floats.
  static func floats(
    of tensors: [String: AnyTensor],
    _ bufferLayout: ParameterLayout
  ) throws(TrainingError) -> [String: Tensor<Float>] {
    var state: [String: Tensor<Float>] = [:]
    for (name, tensor) in tensors {
      let isCount = bufferLayout.slice(named: name)?.isCount ?? false
      do throws(TensorError) {
        state[name] =
          isCount ? try Tensor<Int64>(tensor).map { Float($0) } : try Tensor<Float>(tensor)
      } catch {
        throw TrainingError(.shape, "parameter '\(name)': \(error)", underlying: error)
      }
    }
    return state
  }

  /// The flat parameters and buffers of a state dict.
  static func contents(
    of state: [String: Tensor<Float>],
    _ layout: ParameterLayout,
    _ bufferLayout: ParameterLayout
  ) throws(TrainingError) -> (parameters: Tensor<Float>, buffers: Tensor<Float>) {
    let slices = layout.slices + bufferLayout.slices
    let names = Set(slices.map(\.name))
    let missing = slices.map(\.name).filter { state[$0] == nil }
    let unexpected = state.keys.filter { !names.contains($0) }.sorted()
    guard missing.isEmpty, unexpected.isEmpty else {
      let parts = [("missing", missing), ("unexpected", unexpected)].filter { !$0.1.isEmpty }
      let text = parts.map { "\($0.0): \($0.1.joined(separator: ", "))" }.joined(separator: "; ")
      throw TrainingError(.name, "the parameters do not fit the model; \(text)")
    }
    // Shapes come before memory: a file's claims must be covered by what it holds.
    for slice in slices {
      guard let tensor = state[slice.name], tensor.shape == slice.shape else {
        let found = state[slice.name].map { "\($0.shape)" } ?? "none"
        throw TrainingError(
          .shape,
          "parameter '\(slice.name)': expected shape \(slice.shape), found \(found)"
        )
      }
    }
    return (flat(state, layout), flat(state, bufferLayout))
  }

  private static func flat(
    _ state: [String: Tensor<Float>],
    _ layout: ParameterLayout
  ) -> Tensor<Float> {
    Tensor(shape: [layout.count]) { values in
      for slice in layout.slices {
        state[slice.name]?.withUnsafeScalars { scalars in
          _ = UnsafeMutableBufferPointer(rebasing: values[slice.range])
            .update(fromContentsOf: scalars)
        }
      }
    }
  }
}
