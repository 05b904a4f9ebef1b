internal import TabularCSV
public import TabularFrame

/// Replaces categories by the mean target of their rows, drawn towards the mean of all, as
/// scikit-learn's `TargetEncoder`.
///
/// Two classes make one column, the share of the second in sorted order; more make a column a class,
/// `column_class`; numbers make one column, their mean. A null is a category. A category that the fit
/// did not see becomes the mean of all rows, and is counted.
///
/// A row must not see its own target: training data are transformed by `fitTransform` or
/// `crossFitted`, which encode each of five folds by the other four.
public struct TargetEncoder: CrossFittingEstimator, Codable {
  /// How far a category's mean is drawn towards the mean of all.
  public enum Smoothing: Codable, Sendable, Equatable {
    /// By empirical Bayes: the more, the fewer rows it has and the more they differ.
    case automatic
    /// As if it had so many more rows of the mean of all.
    case given(Double)
  }

  /// What the target is.
  public enum TargetType: String, Codable, Sendable {
    /// Text, bools, and integers of at most 20 different values are classes, other numbers values.
    case automatic
    /// Classes.
    case classes
    /// Numbers.
    case continuous
  }

  /// The columns: text, integers or bools.
  public let columns: [String]
  /// The column that it learns from.
  public let target: String
  /// How far a category's mean is drawn towards the mean of all.
  public let smoothing: Smoothing
  /// What the target is.
  public let targetType: TargetType
  /// What the folds of rows come from, together with their ids.
  public let seed: UInt64

  /// The number of folds of a cross-fit.
  public static let foldCount = 5

  /// Integers with more different values are numbers.
  static let largestClassCount = 20
  /// More classes than anybody encodes.
  static let mostClasses = 1000

  /// Creates an encoder; a smoothing below 0 traps.
  public init(
    columns: [String],
    target: String,
    smoothing: Smoothing = .automatic,
    targetType: TargetType = .automatic,
    seed: UInt64 = 0
  ) {
    if case .given(let smooth) = smoothing {
      precondition(smooth >= 0 && smooth.isFinite, "a smoothing of \(smooth)")
    }
    self.columns = columns
    self.target = target
    self.smoothing = smoothing
    self.targetType = targetType
    self.seed = seed
  }

  /// A state that has seen no row.
  public func makeState() -> State { State(encoder: self) }

  /// The fold of a row, 0 to 4.
  static func fold(of row: RowID, seed: UInt64) -> UInt8 {
    let hash = SplitMix64.mix(SplitMix64.mix(seed &+ 0x9E37_79B9_7F4A_7C15) ^ row.rawValue)
    return UInt8(hash.multipliedFullWidth(by: UInt64(foldCount)).high)
  }
}

/// An encoder that knows the encoding of each category.
public struct FittedTargetEncoder: Transformer {
  /// `target`.
  public static var name: String { "target" }

  struct Encodings: Codable, Sendable, Equatable {
    var vocabulary: Vocabulary
    /// By output column, then by position; the null's is the last where the fit saw one.
    var values: [[Double]]
  }

  let encodings: [Encodings]
  /// The column that it learned from.
  public let target: String
  /// The classes in sorted order; nil where the target is a number.
  public let classes: [CategoryKey]?
  /// The mean of the target, or the share of each class that has a column.
  public let means: [Double]

  /// The columns.
  public var columns: [String] { encodings.map(\.vocabulary.column) }

  /// The categories of a column in sorted order.
  public func categories(of column: String) -> [CategoryKey]? {
    encodings.first { $0.vocabulary.column == column }?.vocabulary.categories
  }

  /// The encodings of a column's categories, a list an output column; the null's is the last where
  /// the fit saw one.
  public func encodings(of column: String) -> [[Double]]? {
    encodings.first { $0.vocabulary.column == column }?.values
  }

  /// The column itself, or `column_class` for each of more than two classes.
  public func outputNames(of column: String) -> [String] {
    guard let classes, classes.count > 2, columns.contains(column) else { return [column] }
    return classes.map { "\(column)_\($0)" }
  }

  /// Replaces each column by its encodings, float64.
  ///
  /// Rows that it was fitted to see their own targets: `crossFitted` transforms those.
  public func applied(to frame: DataFrame, report: inout TransformReport)
    throws(PreprocessingError) -> DataFrame
  {
    try frame.replacing(
      encodings.map(\.vocabulary),
      report: &report,
      names: { outputNames(of: columns[$0]) }
    ) { (index, positions, _) throws(PreprocessingError) -> [Column] in
      zip(encodings[index].values, means).map { values, mean in
        let column = positions.withUnsafeBufferPointer { positions in
          values.withUnsafeBufferPointer { values in
            FixedVector<Double>(count: positions.count) { row in
              let position = Int(positions[row])
              return position < 0 ? mean : values[position]
            }
          }
        }
        return Column(storage: .float64(column), validity: nil)
      }
    }
  }
}
