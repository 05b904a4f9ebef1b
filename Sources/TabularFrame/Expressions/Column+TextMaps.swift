internal import TabularCSV

// Texts made of texts, as pandas' `str`. A category stays one, and each of its words is changed
// once. A null row stays null.
extension Column {
  /// Each text in lower case, by Unicode's full case mapping.
  ///
  /// - Throws: `FrameError` of kind `type` when the column holds no texts.
  public func lowercased() throws(FrameError) -> Column {
    try textMap("lowercased") { text, result in
      if isASCII(text) {
        result.append(ascii: text) { $0 &- 65 < 26 ? $0 | 0x20 : $0 }
      } else {
        result.append(String(decoding: text, as: UTF8.self).lowercased())
      }
      return true
    }
  }

  /// Each text in upper case, by Unicode's full case mapping.
  ///
  /// - Throws: `FrameError` of kind `type` when the column holds no texts.
  public func uppercased() throws(FrameError) -> Column {
    try textMap("uppercased") { text, result in
      if isASCII(text) {
        result.append(ascii: text) { $0 &- 97 < 26 ? $0 & 0xDF : $0 }
      } else {
        result.append(String(decoding: text, as: UTF8.self).uppercased())
      }
      return true
    }
  }

  /// Each text without the white space at its ends, as Python's `strip`.
  ///
  /// - Throws: `FrameError` of kind `type` when the column holds no texts.
  public func trimmed() throws(FrameError) -> Column {
    try textMap("trimmed") { text, result in
      var (start, end) = (0, text.count)
      while start < end, isSpace(text[start]) { start += 1 }
      while start < end, isSpace(text[end - 1]) { end -= 1 }
      let trimmed = UnsafeBufferPointer(rebasing: text[start..<end])
      if start == end || (trimmed[0] < 0x80 && trimmed[trimmed.count - 1] < 0x80) {
        result.append(trimmed)
      } else {
        let scalars = String(decoding: trimmed, as: UTF8.self).unicodeScalars
        let left = scalars.drop { isSpace($0) }
        let kept = left.reversed().drop { isSpace($0) }.reversed()
        result.append(String(String.UnicodeScalarView(kept)))
      }
      return true
    }
  }

  /// Each text with every occurrence of one text replaced by another.
  ///
  /// - Throws: `FrameError` of kind `type` when the column holds no texts, and of kind `value` when
  ///   there is nothing to look for.
  public func replacing(_ text: String, with replacement: String) throws(FrameError) -> Column {
    let (needle, replacement) = (Array(text.utf8), Array(replacement.utf8))
    guard !needle.isEmpty else {
      throw FrameError(.value, "replacing an empty text; say what to look for")
    }
    var buffer: [UInt8] = []
    return try textMap("replacing") { text, result in
      buffer.removeAll(keepingCapacity: true)
      var start = 0
      for found in occurrences(of: needle, in: text) {
        buffer.append(contentsOf: text[start..<found])
        buffer.append(contentsOf: replacement)
        start = found + needle.count
      }
      buffer.append(contentsOf: text[start...])
      buffer.withUnsafeBufferPointer { result.append($0) }
      return true
    }
  }

  /// One part of each text between separators, as pandas' `str.split(separator).str[element]`.
  ///
  /// - Parameters:
  ///   - separator: one character or more, taken as it is.
  ///   - element: the part's number from 0; a negative one counts from the end.
  /// - Returns: the parts; null where a text has no such part.
  /// - Throws: `FrameError` of kind `type` when the column holds no texts, and of kind `value` for
  ///   an empty separator.
  public func split(_ separator: String, element: Int) throws(FrameError) -> Column {
    let needle = try Self.separator(separator)
    return try textMap("split") { text, result in
      let cuts = occurrences(of: needle, in: text)
      let part = element < 0 ? cuts.count + 1 + element : element
      guard part >= 0, part <= cuts.count else { return false }
      let start = part == 0 ? 0 : cuts[part - 1] + needle.count
      let end = part == cuts.count ? text.count : cuts[part]
      result.append(UnsafeBufferPointer(rebasing: text[start..<end]))
      return true
    }
  }

