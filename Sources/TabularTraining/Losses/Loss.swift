/// What training makes small: a mean over rows.
///
/// Each shard gives the sum over its rows and its normaliser, which is the number of rows, or the
/// sum of their class weights; the mean is the sum of sums divided by the sum of normalisers, so
/// that shards of unequal size count exactly. All formulas and means are PyTorch's.
///
/// ```swift
/// let plain = Loss.crossEntropy
/// let weighted = Loss.crossEntropy(classWeights: [1, 4, 4], labelSmoothing: 0.1)
/// ```
public struct Loss: Sendable, Hashable {
  /// The formula.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// Binary cross-entropy of one output, a logit.
    case binaryCrossEntropyWithLogits
    /// Cross-entropy of an output for each class.
    case crossEntropy
    /// Squared error of one output.
    case meanSquaredError
    /// Absolute error of one output.
    case meanAbsoluteError
    /// Squared error near the value, absolute error away from it.
    case huber
  }

  /// The formula.
  public let kind: Kind
  /// What the terms of positive rows are multiplied by, in binary cross-entropy; 1 otherwise.
  public private(set) var positiveWeight: Float = 1
  /// What the terms of each class are multiplied by, in cross-entropy; nil for 1 each.
  public private(set) var classWeights: [Float]?
  /// The part of each target that is spread over all classes, in cross-entropy, 0 to 1.
  public private(set) var labelSmoothing: Float = 0
  /// The distance at which Huber's loss becomes linear, in the target's unit.
  public private(set) var delta: Float = 1

  /// The formula with its default settings.
  public init(_ kind: Kind) { self.kind = kind }
}

extension Loss {
  /// Binary cross-entropy of one output, a logit z: max(z, 0) - z·y + log(1 + exp(-|z|)).
  ///
  /// Labels are classes 0 and 1, or values in 0 ... 1. Source: PyTorch's
  /// `binary_cross_entropy_with_logits`.
  public static let binaryCrossEntropyWithLogits = Loss(.binaryCrossEntropyWithLogits)

  /// Cross-entropy of an output for each class: -log softmax(outputs)[class].
  ///
  /// Labels are classes. Source: PyTorch's `cross_entropy`.
  public static let crossEntropy = Loss(.crossEntropy)

  /// Squared error of one output: (output - value)².
  ///
  /// Labels are values. Source: PyTorch's `mse_loss`.
  public static let meanSquaredError = Loss(.meanSquaredError)

  /// Absolute error of one output: |output - value|, with the derivative 0 at 0; L1.
  ///
  /// Labels are values. Source: PyTorch's `l1_loss`.
  public static let meanAbsoluteError = Loss(.meanAbsoluteError)

  /// Huber's loss with a delta of 1; see `huber(delta:)`.
  public static let huber = Loss(.huber)

  /// Binary cross-entropy with the terms of positive rows weighted.
  ///
  /// (1 - y)·z + (1 + (w - 1)·y)·(log(1 + exp(-|z|)) + max(-z, 0)), divided by the number of rows;
  /// a weight of the negative rows by the positive ones balances the classes. Source: PyTorch's
  /// `binary_cross_entropy_with_logits` with `pos_weight`.
  ///
  /// - Parameter positiveWeight: w, above 0 and finite; others trap.
  /// - Returns: the loss.
  public static func binaryCrossEntropyWithLogits(positiveWeight: Float) -> Loss {
    var loss = Loss(.binaryCrossEntropyWithLogits)
    loss.positiveWeight = positiveWeight
    return loss.trapping()
  }

  /// Cross-entropy with classes weighted, and targets smoothed.
  ///
  /// With the weight w of each of C classes and smoothing s, the term of a row of class y is
  /// -(1 - s)·w[y]·log p[y] - s/C·Σ w[c]·log p[c]; the sum is divided by the sum of the rows' w[y].
  /// Source: PyTorch's `cross_entropy` with `weight` and `label_smoothing`.
  ///
  /// - Parameters:
  ///   - classWeights: w, one for each output, 0 or more and finite, not all 0; others trap.
  ///   - labelSmoothing: s, 0 to 1; others trap.
  /// - Returns: the loss.
  public static func crossEntropy(
    classWeights: [Float]? = nil,
    labelSmoothing: Float = 0
  ) -> Loss {
    var loss = Loss(.crossEntropy)
    loss.classWeights = classWeights
    loss.labelSmoothing = labelSmoothing
    return loss.trapping()
  }

