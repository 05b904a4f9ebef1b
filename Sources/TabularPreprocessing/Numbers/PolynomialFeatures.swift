internal import TabularCSV
public import TabularFrame

/// Replaces columns by all products of them up to a degree, as scikit-learn's `PolynomialFeatures`,
/// in its order and with its names: `1`, `a`, `b`, `a^2`, `a b`, `b^2`.
///
/// A product of a missing number is missing.
public struct PolynomialFeatures: Estimator, Codable {
  /// The columns, numeric.
  public let columns: [String]
  /// The most factors of a product.
  public let degree: Int
  /// Whether a column may be a factor once only.
  public let interactionOnly: Bool
  /// Whether a column of ones comes first.
  public let includeBias: Bool

  /// Creates the step; a degree below 1 traps.
  public init(
    columns: [String],
    degree: Int = 2,
    interactionOnly: Bool = false,
    includeBias: Bool = true
  ) {
    precondition(degree >= 1, "degree \(degree), expected 1 or more")
    (self.columns, self.degree) = (columns, degree)
    (self.interactionOnly, self.includeBias) = (interactionOnly, includeBias)
  }

  /// A state that has seen no row.
  public func makeState() -> NumberState<FittedPolynomialFeatures> {
    NumberState(columns, needs: []) { [self] columns, _ in
      FittedPolynomialFeatures(columns: columns, products: products)
    }
  }

  /// The positions of each product's factors, in ascending order.
  private var products: [[Int]] {
    var all: [[Int]] = includeBias ? [[]] : []
    var last: [[Int]] = [[]]
    for _ in 0..<degree {
      last = last.flatMap { factors in
        let first = factors.last.map { interactionOnly ? $0 + 1 : $0 } ?? 0
        return (first..<max(first, columns.count)).map { factors + [$0] }
      }
      all += last
    }
    return all
  }
}

/// Products of columns.
public struct FittedPolynomialFeatures: Transformer {
  /// `polynomial`.
  public static var name: String { "polynomial" }

  /// The columns, numeric.
  public let columns: [String]
  /// The positions of each product's factors among the columns.
  let products: [[Int]]

  /// All products, for the first column; none for the others.
  public func outputNames(of column: String) -> [String] {
    guard let position = columns.firstIndex(of: column) else { return [column] }
    return position == 0 ? products.map(title) : []
  }

  private func title(_ factors: [Int]) -> String {
    guard !factors.isEmpty else { return "1" }
    var parts: [String] = []
    for (position, column) in columns.enumerated() {
      let power = factors.count { $0 == position }
      if power > 0 { parts.append(power == 1 ? column : "\(column)^\(power)") }
    }
    return parts.joined(separator: " ")
  }

  /// Replaces the columns by the products, float64, at the end of the frame.
  ///
  /// - Throws: `PreprocessingError` for a missing column, one that is no numbers, or an infinity,
  ///   in a column or in a product.
  public func applied(to frame: DataFrame, report: inout TransformReport)
    throws(PreprocessingError) -> DataFrame
  {
    // As doubles once, a null being NaN.
    var ignored = TransformReport()
    let plain = try frame.applying(columns.map { (column: $0, kernels: []) }, report: &ignored)
    var sources: [FixedVector<Double>] = []
    for name in columns {
      if case .float64(let values) = try plain.column(name).storage { sources.append(values) }
    }
    let (taken, rows) = (sources, frame.rowCount)
    let made = try mapTasks(products.count, cells: products.count * rows) {
      [products] task throws(PreprocessingError) in
      let factors = products[task].map { taken[$0] }
      return FixedVector<Double>(count: rows) { row in
        var product = 1.0
        for factor in factors { product *= factor.pointer[row] }
        return product
      }
    }
    var result = frame
    for name in columns { result[name] = nil }
    for (factors, values) in zip(products, made) {
      let name = title(factors)
      guard !result.columns.contains(name) else {
        throw PreprocessingError(.column, "two features are named '\(name)'; rename a column")
      }
      if let row = (0..<rows).first(where: { values[$0].isInfinite }) {
        throw PreprocessingError(
          .value,
          "the product '\(name)' overflows in row \(frame.ids[row]); scale the columns first",
          row: frame.ids[row]
        )
      }
      result[name] = Column(
        storage: .float64(values),
        validity: Validity(count: rows) { !values[$0].isNaN }
      )
    }
    return result
  }
}
