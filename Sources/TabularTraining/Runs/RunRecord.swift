internal import FoundationEssentials

/// What a training was made of, as hashes, from the bytes of its input to its weights.
///
/// A saved model and each checkpoint keep one, by which two runs are compared without their data:
/// see `firstDifference(from:)`.
public struct RunRecord: Sendable, Codable, Equatable {
  /// An input as it lies on disk.
  public struct File: Sendable, Codable, Equatable {
    /// The base name.
    public var name: String
    /// The number of bytes.
    public var byteCount: Int
    /// The bytes, 8 at a time.
    public var words: HashedSequence

    /// Collects the parts.
    public init(name: String, byteCount: Int, words: HashedSequence) {
      (self.name, self.byteCount, self.words) = (name, byteCount, words)
    }
  }

  /// A column as it was typed.
  public struct Column: Sendable, Codable, Equatable {
    /// The name.
    public var name: String
    /// The type.
    public var type: String
    /// The cells, nulls among them.
    public var cells: HashedSequence

    /// Collects the parts.
    public init(name: String, type: String, cells: HashedSequence) {
      (self.name, self.type, self.cells) = (name, type, cells)
    }
  }

  /// The rows of a part, in their order.
  public struct Part: Sendable, Codable, Equatable {
    /// `train`, `valid` or `test`.
    public var name: String
    /// The row ids.
    public var rows: HashedSequence

    /// Collects the parts.
    public init(name: String, rows: HashedSequence) { (self.name, self.rows) = (name, rows) }
  }

  /// The inputs; none for standard input.
  public var files: [File] = []
  /// The columns of the table; none for tensors.
  public var columns: [Column] = []
  /// How the rows were divided.
  public var parts: [Part] = []
  /// The fitted recipe, as JSON; nil for tensors without one.
  public var recipe: String?
  /// What the trainer was told: layers, loss, optimizer, as JSON.
  public var settings: String?
  /// The rows and the loss of each step.
  public var steps = StepRecord()
  /// SHA-256 of the weights at the end; nil while the training goes on.
  public var weights: String?

  /// Begins with nothing known.
  public init() {}

  /// The key of a model's or checkpoint's metadata.
  static let key = "run"
}

// As JSON.
extension RunRecord {
  /// Reads the JSON text of a model's or checkpoint's metadata.
  ///
  /// - Throws: `TrainingError` of kind `format`.
  public init(json: String, name: String) throws(TrainingError) {
    do {
      self = try JSONDecoder().decode(RunRecord.self, from: Data(json.utf8))
    } catch {
      throw TrainingError(
        .format,
        "'\(name)': its record of the run cannot be read: \(error)",
        underlying: error
      )
    }
  }
}

extension SavedModel {
  /// What the model's training was made of; nil when the file does not say.
  ///
  /// - Throws: `TrainingError` of kind `format` when it cannot be read.
  public func run() throws(TrainingError) -> RunRecord? {
    guard let json = metadata[RunRecord.key] else { return nil }
    return try RunRecord(json: json, name: "the model")
  }

  /// Metadata with the record of a run.
  ///
  /// - Throws: `TrainingError` of kind `format`.
  public static func metadata(
    _ metadata: [String: String],
    adding run: RunRecord
  ) throws(TrainingError) -> [String: String] {
    var metadata = metadata
    metadata[RunRecord.key] = try run.json()
    return metadata
  }
}

extension Checkpoint {
  /// What the training was made of, up to this step; nil when its metadata does not say.
  ///
  /// - Throws: `TrainingError` of kind `format` when it cannot be read.
  public func run() throws(TrainingError) -> RunRecord? {
    guard let json = metadata[RunRecord.key] else { return nil }
    var run = try RunRecord(json: json, name: "the checkpoint")
    run.steps = state.steps
    return run
  }
}
