internal import FoundationEssentials
internal import TabularTensor

/// A model in a file: weights that PyTorch reads as a state dict, with what it takes to use them.
///
/// The file is safetensors: a tensor for each parameter under its PyTorch name, and in the metadata
/// under `model` a JSON object, `{"layers": [{"kind": "Linear", "in_features": 7, ...}, ...],
/// "loss": "crossEntropy"}`. Other metadata is the caller's: a recipe, class names.
public struct SavedModel: Sendable {
  /// The model.
  public let model: Sequential
  /// The loss that it was trained with.
  public let loss: Loss
  /// The caller's metadata.
  public let metadata: [String: String]

  /// Collects what a file is to hold; metadata named `model` traps.
  public init(model: Sequential, loss: Loss, metadata: [String: String] = [:]) {
    precondition(metadata[Self.key] == nil, "metadata '\(Self.key)' is written by SavedModel")
    self.model = model
    self.loss = loss
    self.metadata = metadata
  }

  static let key = "model"
}

extension SavedModel {
  /// Writes the file; it appears under its name only when it is complete.
  ///
  /// - Throws: `TrainingError` of kind `file`.
  public func write(to path: String) throws(TrainingError) {
    var content = Safetensors(metadata: metadata)
    content.metadata[Self.key] = try Self.json(
      ModelDescription(layers: model.layers.map(AnyLayer.init), loss: loss)
    )
    for (name, tensor) in model.stateDict { content.tensors[name] = AnyTensor(tensor) }
    do throws(TensorError) {
      try content.write(to: path)
    } catch {
      throw TrainingError(.file, error.description, underlying: error)
    }
  }

  /// Reads a file that `write` wrote.
  ///
  /// - Throws: `TrainingError` of kind `file` when it cannot be read, of kind `format` when it holds
  ///   no model, of kind `name` or `shape` when tensors and layers do not go together.
  public init(contentsOf path: String) throws(TrainingError) {
    let content: Safetensors
    do throws(TensorError) {
      content = try Safetensors(contentsOf: path, mapped: false)
    } catch {
      throw TrainingError(
        error.kind == .file ? .file : .format,
        error.description,
        underlying: error
      )
    }
    guard let text = content.metadata[Self.key] else {
      throw TrainingError(.format, "'\(path)' holds no model: its metadata has no '\(Self.key)'")
    }
    let description: ModelDescription
    do {
      description = try JSONDecoder().decode(ModelDescription.self, from: Data(text.utf8))
    } catch {
      throw TrainingError(
        .format,
        "'\(path)': its model cannot be built: \(Self.reason(error))",
        underlying: error
      )
    }
    do throws(TrainingError) {
      try self.init(description, content)
    } catch {
      throw TrainingError(error.kind, "'\(path)': \(error.message)", underlying: error.underlying)
    }
  }

  private init(_ description: ModelDescription, _ content: Safetensors) throws(TrainingError) {
    let layers = description.layers.map(\.layer)
    let layout = ParameterLayout(layers: layers)
    var state: [String: Tensor<Float>] = [:]
    for (name, tensor) in content.tensors {
      do throws(TensorError) {
        state[name] = try Tensor<Float>(tensor)
      } catch {
        throw TrainingError(.shape, "parameter '\(name)': \(error)", underlying: error)
      }
    }
    model = try Sequential(
      layers,
      layout: layout,
      parameters: Sequential.parameters(from: state, layout: layout),
      ownsParameters: true
    )
    loss = description.loss
    metadata = content.metadata.filter { $0.key != Self.key }
  }

  private static func json(_ description: ModelDescription) throws(TrainingError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    do {
      return try String(decoding: encoder.encode(description), as: UTF8.self)
    } catch {
      throw TrainingError(.format, "a layer cannot be written as JSON: \(error)", underlying: error)
    }
  }

  private static func reason(_ error: any Error) -> String {
    switch error as? DecodingError {
    case .dataCorrupted(let context), .valueNotFound(_, let context), .typeMismatch(_, let context):
      context.debugDescription
    case .keyNotFound(let key, _): "no '\(key.stringValue)'"
    default: "\(error)"
    }
  }
}

extension Sequential {
  /// Reads the model of a file that `Trainer.save` or `SavedModel.write` wrote.
  ///
  /// - Throws: `TrainingError`, as `SavedModel.init(contentsOf:)`.
  public init(contentsOf path: String) throws(TrainingError) {
    self = try SavedModel(contentsOf: path).model
  }
}

private struct ModelDescription: Codable {
  var layers: [AnyLayer]
  var loss: Loss
}

/// A layer in JSON: its kind beside its own keys.
private struct AnyLayer: Codable {
  let layer: any Module

  /// The layers that a file can name.
  private static let kinds: [String: any Module.Type] = [
    Linear.kind: Linear.self, ReLU.kind: ReLU.self,
  ]

  private enum CodingKeys: CodingKey { case kind }

  init(_ layer: any Module) { self.layer = layer }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let kind = try container.decode(String.self, forKey: .kind)
    guard let type = Self.kinds[kind] else {
      let known = Self.kinds.keys.sorted().joined(separator: ", ")
      throw DecodingError.dataCorruptedError(
        forKey: .kind,
        in: container,
        debugDescription: "no layer of kind '\(kind)'; there are: \(known)"
      )
    }
    layer = try type.init(from: decoder)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(type(of: layer).kind, forKey: .kind)
    try layer.encode(to: encoder)
  }
}
