internal import TabularFrame

/// Hashes of a long sequence in little memory, by which two sequences are compared.
///
/// Elements are hashed in blocks, 1 element each at first; whenever there are 4,096 blocks, two
/// neighbours become one. A block's hash is the wrapping sum of its elements', each mixed with its
/// position, so it does not depend on when blocks were joined.
public struct HashedSequence: Sendable, Hashable {
  /// The number of elements.
  public private(set) var count = 0
  /// The elements of a block, a power of two; the last block may have fewer.
  public private(set) var blockSize = 1
  private(set) var hashes: [UInt64] = []

  static let mostBlocks = 4_096

  /// Begins without elements.
  public init() {}

  /// Hashes elements in their order.
  public init(_ elements: some Sequence<UInt64>) {
    for element in elements { append(element) }
  }

  /// Adds an element at the end.
  public mutating func append(_ element: UInt64) {
    if count == hashes.count * blockSize {
      if hashes.count == Self.mostBlocks { join() }
      if count == hashes.count * blockSize { hashes.append(0) }
    }
    hashes[hashes.count - 1] &+= Self.hash(element, at: count)
    count += 1
  }

  /// The hash of an element at a place.
  static func hash(_ element: UInt64, at place: Int) -> UInt64 {
    SplitMix64.mix(element ^ SplitMix64.mix(UInt64(truncatingIfNeeded: place) &+ 1))
  }

  private mutating func join() {
    hashes = stride(from: 0, to: hashes.count, by: 2).map { place in
      hashes[place] &+ (place + 1 < hashes.count ? hashes[place + 1] : 0)
    }
    blockSize *= 2
  }
}

// What is compared.
extension HashedSequence {
  /// The places of the first block in which two sequences differ, or where the shorter one ends;
  /// nil when they are the same.
  public func firstDifference(from other: HashedSequence) -> Range<Int>? {
    var (left, right) = (self, other)
    while left.blockSize < right.blockSize { left.join() }
    while right.blockSize < left.blockSize { right.join() }
    let (size, shorter) = (left.blockSize, min(left.count, right.count))
    for place in 0..<min(left.hashes.count, right.hashes.count) {
      let end = (place + 1) * size
      // The last block of the shorter sequence has other elements in the longer one.
      guard left.count == right.count || end <= shorter else { break }
      if left.hashes[place] != right.hashes[place] {
        return place * size..<min(end, shorter)
      }
    }
    guard left.count != right.count else { return nil }
    let start = shorter / size * size
    return start..<max(shorter, start + 1)
  }
}

// As JSON: {"count": 179, "block": 1, "hashes": "0f3a..."}, 16 hexadecimal digits a block.
extension HashedSequence: Codable {
  private enum CodingKeys: String, CodingKey { case count, block, hashes }

  /// Reads a sequence.
  ///
  /// - Throws: `DecodingError` when hashes and counts do not go together.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    count = try values.decode(Int.self, forKey: .count)
    blockSize = try values.decode(Int.self, forKey: .block)
    let digits = Array(try values.decode(String.self, forKey: .hashes).utf8)
    let isSound =
      count >= 0 && blockSize > 0 && blockSize & (blockSize - 1) == 0
      && digits.count.isMultiple(of: 16) && digits.count <= 16 * Self.mostBlocks
      && digits.count / 16 == (count / blockSize) + (count.isMultiple(of: blockSize) ? 0 : 1)
    hashes = stride(from: 0, to: isSound ? digits.count : 0, by: 16).compactMap { start in
      UInt64(String(decoding: digits[start..<(start + 16)], as: UTF8.self), radix: 16)
    }
    guard isSound, hashes.count * 16 == digits.count else {
      throw DecodingError.dataCorruptedError(
        forKey: .hashes,
        in: values,
        debugDescription: "\(digits.count) digits for \(count) elements in blocks of \(blockSize)"
      )
    }
  }

  /// Writes the sequence.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(count, forKey: .count)
    try values.encode(blockSize, forKey: .block)
    let text = hashes.reduce(into: "") { text, hash in
      let digits = String(hash, radix: 16)
      text += String(repeating: "0", count: 16 - digits.count) + digits
    }
    try values.encode(text, forKey: .hashes)
  }
}
