extension Array where Element == any Transformer {
  /// The names of the features that the steps make of columns.
  ///
  /// A column that a step adds stands where the plan names it, else behind the last feature that
  /// the step made of one of its columns.
  func featureNames(from features: [String]) -> [String] {
    var names = features
    for step in self {
      let made = Set(step.columns.flatMap { step.outputNames(of: $0) })
      names = names.flatMap { step.outputNames(of: $0) }
      let added = step.addedColumns.filter { !names.contains($0) }
      guard !added.isEmpty else { continue }
      let last = names.lastIndex { made.contains($0) } ?? names.count - 1
      names.insert(contentsOf: added, at: last + 1)
    }
    return names
  }
}