  /// Huber's loss of one output: with d = |output - value|, d²/2 up to delta, delta·(d - delta/2)
  /// above.
  ///
  /// Labels are values. Source: PyTorch's `huber_loss`.
  ///
  /// - Parameter delta: above 0 and finite; others trap.
  /// - Returns: the loss.
  public static func huber(delta: Float) -> Loss {
    var loss = Loss(.huber)
    loss.delta = delta
    return loss.trapping()
  }

  private func trapping() -> Loss {
    if let fault { preconditionFailure(fault) }
    return self
  }

  /// What is wrong with the settings.
  private var fault: String? {
    if !(positiveWeight > 0 && positiveWeight.isFinite) {
      return "positive weight \(positiveWeight), expected above 0"
    }
    if let classWeights {
      if let wrong = classWeights.first(where: { !($0 >= 0 && $0.isFinite) }) {
        return "class weight \(wrong), expected 0 or more"
      }
      if !classWeights.contains(where: { $0 > 0 }) { return "no class has a weight above 0" }
    }
    if !(labelSmoothing >= 0 && labelSmoothing <= 1) {
      return "label smoothing \(labelSmoothing), expected 0 to 1"
    }
    if !(delta > 0 && delta.isFinite) { return "delta \(delta), expected above 0" }
    return nil
  }
}

extension Loss: CaseIterable, CustomStringConvertible {
  /// Each formula with its default settings.
  public static var allCases: [Loss] { Kind.allCases.map { Loss($0) } }

  /// The name of the formula.
  public var description: String { kind.rawValue }

  /// Whether outputs stand for classes.
  var classifies: Bool { kind == .binaryCrossEntropyWithLogits || kind == .crossEntropy }
}

// In JSON a loss is its name, or an object when a setting differs from the default.
extension Loss: Codable {
  private enum CodingKeys: String, CodingKey {
    case kind
    case positiveWeight = "pos_weight"
    case classWeights = "weight"
    case labelSmoothing = "label_smoothing"
    case delta
  }

  /// Reads a name or an object; settings out of their range are refused.
  public init(from decoder: any Decoder) throws {
    if let kind = try? decoder.singleValueContainer().decode(String.self) {
      guard let kind = Kind(rawValue: kind) else {
        let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
        throw DecodingError.dataCorrupted(
          DecodingError.Context(
            codingPath: decoder.codingPath,
            debugDescription: "no loss named '\(kind)'; there are: \(known)"
          )
        )
      }
      self.init(kind)
      return
    }
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(try container.decode(Kind.self, forKey: .kind))
    positiveWeight = try container.decodeIfPresent(Float.self, forKey: .positiveWeight) ?? 1
    classWeights = try container.decodeIfPresent([Float].self, forKey: .classWeights)
    labelSmoothing = try container.decodeIfPresent(Float.self, forKey: .labelSmoothing) ?? 0
    delta = try container.decodeIfPresent(Float.self, forKey: .delta) ?? 1
    if let fault {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: decoder.codingPath,
          debugDescription: "the loss \(kind.rawValue): \(fault)"
        )
      )
    }
  }

  /// Writes the name, or an object with the settings that differ from the default.
  public func encode(to encoder: any Encoder) throws {
    let plain = Loss(kind)
    guard self != plain else {
      var container = encoder.singleValueContainer()
      return try container.encode(kind)
    }
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(kind, forKey: .kind)
    if positiveWeight != 1 { try container.encode(positiveWeight, forKey: .positiveWeight) }
    try container.encodeIfPresent(classWeights, forKey: .classWeights)
    if labelSmoothing != 0 { try container.encode(labelSmoothing, forKey: .labelSmoothing) }
    if delta != 1 { try container.encode(delta, forKey: .delta) }
  }
}
