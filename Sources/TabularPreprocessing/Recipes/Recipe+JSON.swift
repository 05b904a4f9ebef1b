internal import Foundation
internal import TabularFiles

// A recipe as JSON that a person can read.
extension Recipe: Codable {
  private static let format = "swift-tabular recipe"
  private static let version = 1

  /// The fitted steps that a recipe's JSON can hold, by name.
  private static let transformers: [String: any Transformer.Type] = Dictionary(
    uniqueKeysWithValues: (numericSteps + encodingSteps).map { ($0.name, $0) }
  )

  private static let numericSteps: [any Transformer.Type] = [
    FittedImputer.self, FittedStandardScaler.self, FittedMinMaxScaler.self,
    FittedMaxAbsScaler.self, FittedRobustScaler.self, FittedLog1pScaler.self,
    FittedQuantileTransformer.self, FittedPowerTransformer.self, FittedKBinsDiscretizer.self,
    FittedPolynomialFeatures.self, FittedDateParts.self, FittedFunctionStep.self,
  ]

  private static let encodingSteps: [any Transformer.Type] = [
    FittedOrdinalEncoder.self, FittedOneHotEncoder.self, FittedTargetEncoder.self,
    FittedFrequencyEncoder.self, FittedCategoryEncoder.self, FittedFeatureHasher.self,
    FittedHashingVectorizer.self, FittedCountVectorizer.self, FittedTfidfVectorizer.self,
  ]

  private enum CodingKeys: String, CodingKey {
    case format, version, rows, inputs, steps, features, target
  }

  private enum StepKeys: String, CodingKey { case step }

  /// Decodes a recipe, and checks its format and version.
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
    inputs = try container.decode([Input].self, forKey: .inputs)
    featureNames = try container.decode([String].self, forKey: .features)
    target = try container.decodeIfPresent(TargetEncoding.self, forKey: .target)
    fittedRows = try container.decode(Int.self, forKey: .rows)
    fingerprint = nil
    var list = try container.nestedUnkeyedContainer(forKey: .steps)
    var steps: [any Transformer] = []
    while !list.isAtEnd { steps.append(try list.decode(AnyTransformer.self).transformer) }
    self.steps = steps
    try refuseContradictions()
  }

  /// Refuses what decodes and yet no fit has written.
  private func refuseContradictions() throws(PreprocessingError) {
    if let name = inputs.map(\.name).firstRepeated {
      throw PreprocessingError(.recipe, "it has two inputs named '\(name)'")
    }
    if let name = featureNames.firstRepeated {
      throw PreprocessingError(.recipe, "it has two features named '\(name)'")
    }
    guard let target else { return }
    guard (target.task == .classification) == (target.categories?.isEmpty == false) else {
      throw PreprocessingError(.recipe, "the classes of its target do not fit a \(target.task)")
    }
    if let category = target.categories?.firstRepeated {
      throw PreprocessingError(.recipe, "its target has the class '\(category)' twice")
    }
  }

  /// Encodes the recipe with its format and version.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.format, forKey: .format)
    try container.encode(Self.version, forKey: .version)
    try container.encode(fittedRows, forKey: .rows)
    try container.encode(inputs, forKey: .inputs)
    try container.encode(featureNames, forKey: .features)
    try container.encodeIfPresent(target, forKey: .target)
    try container.encode(steps.map { AnyTransformer(transformer: $0) }, forKey: .steps)
  }

  /// A step with its name beside what it learned.
  private struct AnyTransformer: Codable {
    let transformer: any Transformer

    init(transformer: any Transformer) { self.transformer = transformer }

    init(from decoder: any Decoder) throws {
      let name = try decoder.container(keyedBy: StepKeys.self).decode(String.self, forKey: .step)
      guard let type = Recipe.transformers[name] else {
        throw PreprocessingError(.recipe, "it has the unknown step '\(name)'")
      }
      transformer = try type.init(from: decoder)
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: StepKeys.self)
      try container.encode(type(of: transformer).name, forKey: .step)
      try transformer.encode(to: encoder)
    }
  }

  /// The JSON text, keys sorted, so that equal recipes are equal texts.
  public func json() throws(PreprocessingError) -> String {
    try RecipeFile.text(of: self, "recipe")
  }

  /// Reads a recipe from JSON text, which errors call `name`.
  ///
  /// - Throws: `PreprocessingError` of kind `recipe` that says what is wrong with it.
  public init(json: String, name: String = "recipe") throws(PreprocessingError) {
    self = try RecipeFile.read(json, "recipe", name: name)
  }

  /// Saves the recipe; the file appears under its name when it is complete.
  ///
  /// - Throws: `PreprocessingError` of kind `file` when it cannot be written.
  public func save(to path: String) throws(PreprocessingError) {
    try RecipeFile.save(json(), to: path)
  }

  /// Reads a saved recipe.
  ///
  /// - Throws: `PreprocessingError` when the file cannot be read, or is no recipe.
  public init(contentsOf path: String) throws(PreprocessingError) {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try InputFile(path: path).readAll()
    } catch {
      throw PreprocessingError(error)
    }
    try self.init(json: String(decoding: bytes, as: UTF8.self), name: path)
  }
}
