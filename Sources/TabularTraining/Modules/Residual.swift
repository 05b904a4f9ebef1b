/// Adds what layers make of the input to the input: x + f(x).
///
/// Parameters have the names of this PyTorch module, such as `3.inner.0.weight`:
///
/// ```python
/// class Residual(nn.Module):
///   def __init__(self, *layers): super().__init__(); self.inner = nn.Sequential(*layers)
///   def forward(self, x): return x + self.inner(x)
/// ```
public struct Residual: Module, CustomStringConvertible {
  /// The name of the layer in saved models.
  public static var kind: String { "Residual" }
  private let inner: LayerStack

  /// Puts layers together; none trap, and those that do not fit are refused by the model.
  public init(_ layers: any Module...) { self.init(layers) }

  /// Puts layers together; none trap, and those that do not fit are refused by the model.
  public init(_ layers: [any Module]) {
    precondition(!layers.isEmpty, "Residual()")
    inner = LayerStack(layers)
  }

  /// The layers that make f.
  public var layers: [any Module] { inner.layers }

  /// Those of the layers, as `inner.0.weight`.
  public var parameters: [ParameterDeclaration] { inner.parameters.map { $0.inside("inner") } }

  /// Those of the layers, as `inner.1.running_mean`.
  public var buffers: [ParameterDeclaration] { inner.buffers.map { $0.inside("inner") } }

  /// Those of the layers.
  public var stateNames: [String] { inner.stateNames.map { "inner.\($0)" } }

  /// What the first layer that wants a width wants.
  public var inputWidth: Int? { inner.inputWidth }

  /// The width of the input.
  public func outputWidth(forInputWidth width: Int) -> Int { width }

  /// Refuses layers that do not fit, or that change the width.
  ///
  /// - Throws: `TrainingError` of kind `shape`.
  public func check(inputWidth: Int) throws(TrainingError) {
    try inner.check(inputWidth: inputWidth)
    let width = inner.outputWidth(forInputWidth: inputWidth)
    guard width == inputWidth else {
      throw TrainingError(
        .shape,
        "its layers make \(width) columns of \(inputWidth), which cannot be added"
      )
    }
  }

  /// Whether one of the layers draws random numbers.
  public var usesRandomNumbers: Bool { inner.usesRandomNumbers }

  /// `Residual(Linear(inputs: 8, outputs: 8), ReLU())`.
  public var description: String { "Residual(\(inner))" }
}

extension Residual {
  /// f(x), and what the layers need.
  public func scratchCount(rows: Int, inputWidth: Int, mode: LayerMode) -> Int {
    ScratchMemory.aligned(rows * inputWidth)
      + inner.scratchCount(rows: rows, inputWidth: inputWidth, mode: mode)
  }

  // Apart from the output: the last layer's way back may want what it gave.
  private func innerOutput(_ input: DeviceMatrix, _ context: LayerContext) -> DeviceMatrix {
    context.scratch.matrix(rows: input.rows, columns: input.columns)
  }

  private func innerContext(_ input: DeviceMatrix, _ context: LayerContext) -> LayerContext {
    context.inner(0, parameters: 0, buffers: 0, scratch: ScratchMemory.aligned(input.count))
  }

  /// Computes x + f(x).
  public func forward(_ input: DeviceMatrix, into output: DeviceMatrix, _ context: LayerContext) {
    let innerOutput = innerOutput(input, context)
    inner.forward(input, into: innerOutput, innerContext(input, context))
    context.device.copyColumns(0..<input.columns, of: input, into: output, at: 0)
    context.device.add(innerOutput, to: output)
  }

  /// Computes the layers' gradients, and adds the output's gradient to the input's.
  public func backward(
    _ outputGradient: DeviceMatrix,
    input: DeviceMatrix,
    output: DeviceMatrix,
    into parameterGradients: ParameterViews,
    inputGradient: DeviceMatrix?,
    _ context: LayerContext
  ) {
    inner.backward(
      outputGradient,
      input: input,
      output: innerOutput(input, context),
      into: parameterGradients,
      inputGradient: inputGradient,
      innerContext(input, context)
    )
    if let inputGradient { context.device.add(outputGradient, to: inputGradient) }
  }

  /// Lets the layers do it.
  public func merge(_ observations: ParameterViews, into sum: ParameterViews) {
    inner.merge(observations, into: sum)
  }

  /// Lets the layers do it.
  public func apply(_ observations: ParameterViews, to buffers: ParameterViews) {
    inner.apply(observations, to: buffers)
  }
}

extension Residual {
  private enum CodingKeys: String, CodingKey { case inner }

  /// Reads what a saved model holds; none layers are refused.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let layers = try container.decode(LayerStack.self, forKey: .inner).layers
    guard !layers.isEmpty else { throw DecodingError.layer(decoder, "a Residual without layers") }
    self.init(layers)
  }
}
