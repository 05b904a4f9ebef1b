internal import Foundation
public import TabularFrame
public import TabularPreprocessing
public import TabularTensor

/// The rows of a table, which a fitted recipe turns into features a batch at a time.
///
/// The table stays as small as it is: texts are codes, and a column of a hundred categories becomes a
/// hundred features in the batch alone. Where memory does not matter, `recipe.applied(to:)` once and
/// a loader of its matrix is faster.
public struct FrameDataset<Scalar: FloatingTensorScalar>: BatchDataset {
  /// The table.
  public let frame: DataFrame
  /// What makes features of its rows.
  public let recipe: Recipe
  private let counted = Counted()

  /// Joins a table and a recipe that was fitted to its like, maybe to itself.
  ///
  /// The batches have labels where the table has the recipe's target.
  ///
  /// - Throws: `PreprocessingError` where the table does not have what the recipe needs; of kind `leak`
  ///   for rows that a step which learns from the target was fitted to.
  public init(_ frame: DataFrame, recipe: Recipe) throws(PreprocessingError) {
    (self.frame, self.recipe) = (frame, recipe)
    var report = TransformReport()
    // The schema of all rows, by the transform of none.
    _ = try recipe.applied(to: frame.slice(0..<0), as: Scalar.self, report: &report)
  }

  /// The number of rows.
  public var count: Int { frame.rowCount }

  /// What the recipe counted in all batches so far: nulls, unseen categories, values out of range.
  public var report: TransformReport { counted.report }

  /// The table's row id.
  public func rowID(at index: Int) -> RowID { frame.ids[index] }

  /// The features and labels of rows; a position outside 0 ..< count traps.
  ///
  /// - Returns: features of shape [indices, columns], and labels of shape [indices] where the table
  ///   has the recipe's target.
  /// - Throws: `PreprocessingError` for values that the recipe refuses.
  public func batch(_ indices: [Int]) throws(PreprocessingError) -> (
    features: Tensor<Scalar>, target: Labels<Scalar>?
  ) {
    var report = TransformReport()
    let matrix = try recipe.applied(to: frame.taking(indices), as: Scalar.self, report: &report)
    counted.add(report)
    return (matrix.features, matrix.labels)
  }

  /// The columns of the table with some rows, and the recipe.
  public var fingerprint: String {
    var hash = Fingerprint()
    hash.combine(count)
    for name in frame.columns { hash.combine(name) }
    for row in Fingerprint.someRows(of: count) {
      hash.combine(frame.ids[row].rawValue)
      hash.combine(frame.slice(row..<row + 1).csv())
    }
    hash.combine((try? recipe.json()) ?? "")
    return hash.text
  }

  /// The counts of batches that several threads make.
  private final class Counted: @unchecked Sendable {
    private let lock = NSLock()
    private var sum = TransformReport()

    var report: TransformReport { lock.withLock { sum } }

    func add(_ report: TransformReport) { lock.withLock { sum.merge(report) } }
  }
}
