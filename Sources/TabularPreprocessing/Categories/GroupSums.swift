/// Exact sums of numbers, one a group: the digits of `ExactSum`, of which a group holds those that
/// its values need.
///
/// Adding is associative and commutative in every bit.
struct GroupSums: Sendable {
  /// The digits of a group: `count` of them from digit `first` on, at `start` of `digits`.
  private struct Window: BitwiseCopyable {
    var first: Int32 = 0
    var count: Int32 = 0
    var start = 0
  }

  private var windows: [Window]
  /// Digits to the base 2^32, each any Int128: a number of 53 bits adds less than 2^84 to one, so
  /// that 2^43 additions fit.
  private var digits: [Int128] = []

  init(groups: Int = 0) { windows = [Window](repeating: Window(), count: groups) }

  /// Makes room for more groups.
  mutating func reserve(groups: Int) {
    guard windows.count < groups else { return }
    windows.append(contentsOf: repeatElement(Window(), count: groups - windows.count))
  }

  /// Adds a finite value, `times` times.
  mutating func add(_ value: Double, times: Int = 1, to group: Int) {
    let (magnitude, exponent) = ExactSum.split(value)
    add(magnitude, exponent, value < 0, times, group)
  }

  /// Adds the square of a finite value, `times` times.
  mutating func addSquare(_ value: Double, times: Int = 1, to group: Int) {
    let (magnitude, exponent) = ExactSum.split(value)
    let square = magnitude.multipliedFullWidth(by: magnitude)
    let low = square.low & (1 << 53 - 1)
    let high = square.high << 11 | square.low >> 53
    add(low, 2 * exponent, false, times, group)
    add(high, 2 * exponent + 53, false, times, group)
  }

  /// Adds the sums of other groups: `group` gives each its number here.
  mutating func merge(_ other: GroupSums, into group: (Int) -> Int) {
    for (index, window) in other.windows.enumerated() where window.count > 0 {
      let mine = group(index)
      widen(mine, from: window.first, to: window.first + window.count)
      let offset = windows[mine].start + Int(window.first - windows[mine].first)
      for i in 0..<Int(window.count) { digits[offset + i] += other.digits[window.start + i] }
    }
  }

  /// The sum of a group.
  func sum(of group: Int) -> ExactSum {
    var sum = ExactSum()
    let window = windows[group]
    for i in 0..<Int(window.count) {
      let digit = digits[window.start + i]
      let exponent = ExactSum.lowestExponent + 32 * (Int(window.first) + i)
      let magnitude = digit.magnitude
      sum.add(UInt64(truncatingIfNeeded: magnitude), exponent: exponent, negative: digit < 0)
      let high = UInt64(truncatingIfNeeded: magnitude >> 64)
      if high != 0 { sum.add(high, exponent: exponent + 64, negative: digit < 0) }
    }
    return sum
  }

  @inline(__always)
  private mutating func add(
    _ magnitude: UInt64,
    _ exponent: Int,
    _ negative: Bool,
    _ times: Int,
    _ group: Int
  ) {
    guard magnitude != 0 else { return }
    let position = exponent - ExactSum.lowestExponent
    let digit = Int32(truncatingIfNeeded: position >> 5)
    let window = windows[group]
    if digit < window.first || digit >= window.first + window.count {
      widen(group, from: digit, to: digit + 1)
    }
    let index = windows[group].start + Int(digit - windows[group].first)
    // 53 bits, 31 of shift and 43 of times are 127.
    let term = (Int128(magnitude) * Int128(times)) << Int128(position & 31)
    digits[index] += negative ? -term : term
  }

  /// Makes a group's window hold digits `from` up to `to`.
  @inline(never)
  private mutating func widen(_ group: Int, from: Int32, to: Int32) {
    let window = windows[group]
    let isEmpty = window.count == 0
    let first = isEmpty ? from : min(from, window.first)
    let end = isEmpty ? to : max(to, window.first + window.count)
    guard isEmpty || end - first > window.count else { return }
    let start = digits.count
    digits.append(contentsOf: repeatElement(0, count: Int(end - first)))
    for i in 0..<Int(window.count) {
      digits[start + Int(window.first - first) + i] = digits[window.start + i]
    }
    windows[group] = Window(first: first, count: end - first, start: start)
  }
}

extension GroupSums: SharedState {
  func put(into bytes: inout StateBytes) {
    bytes.put(all: windows)
    bytes.put(all: digits)
  }

  mutating func take(from bytes: inout StateBytes) {
    windows = bytes.takeAll()
    digits = bytes.takeAll()
  }

  /// The sums of the same groups.
  mutating func merge(_ other: GroupSums) { merge(other) { $0 } }
}