  /// Each text in so many columns, as pandas' `str.split(separator, n: count - 1, expand: True)`.
  ///
  /// The last column takes what is left, separators included.
  ///
  /// - Parameters:
  ///   - separator: one character or more, taken as it is.
  ///   - count: the number of columns; below 1 traps.
  /// - Returns: `count` columns; null where a text has fewer parts.
  /// - Throws: `FrameError` of kind `type` when the column holds no texts, and of kind `value` for
  ///   an empty separator.
  public func split(_ separator: String, into count: Int) throws(FrameError) -> [Column] {
    precondition(count >= 1, "a split into \(count) columns")
    let needle = try Self.separator(separator)
    var columns: [Column] = []
    for part in 0..<count {
      columns.append(
        try textMap("split") { text, result in
          let cuts = occurrences(of: needle, in: text, atMost: count - 1)
          guard part <= cuts.count else { return false }
          let start = part == 0 ? 0 : cuts[part - 1] + needle.count
          let end = part == cuts.count ? text.count : cuts[part]
          result.append(UnsafeBufferPointer(rebasing: text[start..<end]))
          return true
        }
      )
    }
    return columns
  }

  private static func separator(_ text: String) throws(FrameError) -> [UInt8] {
    guard !text.isEmpty else { throw FrameError(.value, "a split at an empty separator") }
    return Array(text.utf8)
  }

  /// A column of what `body` appends for each text: one text and true, or nothing and false for a
  /// null.
  func textMap(
    _ verb: String,
    _ body: (UnsafeBufferPointer<UInt8>, inout TextBuilder) -> Bool
  ) throws(FrameError) -> Column {
    switch storage {
    case .string(let texts):
      let (mapped, found) = Self.mapped(texts, validity, body)
      return Column(storage: .string(mapped), validity: .both(validity, found))
    case .category(let codes, let words):
      let (mapped, found) = Self.mapped(words, nil, body)
      return Column.category(codes, validity, mapped, found)
    default: throw .noTexts(type, verb)
    }
  }

  private static func mapped(
    _ texts: StringVector,
    _ validity: Validity?,
    _ body: (UnsafeBufferPointer<UInt8>, inout TextBuilder) -> Bool
  ) -> (StringVector, Validity?) {
    let reader = TextReader(texts)
    var builder = TextBuilder(capacity: texts.count)
    let found = BitVector(packing: texts.count) { row in
      guard validity?.bits[row] ?? true, body(reader.bytes(row), &builder) else {
        builder.appendEmpty()
        return false
      }
      return true
    }
    return (builder.finish(), Validity(found))
  }

  /// A category of other words: words that became equal become one, words that vanished null.
  static func category(
    _ codes: FixedVector<Int32>,
    _ validity: Validity?,
    _ words: StringVector,
    _ found: Validity?
  ) -> Column {
    let (kept, places) = words.withoutRepeats()
    let pointer = codes.pointer
    func code(_ row: Int) -> Int? {
      let code = Int(pointer[row])
      guard validity?.bits[row] ?? true, code >= 0, code < places.count else { return nil }
      return code
    }
    let remapped = FixedVector<Int32>(filling: codes.count) { row in
      code(row).map { places[$0] } ?? 0
    }
    guard let found else {
      return Column(storage: .category(remapped, dictionary: kept), validity: validity)
    }
    let valid = BitVector(packing: codes.count) { row in
      code(row).map { found.bits[$0] } ?? false
    }
    return Column(storage: .category(remapped, dictionary: kept), validity: Validity(valid))
  }
}

extension TextBuilder {
  /// Appends ASCII text, each byte changed.
  fileprivate mutating func append(
    ascii text: UnsafeBufferPointer<UInt8>,
    _ change: (UInt8) -> UInt8
  ) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: max(text.count, 1)) { buffer in
      for i in 0..<text.count { buffer[i] = change(text[i]) }
      append(UnsafeBufferPointer(rebasing: buffer[0..<text.count]))
    }
  }
}

private func isASCII(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
  var all: UInt8 = 0
  for byte in text { all |= byte }
  return all < 0x80
}

/// White space of one byte, as Python has it.
private func isSpace(_ byte: UInt8) -> Bool {
  byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) || (byte >= 0x1C && byte <= 0x1F)
}

private func isSpace(_ scalar: Unicode.Scalar) -> Bool {
  scalar.isASCII
    ? isSpace(UInt8(truncatingIfNeeded: scalar.value)) : scalar.properties.isWhitespace
}

/// Where a text occurs in another, from left to right, without overlaps.
private func occurrences(
  of needle: [UInt8],
  in text: UnsafeBufferPointer<UInt8>,
  atMost limit: Int = .max
) -> [Int] {
  var found: [Int] = []
  var start = 0
  while found.count < limit, let place = firstOccurrence(of: needle, in: text, from: start) {
    found.append(place)
    start = place + needle.count
  }
  return found
}
