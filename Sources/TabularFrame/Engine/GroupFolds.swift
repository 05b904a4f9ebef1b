/// A sum in two doubles, whose error is that of about 106 bits.
///
/// Source: Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", 1974,
/// with Knuth's two-sum instead of a branch.
struct LongSum: Fold {
  private var high = 0.0
  private var low = 0.0
  var count = 0

  @inline(__always) mutating func add(_ value: Double) {
    let sum = high + value
    let part = sum - high
    low += (high - (sum - part)) + (value - part)
    high = sum
    count &+= 1
  }

  mutating func merge(_ other: LongSum) {
    let count = count &+ other.count
    add(other.high)
    low += other.low
    self.count = count
  }

  /// The sum; an infinity or NaN stays what it is.
  var value: Double { high.isFinite ? high + low : high }
}

/// An exact sum of whole numbers.
struct WholeSum: Fold {
  var value: Int128 = 0
  var count = 0

  @inline(__always) mutating func add(_ number: Int64) {
    value &+= Int128(number)
    count &+= 1
  }

  mutating func merge(_ other: WholeSum) {
    value &+= other.value
    count &+= other.count
  }
}

/// What is kept of the numbers of a group.
protocol Fold: BitwiseCopyable, Sendable {
  associatedtype Number
  /// Of no number.
  init()
  mutating func add(_ number: Number)
  /// Takes what was kept of later numbers.
  mutating func merge(_ later: Self)
}

/// Numbers that are folded by group.
protocol NumberSource<Number>: Sendable {
  associatedtype Number
  /// The number of a row; NaN or what else stands there for a null.
  func number(_ row: Int) -> Number
  func isMissing(_ row: Int) -> Bool
}

extension IntegerKeys: NumberSource where Integer == Int64 {
  @inline(__always) func number(_ row: Int) -> Int64 { vector.pointer[row] }
  @inline(__always) func isMissing(_ row: Int) -> Bool { isNull(row) }
}

extension BoolKeys: NumberSource {
  @inline(__always) func number(_ row: Int) -> Int64 { key(row) }
  @inline(__always) func isMissing(_ row: Int) -> Bool { isNull(row) }
}

extension FloatKeys: NumberSource {
  @inline(__always) func number(_ row: Int) -> Double { vector.pointer[row] }
  @inline(__always) func isMissing(_ row: Int) -> Bool {
    let value = vector.pointer[row]
    return value != value || isNull(row)
  }
}

/// Squared distances from the mean of a row's group.
struct SquaredDistances<Source: NumberSource>: NumberSource where Source.Number: BinaryNumber {
  let source: Source
  let ids: FixedVector<Int32>
  let means: FixedVector<Double>

  @inline(__always) func number(_ row: Int) -> Double {
    let id = Int(ids.pointer[row])
    let distance = source.number(row).double - means.pointer[id]
    return distance * distance
  }
  @inline(__always) func isMissing(_ row: Int) -> Bool { source.isMissing(row) }
}

protocol BinaryNumber { var double: Double { get } }
extension Double: BinaryNumber { @inline(__always) var double: Double { self } }
extension Int64: BinaryNumber { @inline(__always) var double: Double { Double(self) } }

extension Grouping {
  /// Folds the numbers of each group.
  ///
  /// Segments of rows, whose number follows from that of rows and groups alone, are folded one by
  /// one in row order and merged in theirs, so that a sum has the same bits for any number of
  /// threads.
  func fold<State: Fold, Source: NumberSource>(_ source: Source, to _: State.Type)
    -> FixedVector<State> where State.Number == Source.Number
  {
    let (ids, groups) = (ids, count)
    let parts = Swift.max(1, Swift.min(16, ids.count / Swift.max(1 << 12, 16 * groups)))
    let segments = Workers.segments(of: ids.count, parts: parts)
    let states = PerThread(parts) { _ in FixedVector<State>(room: groups) }
    Workers.forEach(parts, threads: Workers.count(for: ids.count)) { part in
      let (ids, states) = (ids.pointer, states[part].mutablePointer)
      states.initialize(repeating: State(), count: groups)
      for row in segments[part] {
        let id = Int(ids[row])
        guard id >= 0, !source.isMissing(row) else { continue }
        states[id].add(source.number(row))
      }
    }
    let merged = states[0].mutablePointer
    for part in 1..<Swift.max(parts, 1) {
      let later = states[part].pointer
      for group in 0..<groups { merged[group].merge(later[group]) }
    }
    return states[0]
  }
}
