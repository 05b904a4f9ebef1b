internal import TabularCSV
internal import TabularFrame
internal import TabularTensor

/// The categories of a column and how often each occurs, gathered chunk by chunk.
///
/// A null is a category of the table, and sorts last.
struct CategoryFold: Sendable {
  private var table = CategoryTable()
  /// The rows of each code.
  private(set) var counts: [Int] = []
  /// The rows seen.
  private(set) var rows = 0
  /// The codes of the words of the dictionary that was met last, -2 where they are not known.
  private var words: (buffer: Buffer, codes: [Int32])?

  init() {}

  /// What was gathered elsewhere; the table is copied before it is written to.
  ///
  /// - Parameters:
  ///   - table: the categories.
  ///   - counts: the rows of each.
  ///   - rows: all rows.
  ///   - dictionary: the views of a dictionary whose words are the categories in their order.
  init(table: CategoryTable, counts: [Int], rows: Int, dictionary: Buffer) {
    (self.table, self.counts, self.rows) = (table, counts, rows)
    words = (dictionary, Array(0..<Int32(table.count)))
  }

  /// About how many bytes it takes.
  var byteCount: Int { table.byteCount + 8 * counts.count }

  /// The rows that are coded at a time, so that their codes stay in the first cache.
  static let blockSize = 4096

  mutating func observe(_ name: String, in chunk: DataFrame) throws(PreprocessingError) {
    observe(try chunk.categories(name), 0..<chunk.rowCount)
  }

  mutating func observe(_ column: Column, _ range: Range<Int>) {
    if !isKnownUniquelyReferenced(&table) { table = table.copy() }
    rows += range.count
    let table = table
    let buffer = column.dictionaryBuffer
    var known: [Int32] = []
    if let words, words.buffer === buffer { known = words.codes }
    words = nil
    var coder = CategoryCoder(column, table: table, mode: .insert, known: known)
    known = []
    defer { words = buffer.map { ($0, coder.wordCodes) } }
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: Self.blockSize) { codes in
      guard let start = codes.baseAddress else { return }
      for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.blockSize) {
        let block = first..<min(first + Self.blockSize, range.upperBound)
        coder.encode(block, into: start)
        if counts.count < table.count {
          counts.append(contentsOf: repeatElement(0, count: table.count - counts.count))
        }
        counts.withUnsafeMutableBufferPointer { counts in
          for i in 0..<block.count { counts[Int(start[i])] &+= 1 }
        }
      }
    }
  }

  mutating func merge(_ other: CategoryFold) {
    if !isKnownUniquelyReferenced(&table) { table = table.copy() }
    rows += other.rows
    for (code, count) in other.counts.enumerated() {
      let mine = Int(table.insert(Int32(code), of: other.table))
      if mine == counts.count { counts.append(0) }
      counts[mine] += count
    }
  }

  /// The number of different categories, the null among them.
  var count: Int { counts.count }

  /// The categories in sorted order with the rows of each; those of the null, or 0.
  var sorted: (categories: [CategoryKey], counts: [Int], nulls: Int) {
    var result: (categories: [CategoryKey], counts: [Int], nulls: Int) = ([], [], 0)
    for code in table.sortedCodes {
      if let category = table.category(code) {
        result.categories.append(category)
        result.counts.append(counts[Int(code)])
      } else {
        result.nulls = counts[Int(code)]
      }
    }
    return result
  }

  /// The categories of a column in sorted order, and the rows of each; the null's last where it is
  /// a category.
  func vocabulary(of column: String, nullIsCategory: Bool = false) -> (Vocabulary, counts: [Int]) {
    let order = table.sortedCodes
    var positions: (buffer: Buffer, codes: [Int32])?
    if let words, words.codes.count == order.count, words.codes.allSatisfy({ $0 >= 0 }) {
      var ranks = [Int32](repeating: 0, count: order.count)
      for (rank, code) in order.enumerated() { ranks[Int(code)] = Int32(rank) }
      positions = (words.buffer, words.codes.map { ranks[Int($0)] })
    }
    let vocabulary = Vocabulary(column: column, table: table.reordered(order), words: positions)
    var counts = order.map { self.counts[Int($0)] }
    if vocabulary.hasNull, !nullIsCategory { counts.removeLast() }
    return (vocabulary, counts)
  }
}

extension Column {
  /// What tells a dictionary from others that begin otherwise.
  fileprivate var dictionaryBuffer: Buffer? {
    guard case .category(_, let words) = storage, words.views.offset == 0 else { return nil }
    return words.views.buffer
  }
}

extension [CategoryFold] {
  /// Takes the rows of a chunk, a column a fold, on all threads.
  mutating func observe(_ names: [String], in chunk: DataFrame) throws(PreprocessingError) {
    var columns: [Column] = []
    for name in names { columns.append(try chunk.categories(name)) }
    let rows = chunk.rowCount
    let runs = rowRuns(rows, columns: columns.count)
    var parts = (0..<columns.count * (runs.count - 1)).map { _ in CategoryFold() }
    withUnsafeMutableBufferPointer { folds in
      parts.withUnsafeMutableBufferPointer { parts in
        let (folds, parts) = (SharedElements(folds), SharedElements(parts))
        concurrently(columns.count * runs.count, cells: columns.count * rows) { task in
          let (run, column) = (task / columns.count, task % columns.count)
          if run == 0 {
            folds[column].observe(columns[column], runs[run])
          } else {
            parts[(run - 1) * columns.count + column].observe(columns[column], runs[run])
          }
        }
      }
    }
    for (i, part) in parts.enumerated() { self[i % columns.count].merge(part) }
  }

  /// Takes what other folds have gathered from other rows.
  mutating func merge(_ others: [CategoryFold]) {
    for i in indices { self[i].merge(others[i]) }
  }
}

extension CategoryFold: SharedState {
  func put(into bytes: inout StateBytes) {
    table.put(into: &bytes)
    bytes.put(all: counts)
    bytes.put(rows)
  }

  mutating func take(from bytes: inout StateBytes) {
    table = CategoryTable(from: &bytes)
    counts = bytes.takeAll()
    rows = bytes.take()
    words = nil
  }
}
