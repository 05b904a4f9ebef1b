internal import FoundationEssentials
internal import TabularLoading

/// What a training was told to do, which it must be told again to go on.
struct TrainingSettings: Codable, Equatable {
  var layers: String
  var loss: Loss
  var optimizer: Optimizer.Configuration
  var schedule: Schedule
  var clipping: GradientClipping?
  var accumulation: Int
  /// The fingerprint of the rows' weights.
  var rowWeights: String?
  var shards: Int?
  var seed: UInt64
}

extension Encodable {
  /// The value as JSON with sorted keys, the same text for the same value.
  func json() throws(TrainingError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    do {
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    } catch {
      throw TrainingError(
        .format,
        "\(Self.self) cannot be written as JSON: \(error)",
        underlying: error
      )
    }
  }
}

/// An epoch that was under way.
struct PartialEpoch: Codable {
  /// The batches that were delivered.
  var cursor: LoaderCursor
  /// The steps so far.
  var meter: EpochMeter.Sums
}

/// What a checkpoint holds besides tensors.
struct TrainingState: Codable {
  static let version = 1

  var version = Self.version
  var settings: TrainingSettings
  var epochCount: Int
  var stepCount: Int
  var partial: PartialEpoch?
  var best: BestEpoch.Numbers?
  var epochs: [History.Summary]
  var steps: StepRecord
  /// OpenBLAS's name of the processor: another one has other bits.
  var processor: String

  init(
    settings: TrainingSettings,
    epochCount: Int,
    stepCount: Int,
    partial: PartialEpoch?,
    best: BestEpoch.Numbers?,
    epochs: [History.Summary],
    steps: StepRecord
  ) {
    self.settings = settings
    (self.epochCount, self.stepCount, self.partial) = (epochCount, stepCount, partial)
    (self.best, self.epochs, self.steps) = (best, epochs, steps)
    processor = BLAS.processor
  }

  init(json: String, name: String) throws(TrainingError) {
    do {
      self = try JSONDecoder().decode(TrainingState.self, from: Data(json.utf8))
    } catch {
      throw TrainingError(
        .checkpoint,
        "'\(name)': its state cannot be read: \(error)",
        underlying: error
      )
    }
    guard version == Self.version else {
      throw TrainingError(
        .checkpoint,
        "'\(name)' has version \(version), and version \(Self.version) is expected; "
          + "go on with the release that wrote it"
      )
    }
  }
}
