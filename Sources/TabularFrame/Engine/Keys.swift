internal import TabularCSV
internal import TabularTensor

/// The keys of a column's rows, such that equal keys are equal values.
///
/// Floats: NaN is one key, and -0 is 0. Categories: by word. Texts: by bytes.
protocol KeySource: Sendable {
  associatedtype Key
  var count: Int { get }
  /// The key of a row that is not null; reads without a bounds check.
  func key(_ row: Int) -> Key
  func isNull(_ row: Int) -> Bool
}

/// Keys that are whole numbers in a range.
protocol WholeKeySource: KeySource where Key == Int64 {}

struct IntegerKeys<Integer: FixedWidthInteger & BitwiseCopyable & Sendable>: WholeKeySource {
  let vector: FixedVector<Integer>
  let validity: Validity?

  var count: Int { vector.count }
  @inline(__always) func key(_ row: Int) -> Int64 { Int64(vector.pointer[row]) }
  @inline(__always) func isNull(_ row: Int) -> Bool {
    guard let validity else { return false }
    return !validity.bits.reader[row]
  }
}

/// The codes of categories, each replaced by the first code of the same word.
struct WordKeys: WholeKeySource {
  let codes: FixedVector<Int32>
  let firstCodes: FixedVector<Int32>
  let validity: Validity?

  var count: Int { codes.count }
  @inline(__always) func key(_ row: Int) -> Int64 {
    Int64(firstCodes.pointer[Int(codes.pointer[row])])
  }
  @inline(__always) func isNull(_ row: Int) -> Bool {
    guard let validity else { return false }
    return !validity.bits.reader[row]
  }
}

struct BoolKeys: WholeKeySource {
  let bits: BitVector
  let validity: Validity?

  var count: Int { bits.count }
  @inline(__always) func key(_ row: Int) -> Int64 { bits.reader[row] ? 1 : 0 }
  @inline(__always) func isNull(_ row: Int) -> Bool {
    guard let validity else { return false }
    return !validity.bits.reader[row]
  }
}

/// Numbers of two columns' groups as one; below 0 stands for a null.
struct PairKeys: WholeKeySource {
  let left: FixedVector<Int32>
  let right: FixedVector<Int32>
  /// The groups of the right column.
  let rightCount: Int64

  var count: Int { left.count }
  @inline(__always) func key(_ row: Int) -> Int64 {
    Int64(left.pointer[row]) &* rightCount &+ Int64(right.pointer[row])
  }
  @inline(__always) func isNull(_ row: Int) -> Bool {
    left.pointer[row] | right.pointer[row] < 0
  }
}

struct FloatKeys: KeySource {
  let vector: FixedVector<Double>
  let validity: Validity?

  var count: Int { vector.count }
  @inline(__always) func key(_ row: Int) -> Int64 {
    let value = vector.pointer[row]
    return Int64(bitPattern: value.isNaN ? Double.nan.bitPattern : (value + 0).bitPattern)
  }
  @inline(__always) func isNull(_ row: Int) -> Bool {
    guard let validity else { return false }
    return !validity.bits.reader[row]
  }
}

struct TextKeys: KeySource {
  let texts: StringVector
  let validity: Validity?
  /// The heap buffers' addresses, valid as long as `texts`.
  private let starts: FixedVector<Int>

  init(texts: StringVector, validity: Validity?) {
    self.texts = texts
    self.validity = validity
    starts = FixedVector(count: texts.heap.count) { Int(bitPattern: texts.heap[$0].pointer) }
  }

  var count: Int { texts.count }
  @inline(__always) func key(_ row: Int) -> TextKey {
    let view = texts.views.pointer[row]
    guard view.length > StringView.inlineCapacity else { return TextKey(view: view, start: nil) }
    let start = UnsafePointer<UInt8>(bitPattern: starts.pointer[Int(view.buffer)])
    return TextKey(view: view, start: start.map { $0 + Int(view.offset) })
  }
  @inline(__always) func isNull(_ row: Int) -> Bool {
    guard let validity else { return false }
    return !validity.bits.reader[row]
  }
}

/// A text's bytes, without a copy: inline in the view, else at `start`.
struct TextKey {
  let view: StringView
  let start: UnsafePointer<UInt8>?

  /// The view's bytes; those behind a short text are zero, so that equal texts have equal words.
  @inline(__always) private var words: (UInt64, UInt64) {
    unsafeBitCast(view, to: (UInt64, UInt64).self)
  }

  @inline(__always) static func == (left: TextKey, right: TextKey) -> Bool {
    let (l, r) = (left.words, right.words)
    // Length and the first four bytes.
    guard l.0 == r.0 else { return false }
    guard let leftStart = left.start, let rightStart = right.start else { return l.1 == r.1 }
    let (a, b) = (UnsafeRawPointer(leftStart), UnsafeRawPointer(rightStart))
    let count = Int(left.view.length)
    var index = 0
    while index &+ 8 <= count {
      guard
        (a + index).loadUnaligned(as: UInt64.self) == (b + index).loadUnaligned(as: UInt64.self)
      else { return false }
      index &+= 8
    }
    // The last eight bytes, some of them again: a long text has more than twelve.
    return (a + (count &- 8)).loadUnaligned(as: UInt64.self)
      == (b + (count &- 8)).loadUnaligned(as: UInt64.self)
  }

  @inline(__always) var hash: UInt64 {
    guard let start else {
      return SplitMix64.mix(words.0 ^ SplitMix64.mix(words.1))
    }
    let bytes = UnsafeRawPointer(start)
    let count = Int(view.length)
    var hash = UInt64(truncatingIfNeeded: count)
    var index = 0
    while index &+ 8 <= count {
      hash = SplitMix64.mix(hash &+ (bytes + index).loadUnaligned(as: UInt64.self))
      index &+= 8
    }
    return SplitMix64.mix(hash &+ (bytes + (count &- 8)).loadUnaligned(as: UInt64.self))
  }
}

/// Something that is done with the keys of a column, whatever their type.
protocol KeyVisitor {
  associatedtype Result
  func visitWhole<Source: WholeKeySource>(_ source: Source) -> Result
  func visitFloats(_ source: FloatKeys) -> Result
  func visitTexts(_ source: TextKeys) -> Result
}

extension Column {
  /// Gives a visitor the keys, typed.
  func visitKeys<Visitor: KeyVisitor>(_ visitor: Visitor) -> Visitor.Result {
    switch storage {
    case .bool(let bits): visitor.visitWhole(BoolKeys(bits: bits, validity: validity))
    case .int64(let vector), .datetime(let vector):
      visitor.visitWhole(IntegerKeys(vector: vector, validity: validity))
    case .date(let vector): visitor.visitWhole(IntegerKeys(vector: vector, validity: validity))
    case .float64(let vector): visitor.visitFloats(FloatKeys(vector: vector, validity: validity))
    case .string(let texts): visitor.visitTexts(TextKeys(texts: texts, validity: validity))
    case .category(let codes, let words):
      if let firstCodes = words.firstOfEqual {
        visitor.visitWhole(WordKeys(codes: codes, firstCodes: firstCodes, validity: validity))
      } else {
        visitor.visitWhole(IntegerKeys(vector: codes, validity: validity))
      }
    }
  }
}

extension StringVector {
  /// The first text that is equal to each; nil where no two are equal.
  var firstOfEqual: FixedVector<Int32>? {
    let groups = KeyGroups(TextKeys(texts: self, validity: nil), keepingNulls: false)
    guard groups.firstRows.count < count else { return nil }
    return FixedVector(count: count) { Int32(groups.firstRows[Int(groups.ids[$0])]) }
  }
}
