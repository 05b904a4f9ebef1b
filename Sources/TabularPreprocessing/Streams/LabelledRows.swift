package import TabularCollectives
package import TabularCSV
package import TabularFrame

/// The rows whose target a fitted recipe can encode; all of a table that has no target.
package struct LabelledRows: RowSource {
  private let rows: StreamedRows
  /// A plan that knows what is learned; nil where no row is left out.
  private let plan: RecipePlan?
  /// The column of the target; nil where the table has none.
  package let target: String?
  /// The number of rows that are left; of this process.
  package let rowCount: Int
  /// The number of rows of all processes.
  package let allRowCount: Int

  /// Goes through the rows once.
  ///
  /// - Throws: `PreprocessingError` of kind `target` when rows lack it and are not to be left out.
  package init(_ rows: StreamedRows, recipe: Recipe, dropsNulls: Bool) throws(PreprocessingError) {
    let column = recipe.target?.column
    func fold(_ chunk: DataFrame) -> TargetFold? {
      guard let column, chunk.columns.contains(column) else { return nil }
      return TargetFold(column: column, task: .regression)
    }
    var seen: TargetFold?
    try rows.begin(restart: { seen = nil }) { chunk throws(PreprocessingError) in
      if seen == nil { seen = fold(chunk) }
      try seen?.observe(chunk)
    }
    let own = seen
    try seen?.join(rows.ranks)
    if !dropsNulls { try seen?.refuseNulls() }
    self.rows = rows
    target = seen.map(\.column)
    rowCount = own?.labelledRows ?? rows.rowCount
    allRowCount = try rows.sum(rows.rowCount)
    plan =
      dropsNulls && rowCount < rows.rowCount
      ? RecipePlan(features: [], steps: [], target: column, dropNullTargets: true) : nil
  }

  package var types: [(name: String, type: ColumnType)] { rows.types }
  package var ranks: (any Communicator)? { rows.ranks }

  package func forEachChunk(
    columns: [String]?,
    _ body: (DataFrame) throws(PreprocessingError) -> Void
  ) throws(PreprocessingError) {
    try rows.forEachChunk(columns: columns) { chunk throws(PreprocessingError) in
      try body(plan?.labelled(chunk) ?? chunk)
    }
  }
}
