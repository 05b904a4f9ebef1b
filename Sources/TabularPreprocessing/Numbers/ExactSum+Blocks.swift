// Sums of blocks at the speed of vectors, to the same bits.
//
// A block is peeled from the top: adding a large power of two to each value and taking it away
// again leaves the value's high bits, so few of them that their plain sum in any order is exact.
// That sum goes to the accumulator; what was left is peeled again until nothing is. Values of about
// one magnitude take two rounds, small integers one.
//
// Source: Rump, Ogita and Oishi, "Accurate floating-point summation, part I", 2008, algorithm 3.2
// (ExtractVector). Products without error: Dekker, "A floating-point technique for extending the
// available precision", 1971.
extension ExactSum {
  private typealias Lanes = SIMD4<Double>

  /// The largest block; 4 less than 2^12, as the rounds count on.
  static let largestBlock = 4092

  /// The doubles that a block of `count` values needs, a whole number of lanes.
  static func padded(_ count: Int) -> Int { (count + 3) & ~3 }

  /// Adds a block of finite values, and overwrites it.
  ///
  /// - Parameters:
  ///   - values: room for `padded(count)` doubles.
  ///   - count: how many of them are values.
  mutating func add(block values: UnsafeMutablePointer<Double>, count: Int) {
    precondition(count <= Self.largestBlock, "a block of \(count) values")
    for i in count..<Self.padded(count) { values[i] = 0 }
    let lanes = UnsafeMutableRawPointer(values).assumingMemoryBound(to: Lanes.self)
    let laneCount = Self.padded(count) / 4
    var rounds = 0
    while true {
      var largest = Lanes.zero
      for i in 0..<laneCount {
        let magnitude = Self.magnitude(lanes[i])
        largest.replace(with: magnitude, where: magnitude .> largest)
      }
      let top = largest.max()
      guard top > 0 else { return }
      // |value| < 2^(exponent + 1), and 2^12 of them stay below the power that peels.
      let exponent = Int(top.exponent) + 13
      guard exponent < 1023, rounds < 4 else { break }
      let power = Lanes(repeating: Double(sign: .plus, exponent: exponent, significand: 1))
      var sum = Lanes.zero
      for i in 0..<laneCount {
        let high = (power + lanes[i]) - power
        lanes[i] -= high
        sum += high
      }
      // Exact in any order: all are multiples of one bit and stay below 2^53 of it.
      add((sum[0] + sum[1]) + (sum[2] + sum[3]))
      rounds += 1
    }
    for i in 0..<count where values[i] != 0 { add(values[i]) }
  }

  /// Adds the squares of a block of finite values.
  ///
  /// - Parameters:
  ///   - values: room for `padded(count)` doubles; what is behind `count` is overwritten.
  ///   - count: how many of them are values.
  ///   - scratch: room for `2 * padded(count)` doubles.
  mutating func addSquares(
    block values: UnsafeMutablePointer<Double>,
    count: Int,
    scratch: UnsafeMutablePointer<Double>
  ) {
    precondition(count <= Self.largestBlock, "a block of \(count) values")
    let size = Self.padded(count)
    for i in count..<size { values[i] = 0 }
    let lanes = UnsafeMutableRawPointer(values).assumingMemoryBound(to: Lanes.self)
    let squares = UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: Lanes.self)
    let errors = UnsafeMutableRawPointer(scratch + size).assumingMemoryBound(to: Lanes.self)
    var largest = Lanes.zero
    var smallest = Lanes(repeating: .infinity)
    var anyError = Lanes.zero
    for i in 0..<(size / 4) {
      let value = lanes[i]
      let magnitude = Self.magnitude(value)
      largest.replace(with: magnitude, where: magnitude .> largest)
      smallest.replace(with: magnitude, where: (magnitude .< smallest) .& (magnitude .> 0))
      // Two halves of 26 bits, whose products are exact.
      let shifted = value * 134_217_729
      let high = shifted - (shifted - value)
      let low = value - high
      let square = value * value
      let error = ((high * high - square) + (2 * high) * low) + low * low
      squares[i] = square
      errors[i] = error
      anyError.replace(with: 1, where: error .!= 0)
    }
    // Outside this range a square, or what rounding takes from it, is no double.
    guard largest.max() < 0x1p500, smallest.min() > 0x1p-480 else {
      for i in 0..<count { addSquare(values[i]) }
      return
    }
    add(block: scratch, count: count)
    if anyError.max() > 0 { add(block: scratch + size, count: count) }
  }

  @inline(__always)
  private static func magnitude(_ value: Lanes) -> Lanes {
    value.replacing(with: -value, where: value .< 0)
  }
}

extension ExactSum {
  /// Adds a finite value many times.
  mutating func add(_ value: Double, times count: Int) {
    guard value != 0 else { return }
    let bits = value.significandBitPattern
    let exponent = Int(value.exponentBitPattern)
    let magnitude = exponent == 0 ? bits : bits | 1 << 52
    let position = exponent == 0 ? -1074 : exponent - 1075
    addProduct(magnitude, UInt64(count), exponent: position, negative: value.sign == .minus)
  }

  /// Adds the square of a finite value many times.
  mutating func addSquare(_ value: Double, times count: Int) {
    guard value != 0 else { return }
    let bits = value.significandBitPattern
    let exponent = Int(value.exponentBitPattern)
    let magnitude = exponent == 0 ? bits : bits | 1 << 52
    let position = 2 * (exponent == 0 ? -1074 : exponent - 1075)
    let square = magnitude.multipliedFullWidth(by: magnitude)
    addProduct(square.low, UInt64(count), exponent: position, negative: false)
    addProduct(square.high, UInt64(count), exponent: position + 64, negative: false)
  }

  private mutating func addProduct(
    _ magnitude: UInt64,
    _ count: UInt64,
    exponent: Int,
    negative: Bool
  ) {
    let product = magnitude.multipliedFullWidth(by: count)
    add(product.low, exponent: exponent, negative: negative)
    if product.high != 0 { add(product.high, exponent: exponent + 64, negative: negative) }
  }
}
