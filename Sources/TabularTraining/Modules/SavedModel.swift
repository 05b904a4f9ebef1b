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
    content.metadata[Self.key] = try Self.json(of: model, loss: loss)
    for (name, tensor) in model.stateDict {
      let isCount = model.bufferLayout.slice(named: name)?.isCount ?? false
      // Whole numbers of 64 bits, as PyTorch's counts are.
      content.tensors[name] = isCount ? AnyTensor(tensor.map { Int64($0) }) : AnyTensor(tensor)
    }
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

  /// A model with its initial parameters, of what `json(of:loss:)` wrote.
  static func untrained(json text: String) throws -> (model: Sequential, loss: Loss) {
    let description = try JSONDecoder().decode(ModelDescription.self, from: Data(text.utf8))
    return (try Sequential(validating: description.layers.layers), description.loss)
  }

  private init(_ description: ModelDescription, _ content: Safetensors) throws(TrainingError) {
    let layout = ParameterLayout(description.layers.parameters)
    let bufferLayout = ParameterLayout(description.layers.buffers)
    let state = try Sequential.floats(of: content.tensors, bufferLayout)
    let contents = try Sequential.contents(of: state, layout, bufferLayout)
    var model = try Sequential(
      description.layers,
      layout: layout,
      parameters: contents.parameters,
      ownsParameters: true
    )
    model.buffers = contents.buffers
    self.model = model
    loss = description.loss
    metadata = content.metadata.filter { $0.key != Self.key }
  }

  /// What a model is made of, as JSON.
  static func json(of model: Sequential, loss: Loss) throws(TrainingError) -> String {
    let description = ModelDescription(layers: model.stack, loss: loss)
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
  var layers: LayerStack
  var loss: Loss
}
