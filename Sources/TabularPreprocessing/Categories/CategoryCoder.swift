internal import TabularCSV
internal import TabularFrame
internal import TabularTensor

/// Codes the rows of a column by a table of categories: no cell is boxed.
///
/// A category column is looked up once a word of its dictionary.
struct CategoryCoder {
  /// What to do with a category that the table does not hold.
  enum Mode {
    /// It gets a code.
    case insert
    /// It is coded as `CategoryTable.unseen`.
    case lookUp
  }

  private let column: Column
  private let table: CategoryTable
  private let mode: Mode
  private let nullCode: Int32
  /// The code of each word of a category column; -2 where it is not looked up yet.
  private(set) var wordCodes: [Int32] = []

  /// Prepares for a column of text, integers or bools, as `frame.categories(name)` gives it.
  ///
  /// With `insert`, nulls become a category of the table.
  ///
  /// - Parameters:
  ///   - column: the column.
  ///   - table: gives the codes.
  ///   - mode: what becomes of categories that it does not hold.
  ///   - known: the codes of the first words of the column's dictionary, from another coder
  ///   of the table.
  init(_ column: Column, table: CategoryTable, mode: Mode, known: [Int32] = []) {
    self.column = column
    self.table = table
    self.mode = mode
    nullCode = mode == .insert && column.nullCount > 0 ? table.insert(.null) : table.nullCode
    if case .category(_, let words) = column.storage {
      wordCodes = known
      wordCodes.append(contentsOf: repeatElement(-2, count: max(0, words.count - known.count)))
    }
  }

  /// Writes the code of each row of a run.
  mutating func encode(_ rows: Range<Int>, into codes: UnsafeMutablePointer<Int32>) {
    let nulls = NullBits(column)
    switch column.storage {
    case .string(let texts): encode(texts, rows, nulls, codes)
    case .int64(let values):
      let values = values.pointer
      for row in rows {
        codes[row &- rows.lowerBound] = code(of: PackedKey(values[row]), isNull: nulls.isNull(row))
      }
    case .bool(let bits):
      for row in rows {
        codes[row &- rows.lowerBound] =
          nulls.isNull(row) ? nullCode : code(of: PackedKey(bits[row]))
      }
    case .category(let words, let dictionary):
      let words = words.pointer
      for row in rows {
        guard !nulls.isNull(row) else {
          codes[row &- rows.lowerBound] = nullCode
          continue
        }
        let word = Int(words[row])
        if wordCodes[word] == -2 {
          wordCodes[word] = dictionary.withBytes(word) { bytes in
            let key = PackedKey(bytes)
            guard key.isLong, let start = bytes.baseAddress else { return code(of: key) }
            return mode == .insert
              ? table.insert(key, text: start) : table.code(of: key, text: start)
          }
        }
        codes[row &- rows.lowerBound] = wordCodes[word]
      }
    default:
      // A column without any value.
      for row in rows { codes[row &- rows.lowerBound] = nullCode }
    }
  }

  private func encode(
    _ texts: StringVector,
    _ rows: Range<Int>,
    _ nulls: NullBits,
    _ codes: UnsafeMutablePointer<Int32>
  ) {
    let size = CategoryTable.blockSize
    withUnsafeTemporaryAllocation(of: UInt16.self, capacity: size) { left in
      guard let left = left.baseAddress else { return }
      for first in stride(from: rows.lowerBound, to: rows.upperBound, by: size) {
        let views = UnsafePointer(texts.views.pointer) + first
        let block = codes + (first - rows.lowerBound)
        let count = min(size, rows.upperBound - first)
        let others = table.lookUp(views, count, nulls, from: first, into: block, left: left)
        for position in 0..<others {
          let row = Int(left[position])
          block[row] = code(of: views[row], texts, isNull: nulls.isNull(first + row))
        }
      }
    }
  }

  private func code(of view: StringView, _ texts: StringVector, isNull: Bool) -> Int32 {
    guard !isNull else { return code(of: PackedKey.null) }
    guard view.length > StringView.inlineCapacity else { return code(of: PackedKey(view)) }
    let text = long(view, texts)
    let key = PackedKey(long: text, count: Int(view.length))
    return mode == .insert ? table.insert(key, text: text) : table.code(of: key, long: text)
  }

  private func long(_ view: StringView, _ texts: StringVector) -> UnsafePointer<UInt8> {
    let start = texts.heap[Int(view.buffer)].pointer.assumingMemoryBound(to: UInt8.self)
    return UnsafePointer(start + Int(view.offset))
  }

  /// The code of a key, or that of the null: chosen without a branch, which one row in ten of nulls
  /// would make a wrong guess of.
  @inline(__always)
  private func code(of key: PackedKey, isNull: Bool) -> Int32 {
    let mask: UInt64 = isNull ? 0 : .max
    return code(
      of: PackedKey(
        head: (key.head & mask) | (PackedKey.null.head & ~mask),
        tail: key.tail & mask
      )
    )
  }

  @inline(__always)
  private func code(of key: PackedKey) -> Int32 {
    mode == .insert ? table.insert(key) : table.code(of: key)
  }
}

/// Which rows of a column are null, read without a check of bounds.
struct NullBits {
  let bits: UnsafePointer<UInt8>?
  let offset: Int

  /// The column must outlive it.
  init(_ column: Column) {
    bits = column.validity.map {
      UnsafePointer($0.bits.buffer.pointer.assumingMemoryBound(to: UInt8.self))
    }
    offset = column.validity?.bits.offset ?? 0
  }

  @inline(__always)
  func isNull(_ row: Int) -> Bool {
    guard let bits else { return false }
    let bit = offset &+ row
    return bits[bit >> 3] >> UInt8(truncatingIfNeeded: bit & 7) & 1 == 0
  }
}

extension DataFrame {
  /// A column that can be taken as categories: text, integers, bools, or without any value.
  func categories(_ name: String) throws(PreprocessingError) -> Column {
    let column = try column(name)
    switch column.type {
    case .string, .category, .int64, .bool: return column
    case _ where column.nullCount == column.count: return column
    default:
      throw PreprocessingError(
        .type,
        "column '\(name)' is of type \(column.typeInWords), expected text, integers or bools; cast or "
          + "bin it",
        column: name
      )
    }
  }
}
