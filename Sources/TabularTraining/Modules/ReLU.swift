/// The rectifier: max(x, 0) of each element.
///
/// Its derivative at 0 is 0, as in PyTorch.
public struct ReLU: Module, Equatable {
  /// PyTorch's class name.
  public static var kind: String { "ReLU" }

  /// Describes the layer.
  public init() {}

  /// None.
  public var parameters: [ParameterDeclaration] { [] }

  /// Any.
  public var inputWidth: Int? { nil }

  /// The width of the input.
  public func outputWidth(forInputWidth width: Int) -> Int { width }

  /// Computes max(x, 0).
  public func forward(_ input: DeviceMatrix, into output: DeviceMatrix, _ context: LayerContext) {
    context.device.rectify(input, into: output)
  }

  /// Lets the gradient through where the output is above 0.
  public func backward(
    _ outputGradient: DeviceMatrix,
    input: DeviceMatrix,
    output: DeviceMatrix,
    into parameterGradients: ParameterViews,
    inputGradient: DeviceMatrix?,
    _ context: LayerContext
  ) {
    guard let inputGradient else { return }
    context.device.rectifyGradient(outputGradient, where: output, into: inputGradient)
  }
}
