internal import TabularTensor

/// A fully connected layer: output = input · weightᵀ + bias.
///
/// `weight` is [outputs, inputs] and `bias` [outputs], both initially uniform in
/// -1/√inputs ..< 1/√inputs, as PyTorch's `nn.Linear` (`torch/nn/modules/linear.py`,
/// `reset_parameters`).
public struct Linear: Module, Equatable {
  /// PyTorch's class name.
  public static var kind: String { "Linear" }
  /// The number of columns taken.
  public let inputs: Int
  /// The number of columns given.
  public let outputs: Int

  static let widths = 1...(1 << 24)

  /// Describes a layer; a width below 1 or above 2^24 traps.
  public init(_ inputs: Int, _ outputs: Int) {
    precondition(
      Self.widths.contains(inputs) && Self.widths.contains(outputs),
      "Linear(\(inputs), \(outputs))"
    )
    self.inputs = inputs
    self.outputs = outputs
  }

  /// The weight [outputs, inputs] and the bias [outputs].
  public var parameters: [ParameterDeclaration] {
    let bound = 1 / Float(inputs).squareRoot()
    return [
      .readTransposed("weight", shape: [outputs, inputs], bound: bound),
      ParameterDeclaration("bias", shape: [outputs], bound: bound),
    ]
  }

  /// The number of columns taken.
  public var inputWidth: Int? { inputs }

  /// The number of columns given.
  public func outputWidth(forInputWidth width: Int) -> Int { outputs }
}

extension Linear {
  /// Computes input · weightᵀ + bias.
  public func forward(_ input: DeviceMatrix, into output: DeviceMatrix, _ context: LayerContext) {
    let device = context.device
    device.broadcast(context.parameters[1], into: output)
    // Of a matrix, its place is named: the copy at it is [inputs, outputs].
    let weight: Operand =
      if let copy = context.transposed?[0] {
        .plain(DeviceMatrix(base: copy.base, rows: inputs, columns: outputs))
      } else {
        .transposed(context.parameters[0])
      }
    device.multiply(.plain(input), weight, into: output, accumulating: true)
  }

  /// Computes the gradients of weight (outputGradientᵀ · input), bias and input.
  public func backward(
    _ outputGradient: DeviceMatrix,
    input: DeviceMatrix,
    output: DeviceMatrix,
    into parameterGradients: ParameterViews,
    inputGradient: DeviceMatrix?,
    _ context: LayerContext
  ) {
    let device = context.device
    device.multiply(
      .transposed(outputGradient),
      .plain(input),
      into: parameterGradients[0],
      accumulating: false
    )
    device.sumRows(of: outputGradient, into: parameterGradients[1])
    if let inputGradient {
      device.multiply(
        .plain(outputGradient),
        .plain(context.parameters[0]),
        into: inputGradient,
        accumulating: false
      )
    }
  }
}

extension Linear {
  // PyTorch's names.
  private enum CodingKeys: String, CodingKey {
    case inputs = "in_features"
    case outputs = "out_features"
  }

  /// Reads what a saved model holds; a width below 1 or above 2^24 is refused.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let inputs = try container.decode(Int.self, forKey: .inputs)
    let outputs = try container.decode(Int.self, forKey: .outputs)
    guard Self.widths.contains(inputs), Self.widths.contains(outputs) else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: decoder.codingPath,
          debugDescription: "a Linear of \(inputs) inputs and \(outputs) outputs"
        )
      )
    }
    self.init(inputs, outputs)
  }
}
