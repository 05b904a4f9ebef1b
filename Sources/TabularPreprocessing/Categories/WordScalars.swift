internal import TabularFrame
internal import TabularTensor

/// What each word of a dictionary becomes in a tensor, so that a cell is one look into a list.
///
/// Each list begins with the entry of a null, whose word is taken for -1.
struct WordScalars: Sendable {
  /// Held, so that no other dictionary gets its address.
  private let dictionary: Buffer
  private let dtype: DType
  private let others: Int64
  private let wordCount: Int
  private let scalars: Buffer
  private let unseen: Buffer?

  /// Makes the list from the code of each word of a dictionary, below 0 where the fit did not see
  /// it; a null, and a word whose code is no category's, become `others`.
  init<Scalar: FloatingTensorScalar>(
    _ codes: [Int32],
    of dictionary: Buffer,
    below limit: UInt32,
    others: Int64,
    as type: Scalar.Type
  ) {
    (self.dictionary, dtype, self.others, wordCount) = (
      dictionary, Scalar.dtype, others, codes.count
    )
    scalars = Buffer(uninitialized: (codes.count + 1) * MemoryLayout<Scalar>.stride)
    let scalar = scalars.pointer.bindMemory(to: Scalar.self, capacity: codes.count + 1)
    scalar[0] = Scalar(others)
    var hasUnseen = false
    for (word, code) in codes.enumerated() {
      hasUnseen = hasUnseen || code < 0
      scalar[word + 1] = Scalar(UInt32(bitPattern: code) < limit ? Int64(code) : others)
    }
    guard hasUnseen else {
      unseen = nil
      return
    }
    let marks = Buffer(uninitialized: codes.count + 1)
    let mark = marks.pointer.bindMemory(to: UInt8.self, capacity: codes.count + 1)
    mark[0] = 0
    for (word, code) in codes.enumerated() { mark[word + 1] = code < 0 ? 1 : 0 }
    unseen = marks
  }

  /// Whether it is what another call would make.
  func isList(of dictionary: Buffer, count: Int, others: Int64, _ dtype: DType) -> Bool {
    self.dictionary === dictionary && wordCount == count && self.others == others
      && self.dtype == dtype
  }

  /// Whether every code of a vocabulary is there to the last digit.
  static func areExact<Scalar: FloatingTensorScalar>(
    codesBelow limit: Int,
    others: Int64,
    as type: Scalar.Type
  ) -> Bool {
    limit <= 1 << (Scalar.significandBitCount + 1) && Scalar(exactly: others) != nil
  }

  /// The scalar of word 0; that of a null stands before it.
  func pointer<Scalar: FloatingTensorScalar>(as type: Scalar.Type) -> UnsafePointer<Scalar> {
    precondition(Scalar.dtype == dtype, "scalars of \(dtype)")
    return UnsafePointer(scalars.pointer.assumingMemoryBound(to: Scalar.self)) + 1
  }

  /// 1 for each word that the fit did not see, from word 0 on, and 0 before it for a null; nil where
  /// it saw all.
  var unseenMarks: UnsafePointer<UInt8>? {
    unseen.map { UnsafePointer($0.pointer.assumingMemoryBound(to: UInt8.self)) + 1 }
  }
}
