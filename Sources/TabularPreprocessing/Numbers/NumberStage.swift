internal import TabularCollectives
internal import TabularFrame

/// Steps of numbers that one pass over the rows can fit: imputers, and behind them a step a column
/// whose fold follows from the imputer's in closed form.
///
/// The folds are exact, so the answer is the one of a pass a step, to the last bit.
struct NumberStage {
  private(set) var columns: [String] = []
  private var needs: [String: NumberFold.Needs] = [:]
  private var steps: [any Estimator] = []
  private var folds: [NumberFold] = []
  /// The columns whose folds are complete.
  private var known: Set<Int> = []

  var isEmpty: Bool { steps.isEmpty }
  var isComplete: Bool { known.count == columns.count }
  var count: Int { steps.count }

  /// The longest run of such steps at the head of a list.
  ///
  /// - Parameters:
  ///   - list: steps in order, of which the run is taken.
  ///   - frame: has the columns that the rows have.
  ///   - approximates: whether quantiles may come from a sketch.
  init(_ list: ArraySlice<any Estimator>, over frame: DataFrame, approximates: Bool = false) {
    var imputed: Set<String> = []
    var transformed: Set<String> = []
    for step in list {
      if let imputer = step as? Imputer {
        guard imputer.takesNumbers(of: frame), imputed.isDisjoint(with: imputer.columns),
          transformed.isDisjoint(with: imputer.columns)
        else { return }
        imputed.formUnion(imputer.columns)
        take(imputer, imputer.strategy.needs(approximately: approximates))
      } else if let state = step.makeState() as? any NumberFolding,
        transformed.isDisjoint(with: step.columns),
        step.columns.allSatisfy({ (try? frame.column($0)) != nil })
      {
        transformed.formUnion(step.columns)
        let isSketched = approximates && (step is RobustScaler || step is QuantileTransformer)
        take(step, isSketched ? state.needs.sketched : state.needs)
      } else {
        return
      }
    }
  }

  private mutating func take(_ step: any Estimator, _ needs: NumberFold.Needs) {
    for name in step.columns {
      if self.needs[name] == nil {
        columns.append(name)
        folds.append(NumberFold())
      }
      self.needs[name, default: []].formUnion(needs)
    }
    steps.append(step)
  }
}

extension Imputer.Strategy {
  /// What the strategy needs; a median may come from a sketch.
  func needs(approximately isApproximate: Bool) -> NumberFold.Needs {
    isApproximate && self == .median ? needs.sketched : needs
  }
}

extension NumberFold.Needs {
  /// A sketch in place of the values.
  var sketched: NumberFold.Needs { contains(.values) ? subtracting(.values).union(.sketch) : self }
}

extension NumberStage: StepFitter {
  var byteCount: Int { folds.reduce(0) { $0 + $1.byteCount } }

  /// The column that takes the most memory.
  var largestColumn: String? {
    zip(columns, folds).max { $0.1.byteCount < $1.1.byteCount }?.0
  }

  mutating func adopt(_ look: TableLook, where isUntouched: (String) -> Bool) {
    for (index, name) in columns.enumerated() where isUntouched(name) {
      guard let seen = look.numbers[name], seen.needs.isSuperset(of: needs[name] ?? []) else {
        continue
      }
      folds[index] = seen.fold
      known.insert(index)
    }
  }

  /// Takes the rows of a chunk, of columns that are not known already.
  mutating func observe(_ chunk: DataFrame) throws(PreprocessingError) {
    let open = columns.indices.filter { !known.contains($0) }
    var own = open.map { folds[$0] }
    for index in open { folds[index] = NumberFold() }
    try NumberFold.observe(
      open.map { columns[$0] },
      in: chunk,
      needs: open.map { needs[columns[$0]] ?? [] },
      into: &own
    )
    for (index, fold) in zip(open, own) { folds[index] = fold }
  }

  var isShared: Bool { true }

  mutating func join(_ ranks: any Communicator) throws(PreprocessingError) {
    for index in columns.indices where !known.contains(index) { try folds[index].join(ranks) }
  }

  /// The fitted steps.
  func finish() throws(PreprocessingError) -> [any Transformer] {
    var folds = Dictionary(uniqueKeysWithValues: zip(columns, folds))
    var fitted: [any Transformer] = []
    for step in steps {
      let own = step.columns.compactMap { folds[$0] }
      if let imputer = step as? Imputer {
        let transformer = try imputer.fitted(from: own, own.map { _ in nil })
        for (name, fold) in zip(imputer.columns, own) {
          if let fill = transformer.value(for: name) { folds[name] = fold.imputing(fill) }
        }
        fitted.append(transformer)
      } else if let state = step.makeState() as? any NumberFolding {
        fitted.append(try Self.finish(state, own))
      }
    }
    return fitted
  }

  private static func finish(_ state: some NumberFolding, _ folds: [NumberFold])
    throws(PreprocessingError) -> any Transformer
  {
    try state.finish(folds)
  }
}
