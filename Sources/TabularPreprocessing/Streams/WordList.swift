internal import TabularCSV
internal import TabularFrame
internal import TabularTensor

extension DataFrame {
  /// Gives a column of codes the dictionary of which its own is the front.
  mutating func share(_ dictionary: StringVector, in name: String) {
    guard let column = try? column(name), case .category(let codes, _) = column.storage
    else { return }
    self[name] = Column(
      storage: .category(codes, dictionary: dictionary),
      validity: column.validity
    )
  }
}

/// The texts of a column that is read a chunk at a time, each once and in order of first row: text
/// becomes codes of one dictionary that grows.
///
/// Invariant: a dictionary that was given out is the front of the views; only what lies behind the
/// last one is written. When the views must move, those given out keep the old ones.
final class WordList {
  private let table = CategoryTable()
  private var views = FixedVector<StringView>(room: 1 << 10)
  private var heap: [Buffer] = []
  private var heapUsed = 0
  private var count = 0
  /// The rows of each code, and all of them.
  private var counts: [Int] = []
  private var rows = 0

  private static let heapBlock = 1 << 20

  /// The bytes that the words take.
  var byteCount: Int { 72 * count + heap.reduce(0) { $0 + $1.byteCount } * 2 }

  /// Codes a column of text; nulls stay nulls.
  func coded(_ column: Column) -> Column { coded(column, into: FixedVector(room: column.count)) }

  /// Codes a column of text into memory that nobody else uses yet.
  func coded(_ column: Column, into codes: FixedVector<Int32>) -> Column {
    let rows = column.count
    var coder = CategoryCoder(column, table: table, mode: .insert)
    coder.encode(0..<rows, into: codes.mutablePointer)
    grow()
    counts.append(contentsOf: repeatElement(0, count: table.count - counts.count))
    counts.withUnsafeMutableBufferPointer { counts in
      let codes = codes.pointer
      for row in 0..<rows { counts[Int(codes[row])] &+= 1 }
    }
    self.rows += rows
    return Column(
      storage: .category(codes, dictionary: dictionary),
      validity: column.validity
    )
  }

  /// All words so far; a null's place is an empty text.
  var dictionary: StringVector {
    StringVector(
      views: FixedVector(buffer: views.buffer, count: count),
      heap: heap
    )
  }

  /// The categories and their rows, as if a fold had seen them.
  ///
  /// It shares the table, which nobody writes any more.
  var fold: CategoryFold {
    CategoryFold(table: table, counts: counts, rows: rows, dictionary: views.buffer)
  }

  private func grow() {
    guard table.count > count else { return }
    if table.count > views.count {
      let larger = FixedVector<StringView>(room: 2 * table.count)
      larger.mutablePointer.update(from: views.pointer, count: count)
      views = larger
    }
    let (target, nullCode) = (views.mutablePointer, table.nullCode)
    for code in count..<table.count {
      let key = table.key(Int32(code))
      // A short text's key is its view.
      target[code] =
        code == Int(nullCode) ? .empty : key.isLong ? longView(Int32(code)) : StringView(key)
    }
    count = table.count
  }

  private func longView(_ code: Int32) -> StringView {
    table.withText(code) { text in
      if heap.isEmpty || heapUsed + text.count > heap[heap.count - 1].byteCount {
        heap.append(Buffer(uninitialized: max(Self.heapBlock, text.count)))
        heapUsed = 0
      }
      let place = heapUsed
      UnsafeMutableRawBufferPointer(
        start: heap[heap.count - 1].pointer + place,
        count: text.count
      ).copyMemory(from: UnsafeRawBufferPointer(text))
      heapUsed += text.count
      return StringView(text, buffer: heap.count - 1, offset: place)
    }
  }
}
