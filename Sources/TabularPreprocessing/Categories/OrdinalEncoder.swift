internal import TabularCSV
public import TabularFrame

/// Replaces categories by their position in sorted order, as scikit-learn's `OrdinalEncoder`.
///
/// A null, and a category that the fit did not see, become -1 unless something else is said.
public struct OrdinalEncoder: Estimator, Codable {
  /// What becomes of a category that the fit did not see; it is counted.
  public enum Unknown: Codable, Sendable, Equatable {
    /// An error that names the row.
    case error
    /// This code.
    case code(Int64)
    /// A null.
    case null
  }

  /// What becomes of a null; it is counted.
  public enum Missing: Codable, Sendable, Equatable {
    /// This code.
    case code(Int64)
    /// It stays null.
    case null
  }

  /// The columns: text, integers or bools.
  public let columns: [String]
  /// What becomes of a category that the fit did not see.
  public let unknown: Unknown
  /// What becomes of a null.
  public let missing: Missing

  /// Creates an encoder.
  public init(columns: [String], unknown: Unknown = .code(-1), missing: Missing = .code(-1)) {
    self.columns = columns
    self.unknown = unknown
    self.missing = missing
  }

  /// A state that has seen no row.
  public func makeState() -> State {
    State(encoder: self, folds: columns.map { _ in CategoryFold() })
  }

  /// The categories of each column.
  public struct State: FittingState {
    let encoder: OrdinalEncoder
    var folds: [CategoryFold]

    /// Takes the rows of a chunk.
    public mutating func observe(_ chunk: DataFrame) throws(PreprocessingError) {
      try folds.observe(encoder.columns, in: chunk)
    }

    /// The bytes of the categories.
    public var byteCount: Int { folds.reduce(0) { $0 + $1.byteCount } }

    /// Takes what another state has gathered from other rows.
    public mutating func merge(_ other: State) { folds.merge(other.folds) }

    /// The fitted encoder.
    ///
    /// - Throws: `PreprocessingError` of kind `value` for a code given to unknown categories or
    ///   nulls that is a category's.
    public func finish() throws(PreprocessingError) -> FittedOrdinalEncoder {
      let vocabularies = [Vocabulary](
        concurrently: folds.count,
        cells: folds.reduce(0) { $0 + $1.count }
      ) { folds[$0].vocabulary(of: encoder.columns[$0]).0 }
      for vocabulary in vocabularies {
        let codes = 0..<Int64(vocabulary.categoryCount)
        var given: [Int64] = []
        if case .code(let code) = encoder.unknown { given.append(code) }
        if case .code(let code) = encoder.missing { given.append(code) }
        if let code = given.first(where: { codes.contains($0) }) {
          throw PreprocessingError(
            .value,
            "code \(code) is that of '\(vocabulary.categories[Int(code)])' in column "
              + "'\(vocabulary.column)', which has \(codes.count) categories; choose a code below 0",
            column: vocabulary.column
          )
        }
      }
      return FittedOrdinalEncoder(
        vocabularies: vocabularies,
        unknown: encoder.unknown,
        missing: encoder.missing
      )
    }
  }
}

/// An encoder that knows its categories.
public struct FittedOrdinalEncoder: Transformer {
  /// `ordinal`.
  public static var name: String { "ordinal" }

  let vocabularies: [Vocabulary]
  let unknown: OrdinalEncoder.Unknown
  let missing: OrdinalEncoder.Missing

  /// The columns.
  public var columns: [String] { vocabularies.map(\.column) }

  /// The categories of a column in the order of their codes.
  public func categories(of column: String) -> [CategoryKey]? {
    vocabularies.first { $0.column == column }?.categories
  }

  /// Replaces each column by int64 codes.
  public func applied(to frame: DataFrame, report: inout TransformReport)
    throws(PreprocessingError) -> DataFrame
  {
    try frame.replacing(
      vocabularies,
      report: &report,
      names: { [columns[$0]] },
      whole: { index, column in
        guard case .code(let code) = unknown, missing == .code(code),
          let (codes, unseen) = vocabularies[index].codes(of: column, others: code)
        else { return nil }
        return (Column(storage: .int64(codes), validity: nil), unseen)
      }
    ) { (index, positions, column) throws(PreprocessingError) -> [Column] in
      let nulls = NullBits(column)
      let nullCode: Int64 = if case .code(let code) = missing { code } else { 0 }
      let unknownCode: Int64 = if case .code(let code) = unknown { code } else { 0 }
      let known = Int32(vocabularies[index].categoryCount)
      if unknown == .code(nullCode), missing == .code(nullCode) {
        return [Column(storage: .int64(codes(positions, known, others: nullCode)), validity: nil)]
      }
      var unseen = 0
      var firstUnseen = 0
      let codes = FixedVector<Int64>(count: positions.count) { row in
        let position = positions[row]
        if position >= 0, position < known { return Int64(position) }
        if nulls.isNull(row) { return nullCode }
        if unseen == 0 { firstUnseen = row }
        unseen += 1
        return unknownCode
      }
      if unseen > 0, unknown == .error {
        throw frame.unseenError(vocabularies[index].column, column, row: firstUnseen)
      }
      guard missing == .null || unknown == .null else {
        return [Column(storage: .int64(codes), validity: nil)]
      }
      let validity = Validity(count: codes.count) { row in
        if nulls.isNull(row) { return missing != .null }
        return unknown != .null || (positions[row] >= 0 && positions[row] < known)
      }
      return [Column(storage: .int64(codes), validity: validity)]
    }
  }
}

extension FittedOrdinalEncoder {
  /// The codes where nulls and unseen categories get the same one.
  private func codes(_ positions: [Int32], _ known: Int32, others: Int64) -> FixedVector<Int64> {
    let codes = FixedVector<Int64>(room: positions.count)
    let target = codes.mutablePointer
    positions.withUnsafeBufferPointer { positions in
      for row in 0..<positions.count {
        let position = positions[row]
        // Below 0 is large without a sign.
        let isKnown = UInt32(bitPattern: position) < UInt32(bitPattern: known)
        target[row] = isKnown ? Int64(position) : others
      }
    }
    return codes
  }
}

extension OrdinalEncoder.State: CategoryFolding {
  var columns: [String] { encoder.columns }
}
