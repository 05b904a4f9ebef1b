internal import TabularCSV
internal import TabularFrame

/// The terms of texts, how many texts hold each and how often it occurs, gathered chunk by chunk.
struct TextFold: Sendable {
  /// A term's counts.
  private struct Term: BitwiseCopyable {
    var documents = 0
    var occurrences = 0
    /// The number of the last document that held it.
    var last = -1
  }

  private var table = CategoryTable()
  private var terms: [Term] = []
  /// The documents seen; a null is one without a term.
  private(set) var documents = 0

  /// The terms of documents, document after document.
  struct Kept: Sendable {
    var codes: [Int32] = []
    /// Where each document ends.
    var ends: [Int] = []
  }

  /// Takes the documents of a run of rows, and keeps their terms' codes where wanted.
  mutating func observe(
    _ column: TextColumn,
    _ rows: Range<Int>,
    _ analyzer: TextAnalyzer,
    keeping kept: UnsafeMutablePointer<Kept>?
  ) {
    if !isKnownUniquelyReferenced(&table) { table = table.copy() }
    let (table, tokenizer) = (table, Tokenizer(analyzer))
    var codes: [Int32] = []
    for row in rows {
      codes.removeAll(keepingCapacity: true)
      if column.withText(row, { tokenizer.read($0) }) {
        tokenizer.forEachTerm { text, count in
          codes.append(table.insert(PackedKey(padded: text, count: count), text: text))
        }
      }
      if terms.count < table.count {
        terms.append(contentsOf: repeatElement(Term(), count: table.count - terms.count))
      }
      let document = documents
      terms.withUnsafeMutableBufferPointer { terms in
        for code in codes {
          terms[Int(code)].occurrences &+= 1
          if terms[Int(code)].last != document {
            terms[Int(code)].last = document
            terms[Int(code)].documents &+= 1
          }
        }
      }
      documents += 1
      if let kept {
        kept.pointee.codes.append(contentsOf: codes)
        kept.pointee.ends.append(kept.pointee.codes.count)
      }
    }
  }

  mutating func merge(_ other: TextFold) {
    if !isKnownUniquelyReferenced(&table) { table = table.copy() }
    documents += other.documents
    for (code, term) in other.terms.enumerated() {
      let mine = Int(table.insert(Int32(code), of: other.table))
      if mine == terms.count { terms.append(Term()) }
      terms[mine].documents += term.documents
      terms[mine].occurrences += term.occurrences
    }
  }

  /// For each of this fold's codes the position in a vocabulary, or -1.
  func positions(in vocabulary: Vocabulary) -> [Int32] {
    (0..<Int32(table.count)).map { vocabulary.table.code($0, of: table) }
  }

  /// The terms that a selection keeps in code-point order, and the documents that hold each.
  ///
  /// - Throws: `PreprocessingError` when none is left.
  func vocabulary(of column: String, _ selection: TermSelection) throws(PreprocessingError) -> (
    vocabulary: Vocabulary, documents: [Int]
  ) {
    guard !terms.isEmpty else {
      throw PreprocessingError(
        .empty,
        "column '\(column)' has no term in \(documents) texts: they are null, empty, or of stop "
          + "words and single characters only",
        column: column
      )
    }
    let least = selection.minDf.rows(of: documents)
    let most = selection.maxDf.rows(of: documents)
    guard least <= most else {
      throw PreprocessingError(
        .value,
        "a term of column '\(column)' would have to be in at least \(least) and at most \(most) "
          + "texts; choose a lower minDf or a higher maxDf",
        column: column
      )
    }
    var kept = table.sorted(
      (0..<Int32(terms.count)).filter {
        let count = Double(terms[Int($0)].documents)
        return count >= least && count <= most
      }
    )
    if let limit = selection.maxFeatures, kept.count > limit {
      func weight(_ position: Int) -> Int {
        let term = terms[Int(kept[position])]
        return selection.binary ? term.documents : term.occurrences
      }
      // The most frequent; of equally frequent ones the first in code-point order.
      let order = kept.indices.sorted { (-weight($0), $0) < (-weight($1), $1) }
      kept = order.prefix(limit).sorted().map { kept[$0] }
    }
    guard !kept.isEmpty else {
      throw PreprocessingError(
        .empty,
        "no term of column '\(column)' is left of \(terms.count); choose a lower minDf or a higher "
          + "maxDf",
        column: column
      )
    }
    let vocabulary = CategoryTable(capacity: kept.count)
    for code in kept { _ = vocabulary.insert(code, of: table) }
    return (
      Vocabulary(column: column, table: vocabulary), kept.map { terms[Int($0)].documents }
    )
  }
}

