import TabularCSV

@testable import TabularFrame

/// Whether two numbers differ by a part of 10^9 at most; NaN is close to NaN.
func isClose(_ left: Double?, _ right: Double?) -> Bool {
  guard let left, let right else { return left == nil && right == nil }
  return left.isNaN ? right.isNaN : left == right || abs(left - right) <= 1e-9 * abs(right)
}

/// Whether a column of floats has these numbers, and nulls where nil is expected.
func isClose(_ column: Column, _ expected: [Double?]) -> Bool {
  column.type == .float64 && column.count == expected.count
    && expected.indices.allSatisfy { isClose(column[$0].double, expected[$0]) }
}
