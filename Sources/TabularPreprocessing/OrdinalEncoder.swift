public import TabularFrame

/// Replaces categories by their position in sorted order, as scikit-learn's `OrdinalEncoder`;
/// a null, and a category that the fit did not see, become -1.
public struct OrdinalEncoder: Estimator {
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
    public func finish() throws(PreprocessingError) -> FittedOrdinalEncoder {
      FittedOrdinalEncoder(
        vocabularies: zip(columns, folds).map { Vocabulary(column: $0, categories: $1.sorted) }
      )
    }
  }
}

/// The categories of a column in sorted order.
struct Vocabulary: Codable, Sendable, Equatable {
  var column: String
  var categories: [CategoryKey]

  var positions: [CategoryKey: Int] {
    Dictionary(uniqueKeysWithValues: categories.enumerated().map { ($1, $0) })
  }

  init(column: String, categories: [CategoryKey]) {
    self.column = column
    self.categories = categories
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    column = try container.decode(String.self, forKey: .column)
    categories = try container.decode([CategoryKey].self, forKey: .categories)
    if let category = categories.firstRepeated {
      throw PreprocessingError(.recipe, "column '\(column)' has the category '\(category)' twice")
    }
  }
}

extension Array where Element: Hashable {
  /// The first element that an earlier one equals.
  var firstRepeated: Element? {
    var seen: Set<Element> = []
    return first { !seen.insert($0).inserted }
  }
}

/// An encoder that knows its categories.
public struct FittedOrdinalEncoder: Transformer {
  /// `ordinal`.
  public static var name: String { "ordinal" }

  let vocabularies: [Vocabulary]

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
    var result = frame
    for vocabulary in vocabularies {
      let column = try CategoryColumn(vocabulary.column, in: frame)
      let positions = vocabulary.positions
      var (nulls, unseen) = (0, 0)
      let codes = FixedVector<Int64>(count: column.count) { row in
        guard let key = column[row] else {
          nulls += 1
          return -1
        }
        guard let code = positions[key] else {
          unseen += 1
          return -1
        }
        return Int64(code)
      }
      report.nulls[vocabulary.column, default: 0] += nulls
      report.unseen[vocabulary.column, default: 0] += unseen
      result[vocabulary.column] = Column(storage: .int64(codes), validity: nil)
    }
    return result
  }
}
