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
  public func crossFitted(to chunks: [DataFrame]) throws(PreprocessingError) -> (
    fitted: FittedTargetEncoder, transformed: [DataFrame]
  ) {
    var state = makeState()
    for chunk in chunks { try state.observe(chunk) }
    let fitted = try state.finish()
    let (codes, _) = try state.target()

    // With all classes known, and numbers where they are.
    var targets: [State.Target] = []
    var folds: [[UInt8]] = []
    for chunk in chunks {
      targets.append(chunk.rowCount == 0 ? .numbers([]) : try state.targetValues(of: chunk))
      folds.append(chunk.ids.array.map { Self.fold(of: $0, seed: seed) })
    }
    let kind = state.all.kind
    let classCount = max(1, state.classes.count)
    var all = TargetMoments(kind, groups: Self.foldCount, classes: classCount)
    for (fold, target) in zip(folds, targets) { all.add(fold.map { Int32($0) }, target) }
    let others = all.withoutEachFold(groups: 1, classes: classCount)

    let rows = chunks.reduce(0) { $0 + $1.rowCount }
    let outputs = try [[[Column]]](concurrently: columns.count, cells: columns.count * rows) {
      (index) throws(PreprocessingError) -> [[Column]] in
      let vocabulary = fitted.encodings[index].vocabulary
      let groups = vocabulary.count
      var moments = TargetMoments(kind, groups: Self.foldCount * groups, classes: classCount)
      var positions: [[Int32]] = []
      for (i, chunk) in chunks.enumerated() {
        positions.append(vocabulary.positions(of: try chunk.categories(columns[index])))
        moments.add(
          zip(positions[i], folds[i]).map { $0 + Int32($1) * Int32(groups) },
          targets[i]
        )
      }
      let rest = moments.withoutEachFold(groups: groups, classes: classCount)
      let encodings = codes.map { code in
        (0..<Self.foldCount).flatMap { fold in
          rest.encodings(
            of: fold * groups..<(fold + 1) * groups,
            classCode: code,
            all: others.summary(of: fold, classCode: code),
            smoothing: smoothing
          )
        }
      }
      return chunks.indices.map { chunk in
        encodings.map { encodings in
          let values = FixedVector<Double>(count: positions[chunk].count) { row in
            encodings[Int(folds[chunk][row]) * groups + Int(positions[chunk][row])]
          }
          return Column(storage: .float64(values), validity: nil)
        }
      }
    }
    var transformed = chunks
    for (index, column) in columns.enumerated() {
      let names = fitted.outputNames(of: column)
      for chunk in chunks.indices {
        if names != [column] { transformed[chunk][column] = nil }
        for (name, values) in zip(names, outputs[index][chunk]) {
          try transformed[chunk].append(values, name, from: column)
        }
      }
    }
    return (fitted, transformed)
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
