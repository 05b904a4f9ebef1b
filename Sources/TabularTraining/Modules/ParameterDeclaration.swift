public import TabularTensor

/// A parameter or a buffer that a layer asks for.
public struct ParameterDeclaration: Sendable, Equatable {
  /// What values are drawn from before the first step.
  public enum Initial: Sendable, Equatable {
    /// Uniform in -bound ..< bound.
    case uniform(bound: Float)
    /// Normal with mean 0.
    case normal(deviation: Float)
    /// One value for all.
    case constant(Float)
  }

  /// The name within the layer, as in PyTorch: `weight`, `bias`.
  public let name: String
  /// The shape, as in PyTorch; of at most two dimensions.
  public let shape: Shape
  /// What values are drawn from before the first step.
  public let initial: Initial
  /// A row that is zero before the first step; nil for none.
  public let zeroRow: Int?
  /// Whether a state dict holds it as a whole number of 64 bits, as PyTorch's
  /// `num_batches_tracked`.
  public let isCount: Bool
  /// Whether a training pass may read a copy with rows and columns exchanged instead.
  let isReadTransposed: Bool

  /// Declares a parameter that begins uniform in -bound ..< bound; more than two dimensions trap.
  public init(_ name: String, shape: Shape, bound: Float) {
    self.init(name, shape: shape, initial: .uniform(bound: bound))
  }

  /// Declares a matrix that a forward pass multiplies by transposed, see `LayerContext.transposed`.
  static func readTransposed(_ name: String, shape: Shape, bound: Float) -> ParameterDeclaration {
    ParameterDeclaration(
      name,
      shape: shape,
      initial: .uniform(bound: bound),
      zeroRow: nil,
      isCount: false,
      isReadTransposed: true
    )
  }

  /// Declares a parameter or a buffer; more than two dimensions trap.
  public init(
    _ name: String,
    shape: Shape,
    initial: Initial,
    zeroRow: Int? = nil,
    isCount: Bool = false
  ) {
    self.init(
      name,
      shape: shape,
      initial: initial,
      zeroRow: zeroRow,
      isCount: isCount,
      isReadTransposed: false
    )
  }

  private init(
    _ name: String,
    shape: Shape,
    initial: Initial,
    zeroRow: Int?,
    isCount: Bool,
    isReadTransposed: Bool
  ) {
    precondition(shape.rank <= 2, "parameter '\(name)' of shape \(shape)")
    self.name = name
    self.shape = shape
    self.initial = initial
    self.zeroRow = zeroRow
    self.isCount = isCount
    self.isReadTransposed = isReadTransposed
  }

  /// The same under a name that says where in another layer it is.
  func inside(_ path: String) -> ParameterDeclaration {
    ParameterDeclaration(
      "\(path).\(name)",
      shape: shape,
      initial: initial,
      zeroRow: zeroRow,
      isCount: isCount,
      isReadTransposed: isReadTransposed
    )
  }
}
