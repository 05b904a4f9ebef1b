internal import TabularFrame
internal import TabularTensor

/// A column of categories and what each of its words becomes in a tensor.
struct CodedColumn: Sendable {
  let column: Column
  let words: FixedVector<Int32>
  let scalars: WordScalars

  /// The column as a vocabulary codes it; nil where it cannot be looked up a word at a time.
  init?<Scalar: FloatingTensorScalar>(
    _ column: Column,
    _ vocabulary: Vocabulary,
    others: Int64,
    as type: Scalar.Type
  ) {
    guard case .category(let words, _) = column.storage,
      let scalars = vocabulary.scalars(of: column, others: others, as: type)
    else { return nil }
    (self.column, self.words, self.scalars) = (column, words, scalars)
  }
}

/// A coded column for hot loops.
///
/// The word of a row with a value is below the dictionary's length, as in every column; the column
/// outlives this.
struct CodedCells<Scalar: FloatingTensorScalar> {
  private let words: UnsafePointer<Int32>
  private let scalars: UnsafePointer<Scalar>
  private let valid: BitReader?
  private let unseen: UnsafePointer<UInt8>?

  init(_ coded: CodedColumn) {
    words = coded.words.pointer
    scalars = coded.scalars.pointer(as: Scalar.self)
    valid = coded.column.validity?.bits.reader
    unseen = coded.scalars.unseenMarks
  }

  /// The nulls of at most 64 rows, the first one in the lowest bit.
  @inline(__always)
  private func nulls(_ row: Int, _ count: Int) -> UInt64 {
    guard let valid else { return 0 }
    // Bits behind the last row do not count.
    return ~valid.word(at: row, count: count) & (UInt64.max &>> UInt64(64 &- count))
  }

  /// The place of a row's word in the lists, that of a null -1: chosen without a branch, which one
  /// row in ten of nulls would make a wrong guess of.
  @inline(__always)
  private func word(_ row: Int, _ nulls: UInt64) -> Int {
    Int(words[row] | (0 &- Int32(truncatingIfNeeded: nulls & 1)))
  }

  /// Writes a run of rows at a distance of `stride` numbers.
  ///
  /// - Returns: the number of rows that the fit did not see.
  func write(_ rows: Range<Int>, to target: UnsafeMutablePointer<Scalar>, stride: Int) -> Int {
    var place = target
    var row = rows.lowerBound
    while row < rows.upperBound {
      let end = min(row &+ 64, rows.upperBound)
      var nulls = nulls(row, end &- row)
      while row < end {
        place.pointee = scalars[word(row, nulls)]
        nulls &>>= 1
        row &+= 1
        place += stride
      }
    }
    return countUnseen(rows)
  }

  /// Writes four columns together: a quarter of the way through the rows' memory that each alone
  /// takes.
  ///
  /// - Returns: for each column, the number of rows that the fit did not see.
  static func write(
    _ columns: InlineArray<4, CodedCells>,
    _ rows: Range<Int>,
    to target: UnsafeMutablePointer<Scalar>,
    stride: Int
  ) -> SIMD4<Int> {
    let (a, b, c, d) = (columns[0], columns[1], columns[2], columns[3])
    var place = target
    var row = rows.lowerBound
    while row < rows.upperBound {
      let end = min(row &+ 64, rows.upperBound)
      let count = end &- row
      var (na, nb, nc, nd) = (
        a.nulls(row, count), b.nulls(row, count), c.nulls(row, count), d.nulls(row, count)
      )
      if na | nb | nc | nd == 0 {
        while row < end {
          place[0] = a.scalars[Int(a.words[row])]
          place[1] = b.scalars[Int(b.words[row])]
          place[2] = c.scalars[Int(c.words[row])]
          place[3] = d.scalars[Int(d.words[row])]
          row &+= 1
          place += stride
        }
        continue
      }
      while row < end {
        place[0] = a.scalars[a.word(row, na)]
        place[1] = b.scalars[b.word(row, nb)]
        place[2] = c.scalars[c.word(row, nc)]
        place[3] = d.scalars[d.word(row, nd)]
        na &>>= 1
        nb &>>= 1
        nc &>>= 1
        nd &>>= 1
        row &+= 1
        place += stride
      }
    }
    return SIMD4(
      a.countUnseen(rows),
      b.countUnseen(rows),
      c.countUnseen(rows),
      d.countUnseen(rows)
    )
  }

  /// Counted only where the dictionary has a word that the fit did not see.
  private func countUnseen(_ rows: Range<Int>) -> Int {
    guard let unseen else { return 0 }
    var sum = 0
    var row = rows.lowerBound
    while row < rows.upperBound {
      let end = min(row &+ 64, rows.upperBound)
      var nulls = nulls(row, end &- row)
      while row < end {
        sum &+= Int(unseen[word(row, nulls)])
        nulls &>>= 1
        row &+= 1
      }
    }
    return sum
  }
}
