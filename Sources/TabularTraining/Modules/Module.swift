public import TabularTensor

/// A layer: a function of a matrix, with its derivative written out.
///
/// A value that describes the layer and holds no numbers: parameters and gradients lie in the flat
/// buffers of the model, and are handed to each call. `Codable` gives its JSON in saved models.
public protocol Module: Sendable, Codable {
  /// The name of the layer in saved models: PyTorch's class name.
  static var kind: String { get }

  /// The parameters, in state-dict order.
  var parameters: [ParameterDeclaration] { get }
  /// The number of columns that the layer takes; nil when it takes any.
  var inputWidth: Int? { get }
  /// The number of columns that the layer gives for an input of `width` columns.
  func outputWidth(forInputWidth width: Int) -> Int

  /// Computes `output` [rows, output width] from `input` [rows, input width].
  func forward(_ input: DeviceMatrix, into output: DeviceMatrix, _ context: LayerContext)

  /// Computes the gradients of the parameters, and of the input where it is asked for.
  ///
  /// It overwrites all of `parameterGradients`. `input` and `output` are those of the forward call;
  /// `outputGradient` has the shape of `output`, `inputGradient` that of `input`.
  func backward(
    _ outputGradient: DeviceMatrix,
    input: DeviceMatrix,
    output: DeviceMatrix,
    into parameterGradients: ParameterViews,
    inputGradient: DeviceMatrix?,
    _ context: LayerContext
  )
}

/// What a layer's calls get besides matrices.
public struct LayerContext {
  /// The device to compute on.
  public let device: any Device
  /// The layer's own parameters.
  public let parameters: ParameterViews
}

/// A parameter that a layer asks for.
public struct ParameterDeclaration: Sendable, Equatable {
  /// The name within the layer, as in PyTorch: `weight`, `bias`.
  public let name: String
  /// The shape, as in PyTorch; of one or two dimensions.
  public let shape: Shape
  /// Initial values are uniform in -bound ..< bound.
  public let bound: Float

  /// Declares a parameter; a shape of other than one or two dimensions traps.
  public init(_ name: String, shape: Shape, bound: Float) {
    precondition((1...2).contains(shape.rank), "parameter '\(name)' of shape \(shape)")
    self.name = name
    self.shape = shape
    self.bound = bound
  }
}

/// The parameters of one layer, or their gradients, within a flat buffer.
public struct ParameterViews {
  private let base: UnsafeMutablePointer<Float>
  private let layout: ParameterLayout
  private let first: Int

  /// Names a layer's slices of a buffer with a layout; the buffer outlives the view.
  init(base: UnsafeMutablePointer<Float>, layout: ParameterLayout, layer: Int) {
    self.base = base
    self.layout = layout
    first = layout.firstSlices[layer]
  }

  /// The parameter at a position of the layer's declarations; one dimension becomes one row.
  public subscript(index: Int) -> DeviceMatrix {
    let slice = layout.slices[first + index]
    return DeviceMatrix(base: base + slice.offset, rows: slice.rows, columns: slice.columns)
  }
}
