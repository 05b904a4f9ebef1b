internal import Foundation

// A plan as JSON that a person can read and edit.
extension RecipePlan: Codable {
  private static let format = "swift-tabular recipe plan"
  private static let version = 1

  private enum CodingKeys: String, CodingKey {
    case format, version, features, steps, target, task, dropNullTargets
  }

  /// Decodes a plan, and checks its format, its version and the settings of its steps.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard try container.decode(String.self, forKey: .format) == Self.format else {
      throw PreprocessingError(.recipe, "its format is not '\(Self.format)'")
    }
    let version = try container.decode(Int.self, forKey: .version)
    guard version == Self.version else {
      throw PreprocessingError(
        .recipe,
        "it is of version \(version), this program reads version \(Self.version)"
      )
    }
    self.init(
      features: try container.decode([String].self, forKey: .features),
      steps: try container.decode([PlannedStep].self, forKey: .steps).map(\.estimator),
      target: try container.decodeIfPresent(String.self, forKey: .target),
      task: try container.decodeIfPresent(TargetEncoding.Task.self, forKey: .task),
      dropNullTargets: try container.decodeIfPresent(Bool.self, forKey: .dropNullTargets) ?? false
    )
    if let name = features.firstRepeated {
      throw PreprocessingError(.recipe, "it has the feature '\(name)' twice")
    }
  }

  /// Encodes the plan with its format and version; held-out parts are not written.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.format, forKey: .format)
    try container.encode(Self.version, forKey: .version)
    try container.encode(features, forKey: .features)
    try container.encode(steps.map { PlannedStep(estimator: $0) }, forKey: .steps)
    try container.encodeIfPresent(target, forKey: .target)
    try container.encodeIfPresent(task, forKey: .task)
    try container.encode(dropNullTargets, forKey: .dropNullTargets)
  }

  /// The JSON text, keys sorted.
  ///
  /// - Throws: `PreprocessingError` of kind `recipe` for a step that is a closure.
  public func json() throws(PreprocessingError) -> String {
    try RecipeFile.text(of: self, "recipe plan")
  }

  /// Reads a plan from JSON text, which errors call `name`.
  ///
  /// - Throws: `PreprocessingError` of kind `recipe` that says what is wrong with it.
  public init(json: String, name: String = "plan") throws(PreprocessingError) {
    self = try RecipeFile.read(json, "recipe plan", name: name)
  }

  /// Saves the plan; the file appears under its name when it is complete.
  ///
  /// - Throws: `PreprocessingError` of kind `file` when it cannot be written.
  public func save(to path: String) throws(PreprocessingError) {
    try RecipeFile.save(json(), to: path)
  }

  /// Whether JSON text says that it is a plan, and not a fitted recipe.
  package static func isPlan(_ json: String) -> Bool {
    struct Head: Decodable { var format: String }
    return (try? JSONDecoder().decode(Head.self, from: Data(json.utf8)))?.format == format
  }
}
