// Functions of each element. They take any width, and have no parameters.

/// The Gaussian error linear unit: x·Φ(x), with Φ the normal distribution function.
///
/// `exact` computes Φ by the error function, as PyTorch does unless told otherwise;
/// `tanh` takes x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))). Source: D. Hendrycks, K. Gimpel, "Gaussian
/// error linear units", 2016; PyTorch's `nn.GELU`.
public struct GELU: ElementwiseModule, Equatable {
  /// How Φ is computed; the raw values are PyTorch's.
  public enum Approximation: String, Sendable, Codable {
    /// By the error function.
    case exact = "none"
    /// By the hyperbolic tangent.
    case tanh
  }

  /// PyTorch's class name.
  public static var kind: String { "GELU" }
  /// How Φ is computed.
  public let approximate: Approximation

  /// Describes the layer.
  public init(approximate: Approximation = .exact) { self.approximate = approximate }

  /// The function.
  public var activation: Activation { approximate == .exact ? .gelu : .tanhGELU }
}

/// The sigmoid linear unit: x·σ(x), with σ the logistic function; also named swish.
///
/// Source: PyTorch's `nn.SiLU`.
public struct SiLU: ElementwiseModule, Equatable {
  /// PyTorch's class name.
  public static var kind: String { "SiLU" }

  /// Describes the layer.
  public init() {}

  /// The function.
  public var activation: Activation { .silu }
}

/// The logistic function: 1 / (1 + exp(-x)).
public struct Sigmoid: ElementwiseModule, Equatable {
  /// PyTorch's class name.
  public static var kind: String { "Sigmoid" }

  /// Describes the layer.
  public init() {}

  /// The function.
  public var activation: Activation { .sigmoid }
}

/// The hyperbolic tangent.
public struct Tanh: ElementwiseModule, Equatable {
  /// PyTorch's class name.
  public static var kind: String { "Tanh" }

  /// Describes the layer.
  public init() {}

  /// The function.
  public var activation: Activation { .tanh }
}

/// A layer that is a function of each element.
public protocol ElementwiseModule: Module {
  /// The function.
  var activation: Activation { get }
}

extension ElementwiseModule {
  /// None.
  public var parameters: [ParameterDeclaration] { [] }

  /// Any.
  public var inputWidth: Int? { nil }

  /// The width of the input.
  public func outputWidth(forInputWidth width: Int) -> Int { width }

  /// Computes the function of each element.
  public func forward(_ input: DeviceMatrix, into output: DeviceMatrix, _ context: LayerContext) {
    context.device.activate(activation, input, into: output)
  }

  /// Multiplies the gradient with the function's derivative.
  public func backward(
    _ outputGradient: DeviceMatrix,
    input: DeviceMatrix,
    output: DeviceMatrix,
    into parameterGradients: ParameterViews,
    inputGradient: DeviceMatrix?,
    _ context: LayerContext
  ) {
    guard let inputGradient else { return }
    context.device.activationGradient(
      activation,
      outputGradient,
      input: input,
      output: output,
      into: inputGradient
    )
  }
}
