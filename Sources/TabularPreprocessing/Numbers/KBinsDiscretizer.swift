internal import TabularCSV
public import TabularFrame
internal import TabularTensor

/// Replaces numbers by the bin that they fall into, as scikit-learn's `KBinsDiscretizer`.
///
/// A number below the first bin belongs to it, and one above the last to that. A bin that begins
/// within 1e-8 of the one before is left out, and a column of one value has one bin.
public struct KBinsDiscretizer: Estimator, Codable {
  /// Where the bins end.
  public enum Strategy: String, Codable, Sendable {
    /// At even distances.
    case uniform
    /// So that each has as many numbers, by averaged inversion of the distribution.
    case quantile
  }

  /// What becomes of a bin.
  public enum Encoding: String, Codable, Sendable {
    /// Its position from 0, a float64; a missing number stays null.
    case ordinal
    /// A column of false and true a bin, `name_0`, `name_1` and so on; a missing number is in none.
    case onehot
  }

  /// The columns, numeric.
  public let columns: [String]
  /// The number of bins.
  public let bins: Int
  /// Where the bins end.
  public let strategy: Strategy
  /// What becomes of a bin.
  public let encoding: Encoding

  /// Creates a discretizer of numeric columns; fewer than two bins trap.
  public init(
    columns: [String],
    bins: Int = 5,
    strategy: Strategy = .quantile,
    encoding: Encoding = .ordinal
  ) {
    precondition(bins >= 2, "\(bins) bins, expected two or more")
    (self.columns, self.bins, self.strategy, self.encoding) = (columns, bins, strategy, encoding)
  }

  /// A state that has seen no row.
  public func makeState() -> NumberState<FittedKBinsDiscretizer> {
    let needs: NumberFold.Needs = strategy == .quantile ? .values : []
    return NumberState(columns, needs: needs) {
      [bins, strategy, encoding] columns, folds throws(PreprocessingError) in
      FittedKBinsDiscretizer(
        encoding: encoding,
        edges: try learned(columns, folds, to: "put into bins") {
          name,
          fold throws(PreprocessingError) in
          FittedKBinsDiscretizer.Edges(
            column: name,
            edges: try strategy.edges(of: fold, bins: bins, name)
          )
        }
      )
    }
  }
}

extension KBinsDiscretizer.Strategy {
  fileprivate func edges(of fold: NumberFold, bins: Int, _ name: String)
    throws(PreprocessingError) -> [Double]
  {
    let (low, high) = (fold.minimum ?? 0, fold.maximum ?? 0)
    guard (high - low).isFinite else { throw refusal(ofRange: name) }
    guard low < high else { return [low, high] }
    switch self {
    case .uniform:
      let step = (high - low) / Double(bins)
      return (0...bins).map { $0 == bins ? high : Double($0) * step + low }
    case .quantile:
      let values = fold.sorted
      let step = 100 / Double(bins)
      var edges: [Double] = []
      var last = -Double.infinity
      for i in 0...bins {
        // Percentages, as there: the rounding is part of the answer.
        let edge = values.averagedInverse((i == bins ? 100 : Double(i) * step) / 100)
        if edge - last > 1e-8 { edges.append(edge) }
        last = edge
      }
      return edges
    }
  }
}

/// A discretizer that knows the edges of the bins.
public struct FittedKBinsDiscretizer: NumberMap {
  /// `bins`.
  public static var name: String { "bins" }

  struct Edges: Codable, Sendable, Equatable {
    var column: String
    /// From the smallest number to the largest, one more than bins.
    var edges: [Double]

    var names: [String] { (0..<max(edges.count - 1, 1)).map { "\(column)_\($0)" } }
  }

  let encoding: KBinsDiscretizer.Encoding
  let edges: [Edges]

  /// The columns, numeric.
  public var columns: [String] { edges.map(\.column) }

  /// The edges of a column's bins, from the smallest number to the largest.
  public func edges(of column: String) -> [Double]? {
    edges.first { $0.column == column }?.edges
  }

  /// The names of the columns that it makes of one.
  public func outputNames(of column: String) -> [String] {
    guard encoding == .onehot, let bins = edges.first(where: { $0.column == column }) else {
      return [column]
    }
    return bins.names
  }

  var kernels: [(column: String, kernel: NumberKernel)]? {
    encoding == .ordinal ? positions : nil
  }

  private var positions: [(column: String, kernel: NumberKernel)] {
    edges.map { bins in
      let inner = Array(bins.edges.dropFirst().dropLast())
      let (low, high) = (bins.edges.first ?? 0, bins.edges.last ?? 0)
      return (
        bins.column,
        { block, counts in
          for i in block.indices where !block[i].isNaN {
            let value = block[i]
            counts.outside += value < low || value > high ? 1 : 0
            block[i] = Double(inner.partitioningIndex { $0 > value })
          }
        }
      )
    }
  }

  /// Replaces each column by its bins.
  ///
  /// - Throws: `PreprocessingError` for a missing column, one that is no numbers, or an infinity.
  public func applied(to frame: DataFrame, report: inout TransformReport)
    throws(PreprocessingError) -> DataFrame
  {
    var result = try frame.applying(
      positions.map { (column: $0.column, kernels: [$0.kernel]) },
      report: &report
    )
    guard encoding == .onehot else { return result }
    for bins in edges {
      let codes = try NumberColumn(bins.column, in: result)
      result[bins.column] = nil
      for (position, name) in bins.names.enumerated() {
        guard !result.columns.contains(name) else {
          throw PreprocessingError(
            .column,
            "two features are named '\(name)'; rename a column",
            column: bins.column
          )
        }
        let hot = BitVector(count: codes.count) { codes[$0] == Double(position) }
        result[name] = Column(storage: .bool(hot), validity: nil)
      }
    }
    return result
  }
}
