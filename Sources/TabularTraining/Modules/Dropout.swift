/// In training, makes each element 0 with a probability, and divides the others by what is left.
///
/// Which ones is a function of the trainer's seed, the step, the row's position among the rows of
/// the step, the column and the layer's position in the model: so it does not depend on shards or
/// devices. An evaluation passes its input on. Source: PyTorch's `nn.Dropout`, whose random numbers
/// are others.
public struct Dropout: Module, Equatable {
  /// PyTorch's class name.
  public static var kind: String { "Dropout" }
  /// The probability that an element becomes 0.
  public let probability: Float

  /// Describes a layer; a probability outside 0 to 1 traps.
  public init(_ probability: Float = 0.5) {
    precondition((0...1).contains(probability), "Dropout(\(probability))")
    self.probability = probability
  }

  /// None.
  public var parameters: [ParameterDeclaration] { [] }

  /// Any.
  public var inputWidth: Int? { nil }

  /// The width of the input.
  public func outputWidth(forInputWidth width: Int) -> Int { width }

  /// Whether any element is dropped.
  public var usesRandomNumbers: Bool { probability > 0 }

  /// What each element is multiplied with.
  public func scratchCount(rows: Int, inputWidth: Int, mode: LayerMode) -> Int {
    mode == .training ? rows * inputWidth : 0
  }
}

extension Dropout {
  /// Multiplies with 0 or 1 / (1 - probability); an evaluation copies.
  public func forward(_ input: DeviceMatrix, into output: DeviceMatrix, _ context: LayerContext) {
    guard context.mode == .training else {
      return context.device.copyColumns(0..<input.columns, of: input, into: output, at: 0)
    }
    let factors = factors(input, context)
    context.device.drawFactors(
      probability: probability,
      context.randomness,
      into: factors
    )
    context.device.multiply(input, factors, into: output)
  }

  /// Multiplies with the same factors.
  public func backward(
    _ outputGradient: DeviceMatrix,
    input: DeviceMatrix,
    output: DeviceMatrix,
    into parameterGradients: ParameterViews,
    inputGradient: DeviceMatrix?,
    _ context: LayerContext
  ) {
    guard let inputGradient else { return }
    context.device.multiply(outputGradient, factors(input, context), into: inputGradient)
  }

  private func factors(_ input: DeviceMatrix, _ context: LayerContext) -> DeviceMatrix {
    context.scratch.matrix(rows: input.rows, columns: input.columns)
  }
}

extension Dropout {
  // PyTorch's name.
  private enum CodingKeys: String, CodingKey { case probability = "p" }

  /// Reads what a saved model holds; a probability outside 0 to 1 is refused.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let probability = try container.decode(Float.self, forKey: .probability)
    guard (0...1).contains(probability) else {
      throw DecodingError.layer(decoder, "a Dropout of probability \(probability)")
    }
    self.init(probability)
  }
}
