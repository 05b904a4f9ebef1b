/// A layer: a function of a matrix, with its derivative written out.
///
/// A value that describes the layer and holds no numbers: parameters, running statistics and
/// gradients lie in the flat buffers of the model, what is kept from forward to backward lies in
/// memory of the device, and all of it is handed to each call. `Codable` gives its JSON in saved
/// models.
///
/// A layer's calls get the rows of one logical shard. What it computes of a row may depend on these
/// rows and their position in the step, and on nothing else: so it is the same on any device.
public protocol Module: Sendable, Codable {
  /// The name of the layer in saved models: PyTorch's class name.
  static var kind: String { get }

  /// The parameters, in state-dict order.
  var parameters: [ParameterDeclaration] { get }
  /// What the layer remembers besides its parameters, in state-dict order, such as running
  /// statistics; none by default.
  var buffers: [ParameterDeclaration] { get }
  /// The names of parameters and buffers in state-dict order: by default parameters, then buffers.
  var stateNames: [String] { get }

  /// The number of columns that the layer takes; nil when it takes any.
  var inputWidth: Int? { get }
  /// The number of columns that the layer gives for an input of `width` columns.
  func outputWidth(forInputWidth width: Int) -> Int
  /// Refuses a number of columns that layers inside this one do not take; by default none.
  ///
  /// - Throws: `TrainingError` of kind `shape`.
  func check(inputWidth: Int) throws(TrainingError)

  /// Whether the layer reads the features themselves, and not what another layer made of them: it
  /// is then the first of its model, and `fault(in:)` looks at the features; false by default.
  var takesFeatures: Bool { get }
  /// What is wrong with features that come from outside the program; nil by default.
  func fault(in features: DeviceMatrix) -> FeatureFault?
  /// Whether training draws random numbers; false by default.
  var usesRandomNumbers: Bool { get }

  /// The number of floats that the layer keeps from forward to backward, or needs within a call;
  /// 0 by default.
  ///
  /// More rows never need fewer.
  func scratchCount(rows: Int, inputWidth: Int, mode: LayerMode) -> Int

  /// Computes `output` [rows, output width] from `input` [rows, input width].
  ///
  /// When training, it also overwrites all of the context's observations.
  func forward(_ input: DeviceMatrix, into output: DeviceMatrix, _ context: LayerContext)

  /// Computes the gradients of the parameters, and of the input where it is asked for.
  ///
  /// It overwrites all of `parameterGradients`. `input` and `output` are those of the forward call,
  /// as is what lies in the context's scratch memory and observations; `outputGradient` has the
  /// shape of `output`, `inputGradient` that of `input`. The mode is always training.
  func backward(
    _ outputGradient: DeviceMatrix,
    input: DeviceMatrix,
    output: DeviceMatrix,
    into parameterGradients: ParameterViews,
    inputGradient: DeviceMatrix?,
    _ context: LayerContext
  )

  /// Adds what the rows of the next shard of a step let the layer observe to `sum`, which is what
  /// the shards before let it observe; nothing by default.
  func merge(_ observations: ParameterViews, into sum: ParameterViews)
  /// Moves the buffers by what all rows of a step let the layer observe; nothing by default.
  func apply(_ observations: ParameterViews, to buffers: ParameterViews)
}

extension Module {
  /// None.
  public var buffers: [ParameterDeclaration] { [] }
  /// Parameters, then buffers.
  public var stateNames: [String] { parameters.map(\.name) + buffers.map(\.name) }
  /// Refuses nothing.
  public func check(inputWidth: Int) throws(TrainingError) {}
  /// False.
  public var takesFeatures: Bool { false }
  /// Nothing.
  public func fault(in features: DeviceMatrix) -> FeatureFault? { nil }
  /// False.
  public var usesRandomNumbers: Bool { false }
  /// None.
  public func scratchCount(rows: Int, inputWidth: Int, mode: LayerMode) -> Int { 0 }
  /// Does nothing.
  public func merge(_ observations: ParameterViews, into sum: ParameterViews) {}
  /// Does nothing.
  public func apply(_ observations: ParameterViews, to buffers: ParameterViews) {}
}

/// What a layer is called for; PyTorch's `train()` and `eval()`.
public enum LayerMode: Sendable, Hashable {
  /// To learn from the rows: a backward call follows.
  case training
  /// To say what the model says of the rows.
  case evaluation
}

/// What is wrong with a row of features.
public struct FeatureFault: Sendable, Hashable {
  /// The position of the row.
  public let row: Int
  /// What was found, and what was expected.
  public let message: String

  /// Names a row and what is wrong with it.
  public init(row: Int, message: String) {
    self.row = row
    self.message = message
  }
}
