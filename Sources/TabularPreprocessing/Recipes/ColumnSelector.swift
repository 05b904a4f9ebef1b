#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif
public import TabularCSV
public import TabularFrame

/// Which columns of a table a group of steps takes.
public enum ColumnSelector: Sendable, Equatable {
  /// These, in this order.
  case names([String])
  /// Those of one of these types, in the order of the table.
  case types([ColumnType])
  /// Those whose name fits a pattern with `*`, `?` and `[...]`, in the order of the table.
  case matching(String)

  /// Integers, fractions and bools.
  public static var numbers: ColumnSelector { .types([.int64, .float64, .bool]) }
  /// Texts and categories.
  public static var texts: ColumnSelector { .types([.string, .category]) }
  /// Dates and datetimes.
  public static var dates: ColumnSelector { .types([.date, .datetime]) }

  /// The columns of a table, the target never among those that are not named.
  ///
  /// - Throws: `PreprocessingError` of kind `column` for a name that is not there, or a pattern that
  ///   no name fits.
  public func columns(of frame: DataFrame, target: String? = nil) throws(PreprocessingError)
    -> [String]
  {
    switch self {
    case .names(let names):
      for name in names { _ = try frame.column(name) }
      return names
    case .types(let types):
      return frame.types.filter { types.contains($0.type) && $0.name != target }.map(\.name)
    case .matching(let pattern):
      let found = frame.columns.filter { $0 != target && fnmatch(pattern, $0, 0) == 0 }
      guard !found.isEmpty else {
        throw PreprocessingError(
          .column,
          "no column fits '\(pattern)'; columns are: "
            + frame.columns.joined(separator: ", ")
        )
      }
      return found
    }
  }
}

/// What becomes of columns that no group of steps takes.
public enum Remainder: Sendable {
  /// They are left out.
  case drop
  /// They become features as they are, behind the others; they must be numbers.
  case passthrough
}

/// Steps for the columns of a selector.
public struct StepGroup: Sendable {
  let selector: ColumnSelector
  let steps: @Sendable ([String]) -> [any Estimator]

  /// Steps that `steps` makes for the columns; a group without a column has none.
  public static func on(
    _ selector: ColumnSelector,
    _ steps: @escaping @Sendable ([String]) -> [any Estimator]
  ) -> StepGroup {
    StepGroup(selector: selector, steps: steps)
  }
}

extension RecipePlan {
  /// Composes a plan by column, as scikit-learn's `ColumnTransformer`: each group of steps takes the
  /// columns of its selector, and features come in the order of the groups.
  ///
  /// ```swift
  /// let plan = try RecipePlan(
  ///   for: train,
  ///   target: "Survived",
  ///   groups: [
  ///     .on(.numbers) { [Imputer(columns: $0), StandardScaler(columns: $0)] },
  ///     .on(.names(["Sex", "Embarked"])) { [OneHotEncoder(columns: $0)] },
  ///   ]
  /// )
  /// ```
  ///
  /// - Throws: `PreprocessingError` of kind `column` for a name that is not there, a pattern that no
  ///   name fits, or a column that two groups take.
  public init(
    for frame: DataFrame,
    target: String? = nil,
    remainder: Remainder = .drop,
    groups: [StepGroup]
  ) throws(PreprocessingError) {
    if let target { _ = try frame.column(target) }
    var features: [String] = []
    var steps: [any Estimator] = []
    for group in groups {
      let columns = try group.selector.columns(of: frame, target: target)
      guard !columns.isEmpty else { continue }
      features += columns
      steps += group.steps(columns)
    }
    if let twice = features.firstRepeated {
      throw PreprocessingError(
        .column,
        "column '\(twice)' is taken by two groups of steps; give it to one",
        column: twice
      )
    }
    if case .passthrough = remainder {
      features += frame.columns.filter { $0 != target && !features.contains($0) }
    }
    self.init(features: features, steps: steps, target: target)
  }
}
