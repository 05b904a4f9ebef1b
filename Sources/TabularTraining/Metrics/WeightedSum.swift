internal import TabularPreprocessing

/// A sum of weighted values whose bits do not depend on the order of the rows, nor on how they are
/// divided among shards and ranks.
///
/// The products are exact too: what rounding leaves of each is added beside it.
struct WeightedSum: Sendable {
  private var sum = ExactSum()

  /// Adds `weight · value`, both finite.
  mutating func add(_ value: Double, weight: Double = 1) {
    guard weight != 1 else { return sum.add(value) }
    let product = weight * value
    sum.add(product)
    sum.add((-product).addingProduct(weight, value))
  }

  /// Adds `weight · value²`, both finite.
  mutating func addSquare(_ value: Double, weight: Double = 1) {
    guard weight != 1 else { return sum.addSquare(value) }
    let square = value * value
    add(square, weight: weight)
    add((-square).addingProduct(value, value), weight: weight)
  }

  /// Takes what another sum has of other rows.
  mutating func merge(_ other: WeightedSum) { sum.merge(other.sum) }

  /// The sum, rounded once.
  var value: Double { sum.rounded }

  /// Numbers whose sum is this one, the largest first: what rounding leaves of each is the next.
  var parts: [Double] {
    var (left, parts) = (sum, [Double]())
    for _ in 0..<3 {
      let part = left.rounded
      guard part != 0, part.isFinite else { break }
      parts.append(part)
      left.add(-part)
    }
    return parts
  }
}