/// Which terms become columns.
struct TermSelection: Codable, Sendable, Equatable {
  var minDf: RowThreshold
  var maxDf: RowThreshold
  var maxFeatures: Int?
  var binary: Bool
}

/// A column of texts.
struct TextColumn: Sendable {
  private let texts: StringVector
  private let words: FixedVector<Int32>?
  private let column: Column

  var count: Int { column.count }
  var nullCount: Int { column.nullCount }

  /// Takes string and category columns, and a column without any value.
  init(_ name: String, _ column: Column) throws(PreprocessingError) {
    self.column = column
    switch column.storage {
    case .string(let texts): (self.texts, words) = (texts, nil)
    case .category(let words, let texts): (self.texts, self.words) = (texts, words)
    case _ where column.nullCount == column.count:
      (texts, words) = (StringVector([String?]()), nil)
    default:
      throw PreprocessingError(
        .type,
        "column '\(name)' is of type \(column.typeInWords), expected text",
        column: name
      )
    }
  }

  init(_ name: String, in frame: DataFrame) throws(PreprocessingError) {
    try self.init(name, try frame.column(name))
  }

  /// Gives `body` the text of a row.
  ///
  /// - Returns: whether there is one.
  @inline(__always)
  func withText(_ row: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Void) -> Bool {
    guard !column.isNull(row) else { return false }
    texts.withBytes(words.map { Int($0[row]) } ?? row, body)
    return true
  }
}

extension [TextFold] {
  /// Takes the rows of columns, a column a fold, on all threads.
  mutating func observe(_ columns: [TextColumn], _ analyzer: TextAnalyzer) {
    let rows = columns.first?.count ?? 0
    let runs = rowRuns(rows, columns: columns.count)
    var parts = (0..<columns.count * (runs.count - 1)).map { _ in TextFold() }
    withUnsafeMutableBufferPointer { folds in
      parts.withUnsafeMutableBufferPointer { parts in
        let (folds, parts) = (SharedElements(folds), SharedElements(parts))
        concurrently(columns.count * runs.count, cells: columns.count * rows * 8) { task in
          let (run, column) = (task / columns.count, task % columns.count)
          if run == 0 {
            folds[column].observe(columns[column], runs[run], analyzer, keeping: nil)
          } else {
            parts[(run - 1) * columns.count + column]
              .observe(columns[column], runs[run], analyzer, keeping: nil)
          }
        }
      }
    }
    for (i, part) in parts.enumerated() { self[i % columns.count].merge(part) }
  }
}

/// A run of rows a thread, where there are fewer columns than threads and rows enough.
func rowRuns(_ rows: Int, columns: Int) -> [Range<Int>] {
  let count = rows < 1 << 12 ? 1 : max(1, processorCount / max(1, columns))
  let width = (rows + count - 1) / count
  return (0..<count).map { min(rows, $0 * width)..<min(rows, ($0 + 1) * width) }
}

extension TextFold: SharedState {
  func put(into bytes: inout StateBytes) {
    table.put(into: &bytes)
    bytes.put(all: terms)
    bytes.put(documents)
  }

  mutating func take(from bytes: inout StateBytes) {
    table = CategoryTable(from: &bytes)
    terms = bytes.takeAll()
    documents = bytes.take()
  }
}
