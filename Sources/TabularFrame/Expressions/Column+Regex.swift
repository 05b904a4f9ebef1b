internal import Synchronization
internal import TabularCSV

// Tests and maps by regular expressions, in the syntax of Swift's `Regex`.
//
// A pattern works on code points, as Python's `re`. It is compiled once a thread, since a `Regex` is
// not made to be shared between threads; a category answers once a word.
extension Column {
  /// Whether each text contains something that matches a pattern, as pandas' `str.contains`.
  ///
  /// - Throws: `FrameError` of kind `type` when the column holds no texts, and of kind `value` for a
  ///   pattern that is none.
  public func contains(matching pattern: String) throws(FrameError) -> Column {
    try regexTest("contains(matching:)", pattern) { text, regex in
      (try? regex.firstMatch(in: text)) != nil
    }
  }

  /// Whether a pattern matches each text as a whole, as pandas' `str.fullmatch`.
  ///
  /// - Throws: `FrameError` of kind `type` when the column holds no texts, and of kind `value` for a
  ///   pattern that is none.
  public func matches(_ pattern: String) throws(FrameError) -> Column {
    try regexTest("matches", pattern) { text, regex in
      (try? regex.wholeMatch(in: text)) != nil
    }
  }

  /// A group of the first match of a pattern in each text, as pandas' `str.extract`.
  ///
  /// - Parameters:
  ///   - pattern: a regular expression, such as `, ([^.]+)\.` for the title in a name.
  ///   - group: which parentheses; 0 is the whole match.
  /// - Returns: texts; null where nothing matches.
  /// - Throws: `FrameError` of kind `type` when the column holds no texts, and of kind `value` for a
  ///   pattern that is none, or has no such group.
  public func extract(_ pattern: String, group: Int = 1) throws(FrameError) -> Column {
    // A match of anything tells how many groups there are.
    let groups = try Self.regex("(?:\(pattern))|").firstGroupCount
    guard group >= 0, group < groups else {
      throw FrameError(
        .value,
        "pattern '\(pattern)' has \(groups - 1) groups, and group \(group) is asked for; "
          + "put parentheses around what is wanted"
      )
    }
    let texts = try regexTexts("extract", pattern) { text, regex in
      guard let match = try? regex.firstMatch(in: text), let found = match.output[group].substring
      else { return nil }
      return String(found)
    }
    switch storage {
    case .category(let codes, _):
      guard case .string(let words) = texts.storage else { return texts }
      return Column.category(codes, validity, words, texts.validity)
    default: return texts
    }
  }

  private func regexTest(
    _ verb: String,
    _ pattern: String,
    _ holds: @escaping @Sendable (String, Regex<AnyRegexOutput>) -> Bool
  ) throws(FrameError) -> Column {
    let found = try onTexts(verb, pattern, holds).map { $0 ?? false }
    let bits = found.withUnsafeBufferPointer { found in
      BitVector(packing: found.count) { found[$0] }
    }
    if case .category(let codes, _) = storage {
      return Column(bits: byCode(codes, bits), validity: validity)
    }
    return Column(bits: bits, validity: validity)
  }

  /// A string column of what each text, or each word of a dictionary, gives.
  private func regexTexts(
    _ verb: String,
    _ pattern: String,
    _ body: @escaping @Sendable (String, Regex<AnyRegexOutput>) -> String?
  ) throws(FrameError) -> Column {
    Column(try onTexts(verb, pattern, body).map { $0 ?? nil })
  }

  /// What each text, or each word of a dictionary, gives, worked out on all threads.
  private func onTexts<Result: Sendable>(
    _ verb: String,
    _ pattern: String,
    _ body: @escaping @Sendable (String, Regex<AnyRegexOutput>) -> Result
  ) throws(FrameError) -> [Result?] {
    let (texts, validity): (StringVector, Validity?)
    switch storage {
    case .string(let vector): (texts, validity) = (vector, self.validity)
    case .category(_, let words): (texts, validity) = (words, nil)
    default: throw .noTexts(type, verb)
    }
    _ = try Self.regex(pattern)
    // Blocks in turn, put together in their order.
    let (block, count) = (1024, texts.count)
    let blocks = (count + block - 1) / block
    let next = Atomic(0)
    let parts = Locked([[Result?]](repeating: [], count: blocks))
    let work: @Sendable () -> Void = {
      guard let regex = try? Self.regex(pattern) else { return }
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < blocks else { return }
        let rows = (index * block)..<Swift.min((index + 1) * block, count)
        let part = rows.map { row in
          validity?.bits[row] ?? true ? body(texts[row], regex) : nil
        }
        parts.withLock { $0[index] = part }
      }
    }
    onThreads(Swift.min(processorCount, Swift.max(blocks, 1))) { _ in work() }
    return parts.withLock { $0.flatMap { $0 } }
  }

  private static func regex(_ pattern: String) throws(FrameError) -> Regex<AnyRegexOutput> {
    do {
      return try Regex(pattern).matchingSemantics(.unicodeScalar)
    } catch {
      throw FrameError(.value, "'\(pattern)' is no regular expression: \(error)")
    }
  }
}

extension Regex<AnyRegexOutput> {
  /// The groups of its match of an empty text, the whole match included.
  fileprivate var firstGroupCount: Int {
    (try? firstMatch(in: ""))?.output.count ?? 1
  }
}
