public import TabularFrame

/// A step to be fitted: it looks at columns and learns what it needs to transform them.
///
/// Fitting is a fold with a merge: any division of the rows into chunks, in any order, gives the
/// same fitted step, to the last bit.
public protocol Estimator: Sendable {
  /// What is gathered from chunks of rows.
  associatedtype State: FittingState
  /// The columns that the step takes.
  var columns: [String] { get }
  /// Names of columns that the step may add beside those that it makes of one.
  var addedColumns: [String] { get }
  /// A state that has seen no row.
  func makeState() -> State
}

/// An estimator that learns from the target too; the rows that it is fitted to are transformed out
/// of fold.
public protocol CrossFittingEstimator: Estimator {
  /// The column that it learns from, beside those that it takes.
  var target: String { get }
  /// The fitted step, and what transforms the rows of the fit so that no row sees its own target.
  ///
  /// A row's fold comes from a hash of a seed and its row id, so the answer is the same for any
  /// division of the rows into chunks. The target column is left as it is.
  ///
  /// - Parameter forEachChunk: gives each chunk of the rows; called as often as the fit needs.
  /// - Returns: the fitted step, and the transformation of a chunk of these rows.
  /// - Throws: `PreprocessingError` when a column is missing, of a wrong type, or has no value.
  func crossFit(
    _ forEachChunk: ((DataFrame) throws(PreprocessingError) -> Void) throws(PreprocessingError) ->
      Void
  ) throws(PreprocessingError) -> (
    fitted: State.Fitted, outOfFold: (DataFrame) throws(PreprocessingError) -> DataFrame
  )
}

extension CrossFittingEstimator {
  /// The fitted step, and the chunks transformed so that no row sees its own target.
  ///
  /// - Throws: `PreprocessingError` when a column is missing, of a wrong type, or has no value.
  public func crossFitted(to chunks: [DataFrame]) throws(PreprocessingError) -> (
    fitted: State.Fitted, transformed: [DataFrame]
  ) {
    let (fitted, outOfFold) = try crossFit { body throws(PreprocessingError) in
      for chunk in chunks { try body(chunk) }
    }
    var transformed: [DataFrame] = []
    for chunk in chunks { transformed.append(try outOfFold(chunk)) }
    return (fitted, transformed)
  }
}

/// What a fit has gathered so far.
public protocol FittingState: Sendable {
  /// The step that comes of it.
  associatedtype Fitted: Transformer
  /// Takes the rows of a chunk.
  mutating func observe(_ chunk: DataFrame) throws(PreprocessingError)
  /// Takes what another state has gathered from other rows.
  mutating func merge(_ other: Self)
  /// The fitted step.
  func finish() throws(PreprocessingError) -> Fitted
  /// About how many bytes it has gathered: what grows with the rows, for a fit in bounded memory.
  var byteCount: Int { get }
}

extension FittingState {
  /// Nothing that grows.
  public var byteCount: Int { 0 }
}

extension Estimator {
  /// None.
  public var addedColumns: [String] { [] }

  /// Fits to the rows of a frame.
  ///
  /// - Throws: `PreprocessingError` when a column is missing, of a wrong type, or has no value.
  public func fitted(to frame: DataFrame) throws(PreprocessingError) -> State.Fitted {
    try fitted(to: CollectionOfOne(frame))
  }

  /// Fits to the rows of several chunks.
  ///
  /// - Throws: `PreprocessingError` when a column is missing, of a wrong type, or has no value.
  public func fitted(to chunks: some Sequence<DataFrame>) throws(PreprocessingError)
    -> State.Fitted
  {
    var state = makeState()
    for chunk in chunks { try state.observe(chunk) }
    return try state.finish()
  }
}

/// A fitted step: it transforms columns by nothing but what it learned.
public protocol Transformer: Codable, Sendable {
  /// The name of the step in a recipe's JSON.
  static var name: String { get }
  /// The columns that the step takes.
  var columns: [String] { get }
  /// The names of the columns that it makes of one of them.
  func outputNames(of column: String) -> [String]
  /// The names of the columns that it adds beside.
  var addedColumns: [String] { get }
  /// Transforms a frame and counts what it met.
  ///
  /// - Throws: `PreprocessingError` when a column is missing, or of a type that the fit did not see.
  func applied(to frame: DataFrame, report: inout TransformReport) throws(PreprocessingError)
    -> DataFrame
}

extension Transformer {
  /// The column's own name.
  public func outputNames(of column: String) -> [String] { [column] }

  /// None.
  public var addedColumns: [String] { [] }

  /// Transforms a frame.
  ///
  /// - Throws: `PreprocessingError` when a column is missing, or of a type that the fit did not see.
  public func applied(to frame: DataFrame) throws(PreprocessingError) -> DataFrame {
    var report = TransformReport()
    return try applied(to: frame, report: &report)
  }
}

/// What steps met while they transformed rows, by column.
public struct TransformReport: Sendable, Equatable {
  /// Nulls (and NaN) that a step replaced or encoded.
  public internal(set) var nulls: [String: Int] = [:]
  /// Categories that the fit did not see.
  public internal(set) var unseen: [String: Int] = [:]
  /// Numbers outside the range that the fit saw.
  public internal(set) var outOfRange: [String: Int] = [:]
  /// Integers that lost digits in the floats of a feature matrix.
  public internal(set) var rounded: [String: Int] = [:]

  /// Creates a report that counts nothing yet.
  public init() {}

  /// What features lost, as lines.
  package var lostDigits: [String] {
    var lost = TransformReport()
    lost.rounded = rounded
    return lost.notices
  }

  /// Each count as one line.
  public var notices: [String] {
    func lines(_ counts: [String: Int], _ what: String) -> [String] {
      counts.filter { $0.value > 0 }.sorted { $0.key < $1.key }
        .map { "column '\($0.key)': \($0.value) \(what)" }
    }
    return lines(nulls, "null") + lines(unseen, "of a category unseen in the fit")
      + lines(outOfRange, "outside the range of the fit") + lines(rounded, "rounded, digits lost")
  }
}
