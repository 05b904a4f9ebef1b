internal import TabularCSV

// Tests of texts, as pandas' `str`. A category answers once a word. A null row gives null.
extension Column {
  /// Whether each text contains another one.
  ///
  /// - Parameters:
  ///   - text: what is looked for, as it is; see `contains(matching:)` for patterns.
  ///   - ignoringCase: whether `Mr` is found in `mrs`.
  /// - Returns: a bool column.
  /// - Throws: `FrameError` of kind `type` when the column holds no texts.
  public func contains(_ text: String, ignoringCase: Bool = false) throws(FrameError) -> Column {
    if ignoringCase { return try lowercased().contains(text.lowercased()) }
    let needle = Array(text.utf8)
    return try textTest("contains") { firstOccurrence(of: needle, in: $0, from: 0) != nil }
  }

  /// Whether each text begins with another one.
  ///
  /// - Throws: `FrameError` of kind `type` when the column holds no texts.
  public func hasPrefix(_ prefix: String) throws(FrameError) -> Column {
    let prefix = Array(prefix.utf8)
    return try textTest("hasPrefix") { bytes in
      guard bytes.count >= prefix.count else { return false }
      for i in prefix.indices where bytes[i] != prefix[i] { return false }
      return true
    }
  }

  /// Whether each text ends with another one.
  ///
  /// - Throws: `FrameError` of kind `type` when the column holds no texts.
  public func hasSuffix(_ suffix: String) throws(FrameError) -> Column {
    let suffix = Array(suffix.utf8)
    return try textTest("hasSuffix") { bytes in
      let start = bytes.count - suffix.count
      guard start >= 0 else { return false }
      for i in suffix.indices where bytes[start + i] != suffix[i] { return false }
      return true
    }
  }

  /// The number of code points (Unicode scalars) of each text, as pandas' `str.len`.
  ///
  /// - Throws: `FrameError` of kind `type` when the column holds no texts.
  public func length() throws(FrameError) -> Column {
    let source = try textSource(for: "length")
    let lengths = FixedVector<Int64>(filling: count) { Int64(scalarCount(source.bytes($0))) }
    return Column(storage: .int64(lengths), validity: validity)
  }

  /// A bool column of what each text answers; a dictionary's words are asked once.
  @inline(__always)
  func textTest(_ verb: String, _ holds: (UnsafeBufferPointer<UInt8>) -> Bool)
    throws(FrameError) -> Column
  {
    switch storage {
    case .string(let texts):
      let reader = TextReader(texts)
      return Column(
        bits: BitVector(packing: count) { holds(reader.bytes($0)) },
        validity: validity
      )
    case .category(let codes, let words):
      let reader = TextReader(words)
      let table = BitVector(packing: words.count) { holds(reader.bytes($0)) }
      return Column(bits: byCode(codes, table), validity: validity)
    default: throw .noTexts(type, verb)
    }
  }

  func textSource(for verb: String) throws(FrameError) -> TextSource {
    guard type == .string || type == .category else { throw .noTexts(type, verb) }
    return textSource
  }
}

extension FrameError {
  static func noTexts(_ type: ColumnType, _ verb: String) -> FrameError {
    FrameError(
      .type,
      "\(verb) of a column of type \(type), expected texts; cast it with cast(to: .string)"
    )
  }
}
