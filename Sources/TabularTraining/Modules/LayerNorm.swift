internal import TabularTensor

/// Normalises each row: (x - mean) / √(variance + epsilon) · weight + bias.
///
/// Mean and variance, the biased one, are those of the row's elements; `weight` begins as ones and
/// `bias` as zeros, both [features]. Source: J. Ba, J. Kiros, G. Hinton, "Layer normalization",
/// 2016; PyTorch's `nn.LayerNorm`.
public struct LayerNorm: Module, Equatable {
  /// PyTorch's class name.
  public static var kind: String { "LayerNorm" }
  /// The number of columns.
  public let features: Int
  /// What is added to the variance.
  public let epsilon: Float
  /// Whether there are a weight and a bias.
  public let affine: Bool

  /// Describes a layer; a width below 1 or above 2^24, or an epsilon below 0, traps.
  public init(_ features: Int, epsilon: Float = 1e-5, affine: Bool = true) {
    precondition(
      Linear.widths.contains(features) && epsilon >= 0,
      "LayerNorm(\(features), epsilon: \(epsilon))"
    )
    self.features = features
    self.epsilon = epsilon
    self.affine = affine
  }

  /// The weight [features] and the bias [features], if there are any.
  public var parameters: [ParameterDeclaration] {
    guard affine else { return [] }
    return [
      ParameterDeclaration("weight", shape: [features], initial: .constant(1)),
      ParameterDeclaration("bias", shape: [features], initial: .constant(0)),
    ]
  }

  /// The number of columns.
  public var inputWidth: Int? { features }

  /// The number of columns.
  public func outputWidth(forInputWidth width: Int) -> Int { features }

  /// Each row's mean and inverse deviation.
  public func scratchCount(rows: Int, inputWidth: Int, mode: LayerMode) -> Int { 2 * rows }
}

extension LayerNorm {
  /// Normalises each row.
  public func forward(_ input: DeviceMatrix, into output: DeviceMatrix, _ context: LayerContext) {
    context.device.normalizeRows(
      input,
      weight: affine ? context.parameters[0] : nil,
      bias: affine ? context.parameters[1] : nil,
      epsilon: epsilon,
      moments: context.scratch.matrix(rows: input.rows, columns: 2),
      into: output
    )
  }

  /// Computes the gradients of weight, bias and input.
  public func backward(
    _ outputGradient: DeviceMatrix,
    input: DeviceMatrix,
    output: DeviceMatrix,
    into parameterGradients: ParameterViews,
    inputGradient: DeviceMatrix?,
    _ context: LayerContext
  ) {
    context.device.normalizeRowsGradient(
      outputGradient,
      input: input,
      weight: affine ? context.parameters[0] : nil,
      moments: context.scratch.matrix(rows: input.rows, columns: 2),
      weightGradient: affine ? parameterGradients[0] : nil,
      biasGradient: affine ? parameterGradients[1] : nil,
      into: inputGradient
    )
  }
}

extension LayerNorm {
  // PyTorch's names.
  private enum CodingKeys: String, CodingKey {
    case features = "normalized_shape"
    case epsilon = "eps"
    case affine = "elementwise_affine"
  }

  /// Reads what a saved model holds; what `init` would trap on is refused.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let features = try container.decode(Int.self, forKey: .features)
    let epsilon = try container.decode(Float.self, forKey: .epsilon)
    guard Linear.widths.contains(features), epsilon >= 0 else {
      throw DecodingError.layer(decoder, "a LayerNorm of \(features) columns, eps \(epsilon)")
    }
    self.init(
      features,
      epsilon: epsilon,
      affine: try container.decode(Bool.self, forKey: .affine)
    )
  }
}
