/// What is made of the rows of a group: `.mean("Fare")`, `.sum("Fare", as: "total")`.
///
/// Nulls are left out, and so is NaN. The result's column is called as told; else as its column,
/// where only one aggregation is made of that and it is no key; else like `Fare_mean`.
public struct Aggregation: Sendable {
  enum Kind: Sendable {
    case size, count, sum, mean, median, min, max, std, variance, first, last, nunique
    case quantile(Double)
    case custom(@Sendable (Column) throws -> Value)
  }

  let column: String?
  let name: String?
  let kind: Kind

  /// What the result's name ends with.
  var suffix: String {
    switch kind {
    case .variance: "var"
    case .quantile(let fraction): "quantile_\(fraction)"
    case .custom: "custom"
    default: "\(kind)"
    }
  }

  private init(_ kind: Kind, _ column: String?, _ name: String?) {
    (self.kind, self.column, self.name) = (kind, column, name)
  }

  /// The number of rows, nulls included; called `size` unless told.
  public static func size(as name: String = "size") -> Aggregation { .init(.size, nil, name) }
  /// The number of values.
  public static func count(_ column: String, as name: String? = nil) -> Aggregation {
    .init(.count, column, name)
  }
  /// The sum of numbers, or the number of trues; 0 of none.
  ///
  /// Whole numbers give a whole number, or an error where it has no room in 64 bits.
  public static func sum(_ column: String, as name: String? = nil) -> Aggregation {
    .init(.sum, column, name)
  }
  /// The mean of numbers or truth values; null of none.
  public static func mean(_ column: String, as name: String? = nil) -> Aggregation {
    .init(.mean, column, name)
  }
  /// The median of numbers; null of none.
  public static func median(_ column: String, as name: String? = nil) -> Aggregation {
    .init(.median, column, name)
  }
  /// The least value, of the column's type; texts are ordered by their bytes.
  public static func min(_ column: String, as name: String? = nil) -> Aggregation {
    .init(.min, column, name)
  }
  /// The greatest value, of the column's type; texts are ordered by their bytes.
  public static func max(_ column: String, as name: String? = nil) -> Aggregation {
    .init(.max, column, name)
  }
  /// The standard deviation of a sample (n - 1); null of fewer than two values.
  public static func std(_ column: String, as name: String? = nil) -> Aggregation {
    .init(.std, column, name)
  }
  /// The variance of a sample (n - 1); null of fewer than two values.
  public static func `var`(_ column: String, as name: String? = nil) -> Aggregation {
    .init(.variance, column, name)
  }
  /// The first value in row order.
  public static func first(_ column: String, as name: String? = nil) -> Aggregation {
    .init(.first, column, name)
  }
  /// The last value in row order.
  public static func last(_ column: String, as name: String? = nil) -> Aggregation {
    .init(.last, column, name)
  }
  /// The number of different values.
  public static func nunique(_ column: String, as name: String? = nil) -> Aggregation {
    .init(.nunique, column, name)
  }
  /// A quantile of numbers, 0 to 1, interpolated linearly between its neighbours; null of none.
  public static func quantile(_ column: String, _ fraction: Double, as name: String? = nil)
    -> Aggregation
  {
    .init(.quantile(fraction), column, name)
  }
  /// What a closure makes of the group's part of a column, nulls included.
  ///
  /// The closure is called once a group, in the order of the result, on one thread.
  public static func custom(
    _ column: String,
    as name: String? = nil,
    _ body: @escaping @Sendable (Column) throws -> Value
  ) -> Aggregation {
    .init(.custom(body), column, name)
  }
}

extension [Aggregation] {
  /// The names of the results.
  func names(keys: [String]) -> [String] {
    map { aggregation in
      if let name = aggregation.name { return name }
      let column = aggregation.column ?? ""
      let isAlone = filter { $0.column == column && $0.name == nil }.count == 1
      return isAlone && !keys.contains(column) ? column : "\(column)_\(aggregation.suffix)"
    }
  }
}
