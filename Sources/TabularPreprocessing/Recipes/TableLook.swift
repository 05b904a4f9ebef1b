internal import TabularCollectives
internal import TabularCSV
import TabularFrame

/// What was seen of a table, from its first row to its last: what a plan is made from.
package struct TableLook: Sendable {
  /// The columns in order.
  let columns: [(name: String, facts: ColumnFacts)]
  /// The number of rows; of all processes.
  package let rowCount: Int
  /// The rows of this process that can be learned from.
  package let ownRowCount: Int
  /// What there is to learn; nil without a target.
  let target: TargetFold?
  /// What steps would gather of text, and of numbers, in a pass of their own.
  let categories: [String: CategoryFold]
  let numbers: [String: (fold: NumberFold, needs: NumberFold.Needs)]

  /// The columns' names.
  package var names: [String] { columns.map(\.name) }

  /// How the target would be encoded; nil without one.
  package func targetEncoding(for plan: RecipePlan) throws(PreprocessingError) -> TargetEncoding? {
    if !plan.dropNullTargets { try target?.refuseNulls() }
    return try target?.encoding()
  }

  func facts(of name: String) -> ColumnFacts? { columns.first { $0.name == name }?.facts }
}

extension TableLook {
  /// Looks at the rows of a frame.
  init(at frame: DataFrame, target: String? = nil, options: AutomaticRecipeOptions)
    throws(PreprocessingError)
  {
    self = try Self.look(at: RowsInMemory([frame]), target: target, options: options)
  }

  /// Goes through rows, and once more where integers have to be compared with all before them.
  package static func look(
    at source: any RowSource,
    target: String?,
    options: AutomaticRecipeOptions,
    plan: RecipePlan? = nil,
    limits: FitLimits = FitLimits()
  ) throws(PreprocessingError) -> TableLook {
    var options = options
    var target = target
    if let plan {
      // A plan that is made already asks nothing of the columns.
      (options.features, options.task, target) = ([], plan.task, plan.target)
    }
    func begun(_ types: [(name: String, type: ColumnType)]) throws(PreprocessingError) -> Folds {
      let names = types.map(\.name)
      if plan == nil {
        try AutomaticPlanner.checkNames(names, target: target, options: options)
      }
      return Folds(types, target, options, limits, isFitted: !(source is RowsInMemory))
    }
    var folds = Folds([], target, options, limits, isFitted: false)
    if let rows = source as? StreamedRows {
      // The first pass may begin again with other types, of which none is known yet.
      var fresh = true
      try rows.begin(restart: { fresh = true }) { chunk throws(PreprocessingError) in
        if fresh { folds = try begun(rows.types) }
        fresh = false
        try folds.observe(chunk, counted: rows.countsTexts ? nil : rows.counted)
      }
      folds.adopt(rows.counted)
    } else {
      if !source.types.isEmpty { folds = try begun(source.types) }
      try source.forEachChunk(columns: nil) { chunk throws(PreprocessingError) in
        try folds.observe(chunk)
      }
    }
    let ownRowCount = folds.target?.labelledRows ?? folds.rows
    if source.ranks != nil {
      try folds.join(source.ranks)
      try folds.check()
    }
    let undecided = folds.beginAgain()
    if !undecided.isEmpty {
      try source.forEachChunk(columns: undecided) { chunk throws(PreprocessingError) in
        try folds.observe(chunk, only: undecided)
      }
      try folds.joinIntegers(undecided, source.ranks)
    }
    return TableLook(
      columns: folds.columns.map { (name: $0.name, facts: $0.fold.facts) },
      rowCount: folds.rows,
      ownRowCount: ownRowCount,
      target: folds.target,
      categories: Dictionary(
        uniqueKeysWithValues: folds.columns.compactMap { column in
          column.fold.categories.map { (column.name, $0) }
        }
      ),
      numbers: Dictionary(
        uniqueKeysWithValues: folds.columns.compactMap { column in
          column.fold.numbers.map { (column.name, ($0, options.needs(of: column.name, limits))) }
        }
      )
    )
  }

  private struct Folds: SharedState {
    var columns: [(name: String, fold: ColumnFactsFold)]
    var target: TargetFold?
    var rows = 0
    private let limits: FitLimits

    init(
      _ types: [(name: String, type: ColumnType)],
      _ target: String?,
      _ options: AutomaticRecipeOptions,
      _ limits: FitLimits,
      isFitted: Bool
    ) {
      self.limits = limits
      columns = types.filter { name, _ in
        name != target && !options.drop.contains(name)
          && options.features.map { $0.contains(name) } ?? true
      }.map { name, type in
        (
          name,
          ColumnFactsFold(
            type,
            asks: options.questions(about: name),
            needs: isFitted ? options.needs(of: name, limits) : []
          )
        )
      }
      self.target = target.map { TargetFold(column: $0, task: options.task) }
    }

