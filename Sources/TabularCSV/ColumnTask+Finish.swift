/// The rows that a table keeps: all that were read, but for bad ones.
struct KeptRows {
  /// How many rows there are.
  let count: Int
  /// Runs of rows that are kept; nil where all are.
  let runs: [Range<Int>]?

  init(count: Int, without bad: NumberSet) {
    guard !bad.isEmpty else {
      self.count = count
      runs = nil
      return
    }
    var runs: [Range<Int>] = []
    var first = 0
    for row in bad {
      if row > first { runs.append(first..<row) }
      first = row + 1
    }
    if first < count { runs.append(first..<count) }
    self.runs = runs
    self.count = runs.reduce(0) { $0 + $1.count }
  }
}

extension ColumnTask {
  /// The column with what all threads have read.
  func finish(_ read: ReadingPass.Result.Column, _ kept: KeptRows) throws(CSVError) -> ParsedColumn
  {
    if let runs = kept.runs { remove(allBut: runs) }
    let rows = kept.count
    var nullCount = 0
    var validity: ColumnMemory?
    if read.nullCount > 0 {
      nullCount = invertNulls(rows)
      if nullCount > 0 { validity = nulls }
    }
    let dictionary =
      type == .category ? try dictionary(read.firstRows, rows, hasNulls: validity != nil) : nil
    let bytes = type == .bool ? (rows + 7) / 8 : rows * type.width
    values.use(bytes)
    nulls.use(validity == nil ? 0 : (rows + 7) / 8)
    let parsed: ParsedColumn.Values =
      switch type {
      case .bool: .bool(values)
      case .int64: .int64(values)
      case .float64: .float64(values)
      case .date: .date(values)
      case .datetime: .datetime(values)
      case .string: .string(values, heap.heap)
      case .category:
        .category(
          values,
          dictionary: dictionary?.words ?? values,
          dictionaryCount: dictionary?.count ?? 0,
          dictionary?.heap ?? StringHeap()
        )
      }
    return ParsedColumn(name: name, values: parsed, validity: validity, nullCount: nullCount)
  }

  /// Moves the rows that are kept together.
  private func remove(allBut runs: [Range<Int>]) {
    let width = type.width
    var target = 0
    for run in runs {
      if type == .bool {
        for row in run { Self.move(values, from: row, to: target + row - run.lowerBound) }
      } else if target != run.lowerBound {
        (values.pointer + target * width).copyMemory(
          from: values.pointer + run.lowerBound * width,
          byteCount: run.count * width
        )
      }
      for row in run { Self.move(nulls, from: row, to: target + row - run.lowerBound) }
      target += run.count
    }
  }

  private static func move(_ bits: ColumnMemory, from: Int, to: Int) {
    guard from != to else { return }
    let bytes = bits.pointer.assumingMemoryBound(to: UInt8.self)
    let bit = bytes[from >> 3] >> UInt8(from & 7) & 1
    bytes[to >> 3] = bytes[to >> 3] & ~(1 << UInt8(to & 7)) | bit << UInt8(to & 7)
  }

  /// Turns the bits of nulls into a validity bitmap; returns the number of nulls.
  private func invertNulls(_ rows: Int) -> Int {
    let words = nulls.pointer.assumingMemoryBound(to: UInt64.self)
    var count = 0
    for word in 0..<((rows + 63) / 64) {
      let left = rows - word * 64
      let mask: UInt64 = left >= 64 ? .max : (1 << UInt64(left)) - 1
      count += (words[word] & mask).nonzeroBitCount
      words[word] = ~words[word] & mask
    }
    return count
  }

  /// The dictionary in order of first row; the codes are changed to it.
  private func dictionary(
    _ firstRows: [(code: Int32, row: Int)],
    _ rows: Int,
    hasNulls: Bool
  ) throws(CSVError) -> (
    words: ColumnMemory, count: Int, heap: StringHeap
  ) {
    let words: [[UInt8]] = categories.words
    var first = [Int](repeating: .max, count: words.count)
    for (code, row) in firstRows { first[Int(code)] = min(first[Int(code)], row) }
    let order = words.indices.sorted { first[$0] < first[$1] }
    var code = [Int32](repeating: 0, count: words.count)
    for (position, word) in order.enumerated() { code[word] = Int32(position) }
    let codes = values.pointer.assumingMemoryBound(to: Int32.self)
    // A row without a word keeps code 0.
    let valid = hasNulls ? nulls.pointer.assumingMemoryBound(to: UInt8.self) : nil
    if code.indices.contains(where: { code[$0] != Int32($0) }) {
      for row in 0..<rows where valid.map({ $0[row >> 3] >> UInt8(row & 7) & 1 == 1 }) ?? true {
        codes[row] = code[Int(codes[row])]
      }
    }
    let (views, heap) = try viewsOfTexts(order.map { words[$0] })
    return (views, words.count, heap)
  }
}

/// The views of texts, and the heap of the long ones.
func viewsOfTexts(_ texts: [[UInt8]]) throws(CSVError) -> (views: ColumnMemory, heap: StringHeap) {
  let views = try ColumnMemory(capacity: max(texts.count, 1) * MemoryLayout<StringView>.size)
  let shared = SharedHeap()
  var writer = HeapWriter(shared)
  let pointer = views.pointer.assumingMemoryBound(to: StringView.self)
  for (position, text) in texts.enumerated() {
    var view = Result<StringView, CSVError>.success(.empty)
    text.withUnsafeBufferPointer { bytes in
      do throws(CSVError) {
        view = .success(try writer.view(bytes))
      } catch {
        view = .failure(error)
      }
    }
    pointer[position] = try view.get()
  }
  writer.finish()
  views.use(texts.count * MemoryLayout<StringView>.size)
  return (views, shared.heap)
}
