internal import TabularCSV
internal import TabularFrame
internal import TabularTensor

/// What a table codes the words of a dictionary as, looked up once for all chunks that share it.
final class WordCodes: Sendable {
  private struct Known {
    /// Held, so that no other dictionary gets its address.
    var buffer: Buffer
    var codes: [Int32]
  }

  private let known: Locked<Known?>
  private let scalars = Locked<WordScalars?>(nil)

  /// Knows nothing, or the codes of the first words of a dictionary.
  init(_ known: (buffer: Buffer, codes: [Int32])? = nil) {
    self.known = Locked(known.map { Known(buffer: $0.buffer, codes: $0.codes) })
  }

  /// The code of each word, `CategoryTable.unseen` where the table does not hold it; nil where the
  /// rows are too few to look up all words for.
  func codes(of dictionary: StringVector, rows: Int, in table: CategoryTable) -> [Int32]? {
    known.withLock { known in
      let buffer = dictionary.views.buffer
      if let codes = known.flatMap({ $0.buffer === buffer ? $0.codes : nil }),
        codes.count >= dictionary.count
      {
        return codes
      }
      guard dictionary.count <= 8 * rows + 1024, dictionary.views.offset == 0 else { return nil }
      var codes = known?.buffer === buffer ? known?.codes ?? [] : []
      codes.reserveCapacity(dictionary.count)
      for word in codes.count..<dictionary.count {
        codes.append(
          dictionary.withBytes(word) { bytes in
            let key = PackedKey(bytes)
            guard key.isLong, let start = bytes.baseAddress else { return table.code(of: key) }
            return table.code(of: key, text: start)
          }
        )
      }
      known = Known(buffer: buffer, codes: codes)
      return codes
    }
  }

  /// What each word becomes in a tensor, made once for all chunks that share the dictionary; nil
  /// where `codes` is.
  func scalars<Scalar: FloatingTensorScalar>(
    of dictionary: StringVector,
    rows: Int,
    in table: CategoryTable,
    below limit: UInt32,
    others: Int64,
    as type: Scalar.Type
  ) -> WordScalars? {
    guard let codes = codes(of: dictionary, rows: rows, in: table) else { return nil }
    let buffer = dictionary.views.buffer
    return scalars.withLock { known in
      if let known, known.isList(of: buffer, count: codes.count, others: others, Scalar.dtype) {
        return known
      }
      let made = WordScalars(codes, of: buffer, below: limit, others: others, as: type)
      known = made
      return made
    }
  }
}
