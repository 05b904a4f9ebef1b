public import TabularFrame
public import TabularTensor

/// What there is to learn: a class number a row, or a value a row.
public enum Labels<Scalar: FloatingTensorScalar>: Sendable, Equatable {
  /// Class numbers 0 ..< k, shape [rows].
  case classes(Tensor<Int64>)
  /// Values to regress, shape [rows].
  case values(Tensor<Scalar>)

  /// The number of rows.
  public var count: Int {
    switch self {
    case .classes(let tensor): tensor.count
    case .values(let tensor): tensor.count
    }
  }
}

/// The tensors that a recipe makes of a table: features, and the target where there is one.
public struct FeatureMatrix<Scalar: FloatingTensorScalar>: Sendable {
  /// The features, row-major, shape [rows, columns].
  public let features: Tensor<Scalar>
  /// A name for each column of `features`.
  public let featureNames: [String]
  /// The target, shape [rows]; nil when the table has none.
  public let labels: Labels<Scalar>?
  /// The original text of each class, in the order of the class numbers; nil when regressing.
  public let classes: [String]?
  /// Where each row came from, as many as rows.
  public let rowIDs: [RowID]

  /// Collects the parts; traps when their counts do not agree.
  public init(
    features: Tensor<Scalar>,
    featureNames: [String],
    labels: Labels<Scalar>? = nil,
    classes: [String]? = nil,
    rowIDs: [RowID]? = nil
  ) {
    precondition(features.shape.rank == 2, "features of shape \(features.shape)")
    let rows = features.shape[0]
    precondition(features.shape[1] == featureNames.count, "names for \(features.shape) features")
    precondition(labels.map { $0.count == rows } ?? true, "labels for \(rows) rows")
    precondition(rowIDs.map { $0.count == rows } ?? true, "row ids for \(rows) rows")
    self.features = features
    self.featureNames = featureNames
    self.labels = labels
    self.classes = classes
    self.rowIDs = rowIDs ?? (0..<rows).map { RowID(record: $0) }
  }

  /// The number of rows.
  public var rowCount: Int { features.shape[0] }
}
