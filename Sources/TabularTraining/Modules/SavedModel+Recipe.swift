internal import Foundation
public import TabularPreprocessing
internal import TabularTensor

// What a model needs besides its weights to predict from a table.
extension SavedModel {
  private static let recipeKey = "recipe"
  private static let classesKey = "classes"

  /// Metadata that holds a recipe, and the names of the classes.
  ///
  /// - Parameters:
  ///   - recipe: what makes the model's features; nil when they came from elsewhere.
  ///   - classes: the names in the order of the class numbers; the recipe's own unless given.
  /// - Returns: what `SavedModel.metadata` is to hold.
  /// - Throws: `TrainingError` of kind `format` when the recipe cannot be written.
  public static func metadata(recipe: Recipe?, classes: [String]? = nil) throws(TrainingError)
    -> [String: String]
  {
    var metadata: [String: String] = [:]
    do throws(PreprocessingError) {
      metadata[recipeKey] = try recipe?.json()
    } catch {
      throw TrainingError(.format, error.description, underlying: error)
    }
    if let classes = classes ?? recipe?.target?.classes {
      metadata[classesKey] = "[\(classes.map(jsonString).joined(separator: ", "))]"
    }
    return metadata
  }

  /// The recipe that makes the model's features; nil when the file holds none.
  ///
  /// - Throws: `TrainingError` of kind `format` when the file's recipe cannot be read.
  public func recipe() throws(TrainingError) -> Recipe? {
    guard let text = metadata[Self.recipeKey] else { return nil }
    do throws(PreprocessingError) {
      return try Recipe(json: text, name: "the model's recipe")
    } catch {
      throw TrainingError(.format, error.description, underlying: error)
    }
  }

  /// The names of the classes in the order of their numbers; nil when the file holds none.
  ///
  /// - Throws: `TrainingError` of kind `format` when they are no list of texts.
  public func classes() throws(TrainingError) -> [String]? {
    guard let text = metadata[Self.classesKey] else { return nil }
    do {
      return try JSONDecoder().decode([String].self, from: Data(text.utf8))
    } catch {
      throw TrainingError(
        .format,
        "the model's classes are no list of texts: \(text)",
        underlying: error
      )
    }
  }
}
