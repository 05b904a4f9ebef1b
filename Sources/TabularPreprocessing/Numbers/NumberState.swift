public import TabularFrame

/// What a numeric estimator gathers: exact sums, range and values of each of its columns.
public struct NumberState<Fitted: Transformer>: FittingState {
  let columns: [String]
  let needs: NumberFold.Needs
  var folds: [NumberFold]
  let finishing: @Sendable ([String], [NumberFold]) throws(PreprocessingError) -> Fitted

  init(
    _ columns: [String],
    needs: NumberFold.Needs,
    finishing: @escaping @Sendable ([String], [NumberFold]) throws(PreprocessingError) -> Fitted
  ) {
    self.columns = columns
    self.needs = needs
    self.finishing = finishing
    folds = columns.map { _ in NumberFold() }
  }

  /// Takes the rows of a chunk.
  public mutating func observe(_ chunk: DataFrame) throws(PreprocessingError) {
    try NumberFold.observe(columns, in: chunk, needs: columns.map { _ in needs }, into: &folds)
  }

  /// The bytes of the values.
  public var byteCount: Int { folds.reduce(0) { $0 + $1.byteCount } }

  /// Takes what another state has gathered from other rows.
  public mutating func merge(_ other: NumberState) {
    for i in folds.indices { folds[i].merge(other.folds[i]) }
  }

  /// The fitted step.
  ///
  /// - Throws: `PreprocessingError` of kind `empty` for a column without a value.
  public func finish() throws(PreprocessingError) -> Fitted { try finishing(columns, folds) }
}

/// What is learned of each column from its fold, on all processors; a column without a value is an
/// error that says what it cannot be used for.
func learned<Part: Sendable>(
  _ columns: [String],
  _ folds: [NumberFold],
  to purpose: String,
  _ body: @escaping @Sendable (String, NumberFold) throws(PreprocessingError) -> Part
) throws(PreprocessingError) -> [Part] {
  try mapTasks(columns.count, cells: folds.reduce(0) { $0 + $1.count }) {
    task throws(PreprocessingError) in
    let (name, fold) = (columns[task], folds[task])
    guard fold.count > 0 else {
      throw PreprocessingError(
        .empty,
        "column '\(name)' has no value to \(purpose); drop it",
        column: name
      )
    }
    return try body(name, fold)
  }
}

/// A state that a step after an imputer can be fitted from in the imputer's pass.
protocol NumberFolding: FittingState {
  var columns: [String] { get }
  var needs: NumberFold.Needs { get }
  /// The fitted step of folds that somebody else gathered.
  func finish(_ folds: [NumberFold]) throws(PreprocessingError) -> Fitted
}

extension NumberState: NumberFolding {
  func finish(_ folds: [NumberFold]) throws(PreprocessingError) -> Fitted {
    try finishing(columns, folds)
  }
}
