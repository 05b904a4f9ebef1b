internal import TabularTensor

/// Unpacks an LZ4 frame into memory of a size that is known.
///
/// Invariant: nothing is read outside of the packed bytes, nothing written outside of the room, and
/// no match begins before the room. Checksums are stepped over: what a frame is made of is checked
/// by who reads it. Source: `lz4/lz4`, `doc/lz4_Frame_format.md` and `doc/lz4_Block_format.md`.
struct LZ4Frame {
  private let source: UnsafePointer<UInt8>
  private let sourceCount: Int
  private var place = 0
  private let target: UnsafeMutablePointer<UInt8>
  private let targetCount: Int
  private var written = 0

  private static let magic = 0x184D_2204

  /// Whether a frame unpacks to all of a room.
  static func unpack(_ packed: Buffer, into room: Buffer) -> Bool {
    var frame = LZ4Frame(
      source: UnsafePointer(packed.pointer.assumingMemoryBound(to: UInt8.self)),
      sourceCount: packed.byteCount,
      target: room.pointer.assumingMemoryBound(to: UInt8.self),
      targetCount: room.byteCount
    )
    return withExtendedLifetime((packed, room)) { frame.unpack() }
  }

  private init(
    source: UnsafePointer<UInt8>,
    sourceCount: Int,
    target: UnsafeMutablePointer<UInt8>,
    targetCount: Int
  ) {
    (self.source, self.sourceCount) = (source, sourceCount)
    (self.target, self.targetCount) = (target, targetCount)
  }

  /// The next number of some bytes, little-endian.
  private mutating func number(_ size: Int) -> Int? {
    guard size <= sourceCount - place else { return nil }
    var number = 0
    for i in 0..<size { number |= Int(source[place + i]) << (8 * i) }
    place += size
    return number
  }

  private mutating func unpack() -> Bool {
    guard number(4) == Self.magic, let flags = number(1), flags >> 6 == 1, number(1) != nil else {
      return false
    }
    let (hasBlockSum, hasSize, hasSum, hasDictionary) = (
      flags & 16 != 0, flags & 8 != 0, flags & 4 != 0, flags & 1 != 0
    )
    guard !hasDictionary else { return false }
    // The size of the content, as in `hasSize`, is known; a byte checks the header.
    guard number(4 * (hasSize ? 1 : 0)) != nil, number(4 * (hasSize ? 1 : 0)) != nil,
      number(1) != nil
    else { return false }
    while true {
      guard let size = number(4) else { return false }
      if size == 0 { break }
      let count = size & 0x7FFF_FFFF
      guard count <= sourceCount - place else { return false }
      let end = place + count
      let isDone = size == count ? block(to: end) : copy(count)
      guard isDone, place == end, !hasBlockSum || number(4) != nil else { return false }
    }
    guard !hasSum || number(4) != nil else { return false }
    return written == targetCount && place == sourceCount
  }

  /// Copies bytes as they are.
  @inline(__always)
  private mutating func copy(_ count: Int) -> Bool {
    guard count <= sourceCount &- place, count <= targetCount &- written else { return false }
    (target + written).update(from: source + place, count: count)
    place &+= count
    written &+= count
    return true
  }

  /// A length whose first part a token holds: 15 there says that bytes follow, up to one below 255.
  @inline(__always)
  private mutating func length(_ first: Int, to end: Int) -> Int? {
    var length = first
    guard first == 15 else { return length }
    while true {
      guard place < end else { return nil }
      let byte = source[place]
      place &+= 1
      length &+= Int(byte)
      if byte != 255 { return length }
    }
  }

  /// Unpacks a block that ends at a place: literals, and matches with what was written before.
  private mutating func block(to end: Int) -> Bool {
    while place < end {
      let token = Int(source[place])
      place &+= 1
      guard let literals = length(token >> 4, to: end), literals <= end &- place, copy(literals)
      else { return false }
      // The last sequence of a block has no match.
      if place == end { return true }
      guard let distance = number(2), place <= end, distance > 0, distance <= written,
        let rest = length(token & 15, to: end)
      else { return false }
      let count = rest &+ 4
      guard count <= targetCount &- written else { return false }
      var (from, to) = (target + (written &- distance), target + written)
      written &+= count
      if distance >= count {
        to.update(from: from, count: count)
      } else {
        // The match reaches into what it writes.
        for _ in 0..<count {
          to.pointee = from.pointee
          from += 1
          to += 1
        }
      }
    }
    return true
  }
}
