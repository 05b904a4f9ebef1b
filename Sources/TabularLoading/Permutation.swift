internal import TabularFrame

/// The shuffled order of an epoch: a keyed bijection row = π(seed, epoch, position) of 0 ..< count.
///
/// Every position is computed by itself, so there is no array of indices, memory is constant, and
/// whoever computes a position (a worker, a rank) gets the same row.
///
/// A generalised Feistel network permutes the a · b ≥ count numbers x = L · b + R, and a result
/// outside 0 ..< count walks along its cycle until it is inside. With a = ⌈√count⌉, made even, and
/// b = ⌈count / a⌉ fewer than a numbers lie outside, so a second step is rare. An even a matters:
/// with a and b odd every round is an even permutation, and half of all orders are out of reach.
///
/// Ten rounds mix large halves well; small ones have few functions to draw from and get 24, with
/// which all orders of up to seven rows are equally likely (chi-square test, 1,000 seeds an order).
///
/// Source: Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002, sections 3 and 4.
package struct Permutation: Sendable {
  /// The version of all orders: it changes when any position of any sampler's order does.
  package static let orderVersion = 1

  /// The number of rows.
  package let count: Int
  let a: UInt64
  let b: UInt64
  let rounds: Int
  /// A key a round, made once for an epoch; rounds alternate between L and R.
  let keys: InlineArray<24, UInt64>
  /// What the rounds draw, where it was made.
  private(set) var draws: RoundDraws?

  /// Makes the keys of an epoch; a negative count or epoch traps.
  package init(count: Int, seed: UInt64, epoch: Int) {
    precondition(count >= 0, "a permutation of \(count) rows")
    precondition(epoch >= 0, "epoch \(epoch): epochs count from 0")
    self.count = count
    let root = Self.ceilingOfSquareRoot(UInt64(count))
    a = root + root % 2
    b = count == 0 ? 0 : (UInt64(count) + a - 1) / a
    rounds = count < 4_096 ? 24 : 10
    var generator = SplitMix64(seed: EpochNumbers.start(seed: seed, epoch: epoch))
    keys = InlineArray { _ in generator.next() }
  }

  /// The same order, for one who asks for most of its positions: what the rounds draw is made once,
  /// in at most 1.3 MB, where that is faster.
  package func tabulated() -> Permutation {
    var permutation = self
    permutation.draws = RoundDraws(self)
    return permutation
  }

  /// The row at a position of the epoch; a position outside 0 ..< count traps.
  package subscript(position: Int) -> Int {
    precondition(position >= 0 && position < count, "position \(position) of \(count) rows")
    var x = UInt64(position)
    repeat { x = permuted(x) } while x >= UInt64(count)
    return Int(x)
  }

  /// The position of a row, the inverse of the subscript; a row outside 0 ..< count traps.
  package func position(of row: Int) -> Int {
    precondition(row >= 0 && row < count, "row \(row) of \(count) rows")
    var x = UInt64(row)
    repeat { x = unpermuted(x) } while x >= UInt64(count)
    return Int(x)
  }

  /// One pass through all rounds: a bijection of 0 ..< a · b.
  func permuted(_ x: UInt64) -> UInt64 {
    var (left, right) = x.quotientAndRemainder(dividingBy: b)
    for round in stride(from: 0, to: rounds, by: 2) {
      left = Self.sum(left, Self.draw(right, key: keys[round], below: a), modulo: a)
      right = Self.sum(right, Self.draw(left, key: keys[round + 1], below: b), modulo: b)
    }
    return left * b + right
  }

  /// The inverse of `permuted`.
  private func unpermuted(_ x: UInt64) -> UInt64 {
    var (left, right) = x.quotientAndRemainder(dividingBy: b)
    for round in stride(from: rounds - 2, through: 0, by: -2) {
      right = Self.sum(right, b - Self.draw(left, key: keys[round + 1], below: b), modulo: b)
      left = Self.sum(left, a - Self.draw(right, key: keys[round], below: a), modulo: a)
    }
    return left * b + right
  }

  /// The round function: a number 0 ..< bound drawn by key and half.
  @inline(__always)
  static func draw(_ half: UInt64, key: UInt64, below bound: UInt64) -> UInt64 {
    SplitMix64.mix(half &+ key).multipliedFullWidth(by: bound).high
  }

  @inline(__always)
  static func sum(_ x: UInt64, _ y: UInt64, modulo bound: UInt64) -> UInt64 {
    let sum = x &+ y
    return sum >= bound ? sum &- bound : sum
  }

  private static func ceilingOfSquareRoot(_ n: UInt64) -> UInt64 {
    // The rounded root is off by one at most; n < 2^63 keeps the squares in range.
    var root = UInt64(Double(n).squareRoot())
    while root * root < n { root += 1 }
    while root > 0, (root - 1) * (root - 1) >= n { root -= 1 }
    return root
  }
}
