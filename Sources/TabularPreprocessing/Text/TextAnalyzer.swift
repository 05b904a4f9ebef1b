/// How a text is cut into terms: scikit-learn's word analyzer with the pattern `(?u)\b\w\w+\b`.
struct TextAnalyzer: Codable, Sendable, Equatable {
  var lowercase: Bool
  /// The shortest and longest runs of words that are terms.
  var ngrams: ClosedRange<Int>
  var stopWords: [String]

  private enum CodingKeys: String, CodingKey { case lowercase, shortest, longest, stopWords }

  init(lowercase: Bool, ngrams: ClosedRange<Int>, stopWords: [String]) {
    precondition(ngrams.lowerBound > 0, "terms of \(ngrams.lowerBound) words")
    self.lowercase = lowercase
    self.ngrams = ngrams
    self.stopWords = stopWords
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let shortest = try container.decode(Int.self, forKey: .shortest)
    let longest = try container.decode(Int.self, forKey: .longest)
    guard shortest > 0, shortest <= longest else {
      throw PreprocessingError(.recipe, "terms of \(shortest) to \(longest) words")
    }
    self.init(
      lowercase: try container.decode(Bool.self, forKey: .lowercase),
      ngrams: shortest...longest,
      stopWords: try container.decode([String].self, forKey: .stopWords)
    )
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(lowercase, forKey: .lowercase)
    try container.encode(ngrams.lowerBound, forKey: .shortest)
    try container.encode(ngrams.upperBound, forKey: .longest)
    try container.encode(stopWords, forKey: .stopWords)
  }
}

/// Cuts texts into terms, with the buffers of one thread.
///
/// Invariant: `words` holds the words of the last text one space apart, and 16 bytes behind them can
/// be read; so a run of words is a run of bytes.
final class Tokenizer {
  private let analyzer: TextAnalyzer
  private let stopWords: CategoryTable?
  private let characters = WordCharacters.shared
  /// The lower case of an ASCII word character, 0 of any other.
  private let ascii: UnsafeMutablePointer<UInt8>
  private var words: UnsafeMutablePointer<UInt8>
  private var capacity = 1024
  private var starts: [Int] = []
  private var ends: [Int] = []

  init(_ analyzer: TextAnalyzer) {
    self.analyzer = analyzer
    if analyzer.stopWords.isEmpty {
      stopWords = nil
    } else {
      let table = CategoryTable(capacity: analyzer.stopWords.count)
      for word in analyzer.stopWords { _ = table.insert(.string(word)) }
      stopWords = table
    }
    words = .allocate(capacity: capacity)
    words.initialize(repeating: 0, count: capacity)
    ascii = .allocate(capacity: 256)
    ascii.initialize(repeating: 0, count: 256)
    for byte in UInt8(ascii: "0")...UInt8(ascii: "9") { ascii[Int(byte)] = byte }
    for byte in UInt8(ascii: "a")...UInt8(ascii: "z") {
      ascii[Int(byte)] = byte
      ascii[Int(byte) - 32] = analyzer.lowercase ? byte : byte - 32
    }
    ascii[Int(UInt8(ascii: "_"))] = UInt8(ascii: "_")
  }

  deinit {
    words.deallocate()
    ascii.deallocate()
  }

  /// Cuts a text into words.
  func read(_ text: UnsafeBufferPointer<UInt8>) {
    starts.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    if Self.isASCII(text) { readASCII(text) } else { readUnicode(text) }
  }

  /// Gives `body` each term of the last text, behind which 12 bytes can be read.
  @inline(__always)
  func forEachTerm(_ body: (_ text: UnsafePointer<UInt8>, _ count: Int) -> Void) {
    let words = UnsafePointer(words)
    let count = starts.count
    starts.withUnsafeBufferPointer { starts in
      ends.withUnsafeBufferPointer { ends in
        var length = analyzer.ngrams.lowerBound
        while length <= min(analyzer.ngrams.upperBound, count) {
          for first in 0...(count &- length) {
            let start = starts[first]
            body(words + start, ends[first &+ length &- 1] &- start)
          }
          length += 1
        }
      }
    }
  }

  private static func isASCII(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    let raw = UnsafeRawBufferPointer(text)
    var seen: UInt64 = 0
    var position = 0
    while position &+ 8 <= text.count {
      seen |= raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)
      position &+= 8
    }
    while position < text.count {
      seen |= UInt64(text[position])
      position &+= 1
    }
    return seen & 0x8080_8080_8080_8080 == 0
  }

  private func reserve(_ size: Int) {
    guard size + 32 > capacity else { return }
    words.deallocate()
    capacity = 2 * size + 32
    words = .allocate(capacity: capacity)
    words.initialize(repeating: 0, count: capacity)
  }

  private func readASCII(_ text: UnsafeBufferPointer<UInt8>) {
    guard let bytes = text.baseAddress else { return }
    reserve(text.count + 1)
    let (words, ascii, count) = (words, ascii, text.count)
    var end = 0
    var position = 0
    while position < count {
      let start = end
      while position < count {
        let byte = ascii[Int(bytes[position])]
        position &+= 1
        if byte == 0 { break }
        words[end] = byte
        end &+= 1
      }
      end = keep(start, end, isWord: end &- start >= 2)
    }
  }

  private func readUnicode(_ text: UnsafeBufferPointer<UInt8>) {
    var scalars = Array(String(decoding: text, as: UTF8.self).unicodeScalars)
    if analyzer.lowercase { scalars = characters.lowercased(scalars) }
    reserve(4 * scalars.count + 1)
    var (start, end, length) = (0, 0, 0)
    for scalar in scalars {
      if characters.isWord(scalar) {
        for byte in UTF8.encode(scalar).unsafelyUnwrapped {
          words[end] = byte
          end += 1
        }
        length += 1
      } else {
        end = keep(start, end, isWord: length >= 2)
        (start, length) = (end, 0)
      }
    }
    _ = keep(start, end, isWord: length >= 2)
  }

  /// Adds the word that was written, or takes it back.
  ///
  /// - Returns: where the next word begins.
  @inline(__always)
  private func keep(_ start: Int, _ end: Int, isWord: Bool) -> Int {
    guard isWord else { return start }
    if let stopWords {
      let key = PackedKey(padded: words + start, count: end &- start)
      if stopWords.code(of: key, text: words + start) >= 0 { return start }
    }
    starts.append(start)
    ends.append(end)
    words[end] = UInt8(ascii: " ")
    return end &+ 1
  }
}
