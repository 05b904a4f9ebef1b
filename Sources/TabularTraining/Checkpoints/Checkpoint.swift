internal import Crypto
internal import TabularLoading
internal import TabularTensor

/// All that a training needs to go on as if it had not stopped, on any number of devices.
///
/// Weights and buffers, what the optimizer remembers, the loader's cursor, and what was measured so
/// far; the file is safetensors, with a SHA-256 of its content.
public struct Checkpoint: Sendable {
  /// The number of steps taken.
  public var stepCount: Int { state.stepCount }
  /// The number of epochs that are complete.
  public var epochCount: Int { state.epochCount }
  /// What the epochs came to.
  public var epochs: [History.Summary] { state.epochs }
  /// OpenBLAS's name of the processor that the training ran on; on another family the bits of what
  /// follows differ.
  public var processor: String { state.processor }
  /// OpenBLAS's name of the processor that this program runs on, such as `SkylakeX`.
  public static var thisProcessor: String { BLAS.processor }
  /// The caller's metadata, such as a recipe.
  public let metadata: [String: String]

  let state: TrainingState
  let tensors: [String: Tensor<Float>]

  private static let stateKey = "training"
  private static let hashKey = "sha256"

  init(state: TrainingState, tensors: [String: Tensor<Float>], metadata: [String: String]) {
    (self.state, self.tensors, self.metadata) = (state, tensors, metadata)
  }
}

extension Checkpoint {
  /// Writes the file; it appears under its name only when it is complete.
  ///
  /// - Throws: `TrainingError` of kind `file`.
  func write(to path: String) throws(TrainingError) {
    var content = Safetensors(metadata: metadata)
    for (name, tensor) in tensors { content.tensors[name] = AnyTensor(tensor) }
    content.metadata[Self.stateKey] = try state.json()
    content.metadata[Self.hashKey] = hash(content.metadata)
    do throws(TensorError) {
      try content.write(to: path)
    } catch {
      throw TrainingError(.file, error.description, underlying: error)
    }
  }

  /// Reads a file that was written by a checkpoint folder.
  ///
  /// - Throws: `TrainingError` of kind `file` when it cannot be read, of kind `checkpoint` when it is
  ///   damaged, or holds none.
  public init(contentsOf path: String) throws(TrainingError) {
    var content: Safetensors
    func explained(_ error: TensorError) -> TrainingError {
      TrainingError(
        error.kind == .file ? .file : .checkpoint,
        error.description,
        underlying: error
      )
    }
    do throws(TensorError) {
      content = try Safetensors(contentsOf: path, mapped: false)
    } catch {
      throw explained(error)
    }
    guard let json = content.metadata[Self.stateKey],
      let expected = content.metadata.removeValue(forKey: Self.hashKey)
    else {
      throw TrainingError(.checkpoint, "'\(path)' is no checkpoint of a training")
    }
    var floats: [String: Tensor<Float>] = [:]
    do throws(TensorError) {
      for (name, tensor) in content.tensors { floats[name] = try Tensor<Float>(tensor) }
    } catch {
      throw explained(error)
    }
    tensors = floats
    metadata = content.metadata.filter { $0.key != Self.stateKey }
    state = try TrainingState(json: json, name: path)
    guard hash(content.metadata) == expected else {
      throw TrainingError(.checkpoint, "'\(path)' is damaged: its SHA-256 is another")
    }
  }

  /// The SHA-256 of all metadata and tensors, by name.
  private func hash(_ metadata: [String: String]) -> String {
    var hash = SHA256()
    func add(_ text: String) { hash.update(data: Array("\(text.utf8.count):\(text)".utf8)) }
    for (name, text) in metadata.sorted(by: { $0.key < $1.key }) {
      add(name)
      add(text)
    }
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      add(name)
      tensor.withUnsafeScalars { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
    }
    return hash.finalize().hexadecimal
  }
}

extension Digest {
  /// The bytes, two digits each.
  var hexadecimal: String {
    reduce(into: "") { text, byte in
      text += byte < 16 ? "0" : ""
      text += String(byte, radix: 16)
    }
  }
}
