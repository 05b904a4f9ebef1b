internal import Foundation

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Keeps the mapped pages of files below a limit: what was used longest ago is let go.
///
/// The kernel is told of pieces, not pages: that one will be needed when its first row is, and that
/// it is not when it goes. Pages that went are read again when they are looked at: a row that
/// another thread is copying meanwhile is the same.
final class Residency: @unchecked Sendable {
  private let limit: Int
  private let pieceBytes: Int

  // Everything below belongs to the holder of `lock`.
  private let lock = NSLock()
  private var regions: [Region] = []
  private var touch = Touch()

  /// Mapped memory.
  struct Region {
    /// The first page.
    let start: UInt
    let byteCount: Int
    /// How many bytes of the first page come before the rows.
    let skipped: Int
    /// The number of its first piece among those of all.
    let firstPiece: Int
  }

  /// What batches look at.
  struct Touch {
    fileprivate var clock: UInt64 = 0
    fileprivate var shift = 0
    fileprivate var places: [(firstPiece: Int, skipped: Int)] = []
    /// When each piece was used last; 0 where it is not mapped in.
    fileprivate var stamps: [UInt64] = []
    fileprivate var resident: [Int] = []
    fileprivate var fresh: [Int] = []

    /// Bytes of a region are about to be read.
    @inline(__always)
    mutating func bytes(of region: Int, _ range: Range<Int>) {
      let (firstPiece, skipped) = places[region]
      let first = firstPiece + (range.lowerBound + skipped) >> shift
      let last = firstPiece + (range.upperBound - 1 + skipped) >> shift
      piece(first)
      if last != first { for other in first + 1...last { piece(other) } }
    }

    @inline(__always)
    private mutating func piece(_ piece: Int) {
      if stamps[piece] == 0 { fresh.append(piece) }
      stamps[piece] = clock
    }
  }

  /// Keeps to about `limit` bytes; a batch that needs more at once has them.
  init(limit: Int) {
    self.limit = limit
    // Small next to the limit, and no smaller than what is worth a call of the system.
    var bytes = 1 << 20
    while bytes > 1 << 16, bytes > limit / 64 { bytes >>= 1 }
    pieceBytes = bytes
    touch.shift = bytes.trailingZeroBitCount
  }

  /// Adds mapped memory; its number is what `Touch` knows it by.
  func add(_ pointer: UnsafeMutableRawPointer, byteCount: Int) -> Int {
    lock.withLock {
      let address = UInt(bitPattern: pointer)
      let skipped = Int(address % UInt(PageBlock.pageSize))
      let first = touch.stamps.count
      regions.append(
        Region(
          start: address - UInt(skipped),
          byteCount: skipped + byteCount,
          skipped: skipped,
          firstPiece: first
        )
      )
      touch.places.append((first, skipped))
      touch.stamps += Array(
        repeating: 0,
        count: (skipped + byteCount + pieceBytes - 1) / pieceBytes
      )
      return regions.count - 1
    }
  }

  /// The bytes of the pieces that are mapped in.
  var residentBytes: Int { lock.withLock { touch.resident.count * pieceBytes } }

  /// Marks what a batch looks at, has it read, and lets go of what is too much.
  func use(_ mark: (inout Touch) -> Void) {
    lock.withLock {
      touch.clock += 1
      mark(&touch)
      if touch.fresh.isEmpty { return }
      // All are asked for before the first is waited for.
      for piece in touch.fresh { advise(piece, MADV_WILLNEED) }
      touch.resident += touch.fresh
      touch.fresh = []
      if touch.resident.count * pieceBytes > limit { letGo() }
    }
  }

  /// Lets the pieces go that were used longest ago, until a quarter of the limit is free.
  private func letGo() {
    let goal = limit - limit / 4
    let stamps = touch.stamps
    var resident = touch.resident
    resident.sort { stamps[$0] > stamps[$1] }
    var gone: [Int] = []
    while resident.count * pieceBytes > goal, let piece = resident.last, stamps[piece] < touch.clock
    {
      resident.removeLast()
      gone.append(piece)
    }
    touch.resident = resident
    for piece in gone {
      touch.stamps[piece] = 0
      advise(piece, MADV_DONTNEED)
    }
  }

  private func advise(_ piece: Int, _ advice: Int32) {
    // The last region that begins at or before the piece; one without bytes has none.
    var (low, high) = (0, regions.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if regions[middle].firstPiece <= piece { low = middle } else { high = middle }
    }
    let region = regions[low]
    let offset = (piece - region.firstPiece) * pieceBytes
    let start = UnsafeMutableRawPointer(bitPattern: region.start + UInt(offset))
    guard let start, offset < region.byteCount else { return }
    _ = madvise(start, min(pieceBytes, region.byteCount - offset), Int32(advice))
  }
}
