internal import TabularCSV
internal import TabularFrame

// The rows of a division.
extension StreamedRows {
  /// The part of each row, by nothing but the columns that decide; 255 for a row without a target
  /// that is left out.
  ///
  /// - Parameters:
  ///   - fractions: of the rows, for each part.
  ///   - division: what decides.
  ///   - seed: another seed gives another division.
  ///   - target: what is learned; rows without it are refused, or left out where it says so.
  /// - Returns: a part for each row in order.
  /// - Throws: `PreprocessingError` as `DataFrame.split(into:by:seed:)` does.
  package func parts(
    into fractions: [Double],
    by division: RowDivision,
    seed: UInt64,
    target: RecipePlan
  ) throws(PreprocessingError) -> [UInt8] {
    let columns = [division.column, target.target].compactMap(\.self).uniqued
    var kept: [DataFrame] = []
    var ids: [RowIDs] = []
    var words: [String: WordList] = [:]
    func take(_ chunk: DataFrame) throws(PreprocessingError) {
      ids.append(chunk.ids)
      if columns.isEmpty { return }
      do throws(FrameError) {
        var frame = try chunk.select(columns)
        // Whether a chunk comes with texts or with codes of them, one list codes them all.
        for (name, column) in frame.namedColumns
        where column.type == .string || column.type == .category {
          let list = words[name] ?? WordList()
          words[name] = list
          frame[name] = list.coded(column)
        }
        kept.append(frame)
      } catch {
        throw PreprocessingError(error)
      }
    }
    try begin {
      kept = []
      ids = []
      words = [:]
    } _: { chunk throws(PreprocessingError) in
      try take(chunk)
    }
    for (name, list) in words {
      for i in kept.indices { kept[i].share(list.dictionary, in: name) }
    }
    var deciding: DataFrame
    do throws(FrameError) {
      deciding =
        columns.isEmpty
        ? try DataFrame([], ids: RowIDs(joining: ids)) : try DataFrame.concat(kept)
    } catch {
      throw PreprocessingError(error)
    }
    var result = [UInt8](repeating: 255, count: deciding.rowCount)
    var positions = Array(result.indices)
    if let column = target.target, target.dropNullTargets {
      let missing = Set(try TargetEncoding.missingRows(in: deciding, column: column))
      positions.removeAll { missing.contains($0) }
    }
    deciding = try target.labelled(deciding)
    let parts = try deciding.parts(into: fractions, by: division, seed: seed)
    for (position, part) in zip(positions, parts) { result[position] = UInt8(part) }
    return result
  }
}

extension RowDivision {
  /// The column that decides, besides chance.
  fileprivate var column: String? {
    switch self {
    case .random: nil
    case .stratified(let column), .groups(let column), .time(let column), .keys(let column): column
    }
  }
}
