public import TabularFrame

/// Replaces a column by one column of 0 and 1 a category, as scikit-learn's `OneHotEncoder`.
///
/// The columns are named `column_value`, in sorted order, then `column_null` where the fit saw a
/// null. A category that the fit did not see, or a null where it saw none, is all zeros and counted.
public struct OneHotEncoder: Estimator {
  /// The columns: text, integers or bools.
  public let columns: [String]

  /// Creates an encoder.
  public init(columns: [String]) { self.columns = columns }

  /// A state that has seen no row.
  public func makeState() -> State {
    State(columns: columns, folds: columns.map { _ in CategoryFold() })
  }

  /// The categories of each column.
  public struct State: FittingState {
    let columns: [String]
    var folds: [CategoryFold]

    /// Takes the rows of a chunk.
    public mutating func observe(_ chunk: DataFrame) throws(PreprocessingError) {
      for (i, name) in columns.enumerated() { try folds[i].observe(name, in: chunk) }
    }

    /// Takes what another state has gathered from other rows.
    public mutating func merge(_ other: State) {
      for i in folds.indices { folds[i].merge(other.folds[i]) }
    }

    /// The fitted encoder.
    public func finish() throws(PreprocessingError) -> FittedOneHotEncoder {
      FittedOneHotEncoder(
        vocabularies: zip(columns, folds).map {
          FittedOneHotEncoder.Indicators(
            vocabulary: Vocabulary(column: $0, categories: $1.sorted),
            hasNull: $1.nullCount > 0
          )
        }
      )
    }
  }
}

/// An encoder that knows its categories.
public struct FittedOneHotEncoder: Transformer {
  /// `onehot`.
  public static var name: String { "onehot" }

  struct Indicators: Codable, Sendable, Equatable {
    var vocabulary: Vocabulary
    /// Whether the fit saw a null, which then has a column of its own.
    var hasNull: Bool

    var names: [String] {
      let column = vocabulary.column
      return vocabulary.categories.map { "\(column)_\($0)" } + (hasNull ? ["\(column)_null"] : [])
    }
  }

  let vocabularies: [Indicators]

  /// The columns.
  public var columns: [String] { vocabularies.map(\.vocabulary.column) }

  /// The names of the columns that it makes of one.
  public func outputNames(of column: String) -> [String] {
    vocabularies.first { $0.vocabulary.column == column }?.names ?? [column]
  }

  /// Replaces each column by its indicators, int64, at the end of the frame.
  public func applied(to frame: DataFrame, report: inout TransformReport)
    throws(PreprocessingError) -> DataFrame
  {
    var result = frame
    for indicators in vocabularies {
      let name = indicators.vocabulary.column
      let column = try CategoryColumn(name, in: frame)
      let positions = indicators.vocabulary.positions
      let nullPosition = indicators.hasNull ? positions.count : -1
      var (nulls, unseen) = (0, 0)
      let hot = FixedVector<Int32>(count: column.count) { row in
        guard let key = column[row] else {
          nulls += 1
          return Int32(nullPosition)
        }
        guard let position = positions[key] else {
          unseen += 1
          return -1
        }
        return Int32(position)
      }
      report.nulls[name, default: 0] += nulls
      report.unseen[name, default: 0] += unseen
      result[name] = nil
      for (position, output) in indicators.names.enumerated() {
        guard !result.columns.contains(output) else {
          throw PreprocessingError(
            .column,
            "two features are named '\(output)'; rename a column",
            column: name
          )
        }
        let values = FixedVector<Int64>(count: column.count) { hot[$0] == Int32(position) ? 1 : 0 }
        result[output] = Column(storage: .int64(values), validity: nil)
      }
    }
    return result
  }
}
