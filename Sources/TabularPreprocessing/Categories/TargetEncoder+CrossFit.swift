internal import TabularCollectives
internal import TabularCSV
public import TabularFrame

// The training data, each row encoded by other rows.
extension TargetEncoder {
  /// Fits to a table, and transforms it fold by fold.
  ///
  /// - Throws: `PreprocessingError` when a column is missing or does not fit, or the target is null.
  public func fitTransform(_ frame: DataFrame) throws(PreprocessingError) -> (
    fitted: FittedTargetEncoder, transformed: DataFrame
  ) {
    let (fitted, transformed) = try crossFitted(to: [frame])
    return (fitted, transformed[0])
  }

  /// The encoder fitted to all rows, and the rows encoded by an encoder that was fitted to the four
  /// folds in which they are not.
  ///
  /// Folds come from the seed and the row ids. A category that occurs in a row's own fold only
  /// becomes the mean of the other folds. The target column is left as it is.
  ///
  /// - Throws: `PreprocessingError` when a column is missing or does not fit, or the target is null.
  public func crossFit(
    _ forEachChunk: ((DataFrame) throws(PreprocessingError) -> Void) throws(PreprocessingError) ->
      Void
  ) throws(PreprocessingError) -> (
    fitted: FittedTargetEncoder, outOfFold: (DataFrame) throws(PreprocessingError) -> DataFrame
  ) {
    try crossFit(over: nil, forEachChunk)
  }

  /// The same where other processes have other rows: the encoder is fitted to those of all.
  func crossFit(
    over ranks: (any Communicator)?,
    _ forEachChunk: ((DataFrame) throws(PreprocessingError) -> Void) throws(PreprocessingError) ->
      Void
  ) throws(PreprocessingError) -> (
    fitted: FittedTargetEncoder, outOfFold: (DataFrame) throws(PreprocessingError) -> DataFrame
  ) {
    var state = makeState()
    try forEachChunk { chunk throws(PreprocessingError) in try state.observe(chunk) }
    try state.join(ranks)
    let fitted = try state.finish()

    // Once more, with all classes known, and numbers where they are.
    let kind = state.all.kind
    let classCount = max(1, state.classes.count)
    var all = TargetMoments(kind, groups: Self.foldCount, classes: classCount)
    var moments = fitted.encodings.map {
      TargetMoments(kind, groups: Self.foldCount * $0.vocabulary.count, classes: classCount)
    }
    try forEachChunk { chunk throws(PreprocessingError) in
      guard chunk.rowCount > 0 else { return }
      let target = try state.targetValues(of: chunk)
      let folds = folds(of: chunk)
      all.add(folds.map { Int32($0) }, target)
      var columns: [Column] = []
      for name in self.columns { columns.append(try chunk.categories(name)) }
      moments.withUnsafeMutableBufferPointer { moments in
        let shared = SharedElements(moments)
        concurrently(columns.count, cells: columns.count * chunk.rowCount) { index in
          let vocabulary = fitted.encodings[index].vocabulary
          let groups = Int32(vocabulary.count)
          let positions = vocabulary.positions(of: columns[index])
          shared[index].add(zip(positions, folds).map { $0 + Int32($1) * groups }, target)
        }
      }
    }
    try all.join(ranks)
    for index in moments.indices { try moments[index].join(ranks) }
    let (codes, _) = try state.target()
    let others = all.withoutEachFold(groups: 1, classes: classCount)
    let encodings = [[[Double]]](
      concurrently: columns.count,
      cells: moments.reduce(0) { $0 + $1.groups }
    ) { index in
      let groups = fitted.encodings[index].vocabulary.count
      let rest = moments[index].withoutEachFold(groups: groups, classes: classCount)
      return codes.map { code in
        (0..<Self.foldCount).flatMap { fold in
          rest.encodings(
            of: fold * groups..<(fold + 1) * groups,
            classCode: code,
            all: others.summary(of: fold, classCode: code),
            smoothing: smoothing
          )
        }
      }
    }
    return (
      fitted,
      { chunk throws(PreprocessingError) in try encoded(chunk, fitted, encodings) }
    )
  }

  private func folds(of chunk: DataFrame) -> [UInt8] {
    chunk.ids.array.map { Self.fold(of: $0, seed: seed) }
  }

  /// Replaces each column by the encodings of the fold of each row.
  private func encoded(
    _ chunk: DataFrame,
    _ fitted: FittedTargetEncoder,
    _ encodings: [[[Double]]]
  ) throws(PreprocessingError) -> DataFrame {
    let folds = folds(of: chunk)
    var columns: [Column] = []
    for name in self.columns { columns.append(try chunk.categories(name)) }
    let outputs = [[Column]](
      concurrently: columns.count,
      cells: columns.count * chunk.rowCount
    ) { index in
      let vocabulary = fitted.encodings[index].vocabulary
      let positions = vocabulary.positions(of: columns[index])
      return encodings[index].map { encodings in
        let values = FixedVector<Double>(count: positions.count) { row in
          encodings[Int(folds[row]) * vocabulary.count + Int(positions[row])]
        }
        return Column(storage: .float64(values), validity: nil)
      }
    }
    var result = chunk
    for (index, column) in self.columns.enumerated() {
      let names = fitted.outputNames(of: column)
      if names != [column] { result[column] = nil }
      for (name, values) in zip(names, outputs[index]) {
        try result.append(values, name, from: column)
      }
    }
    return result
  }
}

extension TargetMoments {
  /// Of `groups` groups in each fold, fold after fold: the moments of all other folds.
  fileprivate func withoutEachFold(groups: Int, classes: Int) -> TargetMoments {
    let folds = TargetEncoder.foldCount
    var result = TargetMoments(kind, groups: folds * groups, classes: classes)
    for fold in 1..<folds {
      // Group g of fold f counts for the fold that is `fold` further on.
      result.merge(self) { ($0 + fold * groups) % (folds * groups) }
    }
    return result
  }
}
