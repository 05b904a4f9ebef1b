public import TabularFrame
public import TabularPreprocessing
public import TabularTensor

/// The rows of a table, which a fitted recipe has turned into features, in little memory.
///
/// The recipe is applied once. What it makes is kept packed: a column of a hundred categories takes a
/// byte a row, or two, and becomes a hundred floats in the batch alone; ids of embeddings and other
/// integers take the bytes that they need. The batches are, to the last bit, those of a loader of
/// `recipe.applied(to:)`, which is faster where all features are floats anyway.
public struct FrameDataset<Scalar: FloatingTensorScalar>: BatchDataset {
  /// What made the features.
  public let recipe: Recipe
  /// What the recipe counted: nulls, unseen categories, values out of range.
  public let report: TransformReport
  /// The columns of the table with some rows, and the recipe.
  public let fingerprint: String

  private let ids: RowIDs
  private let features: PackedFeatures<Scalar>
  private let labels: Labels<Scalar>?

  /// Applies a recipe, which was fitted to the table or to its like; the table is not held.
  ///
  /// The batches have labels where the table has the recipe's target.
  ///
  /// - Throws: `PreprocessingError` where the table does not have what the recipe needs, or values that
  ///   it refuses; of kind `leak` for rows that a step which learns from the target was fitted to.
  public init(_ frame: DataFrame, recipe: Recipe) throws(PreprocessingError) {
    self.recipe = recipe
    ids = frame.ids
    var report = TransformReport()
    (features, labels) = try recipe.packed(frame, as: Scalar.self, report: &report)
    self.report = report
    fingerprint = Self.fingerprint(of: frame, recipe)
  }

  /// The number of rows.
  public var count: Int { features.rowCount }

  /// The names of the features, the columns of each batch.
  public var featureNames: [String] { recipe.featureNames }

  /// The bytes of the packed features of all rows.
  public var byteCount: Int { features.byteCount }

  /// The table's row id.
  public func rowID(at index: Int) -> RowID { ids[index] }

  /// The features and labels of rows; a position outside 0 ..< count traps.
  ///
  /// - Returns: features of shape [indices, columns], and labels of shape [indices] where the table
  ///   has the recipe's target.
  public func batch(_ indices: [Int]) -> (features: Tensor<Scalar>, target: Labels<Scalar>?) {
    batch(indices, in: .alone)
  }

  /// The features and labels of rows in the loader's memory; a position outside 0 ..< count traps.
  ///
  /// - Returns: features of shape [indices, columns], and labels of shape [indices] where the table
  ///   has the recipe's target.
  public func batch(_ indices: [Int], in context: BatchContext) -> (
    features: Tensor<Scalar>, target: Labels<Scalar>?
  ) {
    let rows = context.tensor(shape: [indices.count, features.columnCount]) { slots in
      features.gather(indices, into: slots)
    }
    return (rows, labels?.gathered(indices, in: context))
  }

  private static func fingerprint(of frame: DataFrame, _ recipe: Recipe) -> String {
    var hash = Fingerprint()
    hash.combine(frame.rowCount)
    for name in frame.columns { hash.combine(name) }
    for row in Fingerprint.someRows(of: frame.rowCount) {
      hash.combine(frame.ids[row].rawValue)
      hash.combine(frame.slice(row..<row + 1).csv())
    }
    hash.combine((try? recipe.json()) ?? "")
    return hash.text
  }
}