    private var hasAdopted = false

    /// Takes a chunk; `counted` is what was counted of its texts before they ceased to be counted
    /// on the way, nil while they are.
    mutating func observe(
      _ chunk: DataFrame,
      counted: [String: CategoryFold]? = [:],
      only: [String]? = nil
    ) throws(PreprocessingError) {
      if let counted, !hasAdopted { adopt(counted) }
      let wanted = columns.indices.filter { only?.contains(columns[$0].name) ?? true }
      var found: [Column] = []
      for index in wanted { found.append(try chunk.column(columns[index].name)) }
      let rows = chunk.rowCount
      // The target beside them: a task of its own, where it is looked at.
      var targets = [Result<TargetFold?, PreprocessingError>.success(only == nil ? target : nil)]
      columns.withUnsafeMutableBufferPointer { columns in
        targets.withUnsafeMutableBufferPointer { targets in
          let (shared, target) = (SharedElements(columns), SharedElements(targets))
          concurrently(wanted.count + 1, cells: (wanted.count + 1) * rows) { task in
            guard task > 0 else { return target[0] = target[0].observing(chunk) }
            let index = wanted[task - 1]
            shared[index].fold.observe(
              found[task - 1],
              named: shared[index].name,
              in: chunk,
              isCounted: counted == nil
            )
          }
        }
      }
      try check()
      guard only == nil else { return }
      self.rows += rows
      target = try targets[0].get()
    }

    /// Goes on from what was counted of texts.
    mutating func adopt(_ counted: [String: CategoryFold]) {
      guard !hasAdopted else { return }
      hasAdopted = true
      for index in columns.indices {
        if let fold = counted[columns[index].name] { columns[index].fold.adopt(fold) }
      }
    }

    /// Stops where more was gathered than may be.
    func check() throws(PreprocessingError) {
      guard let bytes = limits.bytes else { return }
      let gathered = columns.reduce(0) { $0 + $1.fold.byteCount }
      guard gathered > bytes else { return }
      let largest = columns.max { $0.fold.byteCount < $1.fold.byteCount }
      throw limits.error(
        gathered,
        column: largest?.name,
        of: largest?.fold.mostlyGathered ?? .categories
      )
    }

    func put(into bytes: inout StateBytes) {
      bytes.put(rows)
      for column in columns { column.fold.put(into: &bytes) }
      target?.put(into: &bytes)
    }

    mutating func take(from bytes: inout StateBytes) {
      rows = bytes.take()
      for index in columns.indices { columns[index].fold.take(from: &bytes) }
      target?.take(from: &bytes)
    }

    mutating func merge(_ other: Folds) {
      rows += other.rows
      for index in columns.indices { columns[index].fold.merge(other.columns[index].fold) }
      if let theirs = other.target { target?.merge(theirs) }
    }

    mutating func joinIntegers(_ names: [String], _ ranks: (any Communicator)?)
      throws(PreprocessingError)
    {
      for index in columns.indices where names.contains(columns[index].name) {
        try columns[index].fold.joinIntegers(ranks)
      }
    }

    /// The columns to be looked at once more.
    mutating func beginAgain() -> [String] {
      let undecided = columns.indices.filter { columns[$0].fold.isUndecided }
      for index in undecided { columns[index].fold.beginAgain() }
      return undecided.map { columns[$0].name }
    }
  }
}

extension AutomaticRecipeOptions {
  /// What the plan of a column depends on.
  fileprivate func questions(about column: String) -> ColumnFactsFold.Questions {
    switch encodings[column] {
    case .hash: return []
    case _?: return [.categories]
    case nil: break
    }
    let isKept = keep.contains(column) || features?.contains(column) ?? false
    return isKept ? [.textCategories] : [.textCategories, .uniqueIntegers]
  }

  /// What the steps of a column of numbers would gather.
  fileprivate func needs(of column: String, _ limits: FitLimits) -> NumberFold.Needs {
    var needs: NumberFold.Needs = []
    if case .with(let strategy) = imputations[column] ?? imputation {
      needs = strategy.needs(approximately: limits.approximates)
    }
    switch scalings[column] ?? scaling {
    case .standard: needs.insert(.sums)
    case .robust: needs.insert(limits.approximates ? .sketch : .values)
    case .minmax, .log1p, .none: break
    }
    return needs
  }
}

extension Result<TargetFold?, PreprocessingError> {
  /// The fold that has seen a chunk, too.
  fileprivate func observing(_ chunk: DataFrame) -> Self {
    do throws(PreprocessingError) {
      guard var fold = try get() else { return self }
      try fold.observe(chunk)
      return .success(fold)
    } catch {
      return .failure(error)
    }
  }
}
