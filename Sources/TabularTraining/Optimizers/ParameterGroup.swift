/// Parameters that an optimizer moves with settings of their own.
///
/// A parameter belongs to the first group that selects it; one that no group selects has the
/// settings of the `Optimizer.Configuration`.
///
/// ```swift
/// // No decay of biases, and a slower first layer.
/// let configuration = Optimizer.Configuration.adamw(learningRate: 0.01).groups(
///   ParameterGroup(suffix: ".bias", weightDecay: 0), ParameterGroup(prefix: "0.", learningRate: 1e-3))
/// ```
public struct ParameterGroup: Sendable, Hashable, Codable {
  /// How a group selects parameters by their names in the state dict.
  public enum Selection: Sendable, Hashable, Codable {
    /// The names of a list, each of which the model must have.
    case names([String])
    /// The names that begin with a text.
    case prefix(String)
    /// The names that end with a text.
    case suffix(String)
  }

  /// Which parameters.
  public var selection: Selection
  /// The step size; nil for the configuration's.
  public var learningRate: Double?
  /// The pull of the weights towards 0; nil for the configuration's.
  public var weightDecay: Double?

  /// Selects the parameters of a list of names, such as `0.weight`.
  public init(_ names: [String], learningRate: Double? = nil, weightDecay: Double? = nil) {
    self.init(.names(names), learningRate, weightDecay)
  }

  /// Selects the parameters whose names begin with a text, such as `0.`.
  public init(prefix: String, learningRate: Double? = nil, weightDecay: Double? = nil) {
    self.init(.prefix(prefix), learningRate, weightDecay)
  }

  /// Selects the parameters whose names end with a text, such as `.bias`.
  public init(suffix: String, learningRate: Double? = nil, weightDecay: Double? = nil) {
    self.init(.suffix(suffix), learningRate, weightDecay)
  }

  /// Selects the parameters of a model for which a function of the name holds.
  ///
  /// The function is asked now, and the names are kept.
  public init(
    of model: Sequential,
    learningRate: Double? = nil,
    weightDecay: Double? = nil,
    where isSelected: (_ name: String) throws -> Bool
  ) rethrows {
    let names = try model.layout.slices.map(\.name).filter(isSelected)
    self.init(.names(names), learningRate, weightDecay)
  }

  private init(_ selection: Selection, _ learningRate: Double?, _ weightDecay: Double?) {
    self.selection = selection
    self.learningRate = learningRate
    self.weightDecay = weightDecay
  }

  /// Whether a name is the group's.
  func selects(_ name: String) -> Bool {
    switch selection {
    case .names(let names): names.contains(name)
    case .prefix(let text): name.hasPrefix(text)
    case .suffix(let text): name.hasSuffix(text)
    }
  }

  /// Refuses a group that selects nothing of a model, or names what the model has not.
  func check(for layout: ParameterLayout) throws(TrainingError) {
    if case .names(let names) = selection {
      guard let wrong = names.first(where: { layout.slice(named: $0) == nil }) else { return }
      let known = layout.slices.map(\.name).joined(separator: ", ")
      throw TrainingError(
        .name,
        "a parameter group names '\(wrong)', which the model has not; it has: \(known)"
      )
    }
    guard !layout.slices.contains(where: { selects($0.name) }) else { return }
    throw TrainingError(.name, "a parameter group selects no parameter: \(selection)")
  }
}

extension Optimizer {
  /// What the parameters of one group are moved with.
  struct Settings: Sendable, Hashable {
    var learningRate: Double
    var weightDecay: Double
  }

  /// Neighbouring parameters of one group.
  struct Run: Sendable, Hashable {
    var range: Range<Int>
    /// The position among the groups; 0 is that of the parameters in none.
    var group: Int
  }
}

extension Optimizer.Configuration {
  /// The same rule with parameter groups; a parameter belongs to the first that selects it.
  public func groups(_ groups: ParameterGroup...) -> Optimizer.Configuration {
    var copy = self
    copy.groups = groups
    return copy
  }

  /// Refuses groups that do not fit a model.
  ///
  /// - Throws: `TrainingError` of kind `name` when a group selects nothing, or names a parameter
  ///   that the model has not.
  public func check(for model: Sequential) throws(TrainingError) {
    for group in groups { try group.check(for: model.layout) }
  }

  /// The settings of the parameters in no group, then of each group.
  var settings: [Optimizer.Settings] {
    let own = Optimizer.Settings(learningRate: learningRate, weightDecay: weightDecay)
    return [own]
      + groups.map {
        Optimizer.Settings(
          learningRate: $0.learningRate ?? learningRate,
          weightDecay: $0.weightDecay ?? weightDecay
        )
      }
  }

  /// The runs of a model's parameters, first to last.
  func runs(of layout: ParameterLayout) -> [Optimizer.Run] {
    guard !groups.isEmpty else { return [Optimizer.Run(range: 0..<layout.count, group: 0)] }
    var runs: [Optimizer.Run] = []
    for slice in layout.slices {
      let group = 1 + (groups.firstIndex { $0.selects(slice.name) } ?? -1)
      if let last = runs.last, last.group == group {
        runs[runs.count - 1].range = last.range.lowerBound..<slice.range.upperBound
      } else {
        runs.append(Optimizer.Run(range: slice.range, group: group))
      }
    }
    return runs
  }
}
