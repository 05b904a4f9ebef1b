/// A sum of doubles with the error of each addition kept and added at the end: a double-double.
///
/// The order is fixed by the position of a value, so that no chunk and no thread changes the result;
/// the relative error is below n^2 * 2^-104 of the sum of magnitudes.
///
/// Source: Knuth, TAOCP 2, 4.2.2, theorem B (TwoSum); Ogita, Rump and Oishi, "Accurate sum and dot
/// product", 2005, algorithms Sum2 and Dot2.
struct CompensatedSum {
  private var high = 0.0
  private var low = 0.0

  init() {}

  /// Adds a value.
  @inline(__always)
  mutating func add(_ value: Double) {
    let sum = high + value
    let part = sum - high
    low += (high - (sum - part)) + (value - part)
    high = sum
  }

  /// Adds a product, with the rounding error of the product.
  @inline(__always)
  mutating func add(product left: Double, _ right: Double) {
    let product = left * right
    low += (-product).addingProduct(left, right)
    add(product)
  }

  /// The sum; infinite or NaN where the values are, or the sum itself is out of range.
  var value: Double {
    let sum = high + low
    return low.isFinite ? sum : high
  }
}

extension CompensatedSum {
  /// The sum of values: eight sums of every eighth value, added in order.
  static func of(_ values: UnsafeBufferPointer<Double>) -> Double {
    sum(values, { $0 }, { $0 })
  }

  /// The sum of squared distances from `mean`, less what the mean's own rounding adds.
  ///
  /// Source: Chan, Golub and LeVeque, "Algorithms for computing the sample variance", 1983,
  /// the corrected two-pass algorithm.
  static func ofSquares(_ values: UnsafeBufferPointer<Double>, around mean: Double) -> Double {
    let means = SIMD8(repeating: mean)
    let squares = sum(
      values,
      { ($0 - means) * ($0 - means) },
      { ($0 - mean) * ($0 - mean) }
    )
    let rest = sum(values, { $0 - means }, { $0 - mean })
    return max(squares - rest * rest / Double(max(values.count, 1)), 0)
  }

  /// The sum of what becomes of values, eight at a time and one by one.
  @inline(__always)
  private static func sum(
    _ values: UnsafeBufferPointer<Double>,
    _ eight: (SIMD8<Double>) -> SIMD8<Double>,
    _ one: (Double) -> Double
  ) -> Double {
    var (high, low) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
    let whole = values.count & ~7
    if let base = values.baseAddress {
      let raw = UnsafeRawPointer(base)
      var i = 0
      while i < whole {
        let x = eight((raw + i &* 8).loadUnaligned(as: SIMD8<Double>.self))
        let sum = high + x
        let part = sum - high
        low += (high - (sum - part)) + (x - part)
        high = sum
        i &+= 8
      }
    }
    var total = CompensatedSum()
    for lane in 0..<8 { total.add(high[lane]) }
    for row in whole..<values.count { total.add(one(values[row])) }
    // An infinity leaves NaN in the errors, which then mean nothing.
    let errors = low.sum()
    if errors.isFinite { total.add(errors) }
    return total.value
  }
}
