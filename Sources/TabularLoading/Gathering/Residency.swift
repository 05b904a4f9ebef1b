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
    /// Where the first piece begins: at a multiple of a piece's bytes, maybe before what is mapped.
    ///
    /// A page that is looked at brings others of the same 64 KiB along, which are in one piece then.
    let start: UInt
    let byteCount: Int
    /// How many bytes of the first piece come before the rows.
    let skipped: Int
    /// The number of its first piece among those of all.
    let firstPiece: Int
  }

  /// What batches look at.
  private struct Touch {
    var clock: UInt64 = 0
    var places: [(firstPiece: Int, skipped: Int)] = []
    /// When each piece was used last; 0 where it is not mapped in.
    var stamps: [UInt64] = []
    var resident: [Int] = []
    var fresh: [Int] = []
  }

  /// Marks what one batch looks at; valid during the call that it is given to.
  struct Marks {
    fileprivate let clock: UInt64
    fileprivate let shift: Int
    // As many as there are regions and pieces.
    fileprivate let places: UnsafeBufferPointer<(firstPiece: Int, skipped: Int)>
    fileprivate let stamps: UnsafeMutableBufferPointer<UInt64>
    fileprivate var fresh: [Int]

    /// Bytes of a region are about to be read.
    @inline(__always)
    mutating func bytes(of region: Int, _ range: Range<Int>) {
      let (firstPiece, skipped) = places[region]
      let first = firstPiece &+ (range.lowerBound &+ skipped) &>> shift
      let last = firstPiece &+ (range.upperBound &- 1 &+ skipped) &>> shift
      piece(first)
      if last != first { for other in first + 1...last { piece(other) } }
    }

    @inline(__always)
    private mutating func piece(_ piece: Int) {
      precondition(piece < stamps.count, "piece \(piece) of \(stamps.count)")
      if stamps[piece] == 0 { fresh.append(piece) }
      stamps[piece] = clock
    }
  }

  /// Keeps to about `limit` bytes; a batch that needs more at once has them.
  init(limit: Int) {
    self.limit = limit
    // No smaller than what is worth a call of the system, and small next to a block of a window,
    // which begins and ends within a piece.
    var bytes = 1 << 20
    while bytes > 1 << 16, bytes > limit / 512 { bytes >>= 1 }
    pieceBytes = bytes
  }

  /// Adds mapped memory; its number is what `Touch` knows it by.
  func add(_ pointer: UnsafeMutableRawPointer, byteCount: Int) -> Int {
    lock.withLock {
      let address = UInt(bitPattern: pointer)
      let skipped = Int(address % UInt(pieceBytes))
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
  func use(limit: Int = .max, _ mark: (inout Marks) -> Void) {
    lock.withLock {
      touch.clock += 1
      let (clock, shift) = (touch.clock, pieceBytes.trailingZeroBitCount)
      touch.fresh = touch.places.withUnsafeBufferPointer { places in
        touch.stamps.withUnsafeMutableBufferPointer { stamps in
          var marks = Marks(clock: clock, shift: shift, places: places, stamps: stamps, fresh: [])
          mark(&marks)
          return marks.fresh
        }
      }
      if touch.fresh.isEmpty { return }
      // All are asked for before the first is waited for.
      for piece in touch.fresh { advise(piece..<(piece + 1), MADV_WILLNEED) }
      touch.resident += touch.fresh
      touch.fresh = []
      let limit = min(self.limit, limit)
      if touch.resident.count * pieceBytes > limit { letGo(limit) }
    }
  }

  /// Lets everything go.
  func clear() {
    lock.withLock {
      guard !touch.resident.isEmpty else { return }
      touch.clock += 1
      letGo(0)
    }
  }

  /// Lets the pieces go that were used longest ago, until a quarter of the limit is free.
  private func letGo(_ limit: Int) {
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
    for piece in gone { touch.stamps[piece] = 0 }
    var end = 0
    for piece in gone.sorted() where piece >= end {
      let range = unusedPieces(around: piece)
      advise(range, MADV_DONTNEED)
      end = range.upperBound
    }
  }

  /// A piece that is not mapped in and those beside it, as far as a look at it may have mapped pages
  /// of them: the system maps all that it holds in one piece of memory, up to 2 MiB.
  private func unusedPieces(around piece: Int) -> Range<Int> {
    let region = region(of: piece)
    let last = region.firstPiece + (region.byteCount + pieceBytes - 1) / pieceBytes
    let reach = (1 << 21) / pieceBytes
    var (low, high) = (piece, piece + 1)
    let (least, most) = (max(region.firstPiece, piece - reach), min(last, high + reach))
    while low > least, touch.stamps[low - 1] == 0 { low -= 1 }
    while high < most, touch.stamps[high] == 0 { high += 1 }
    return low..<high
  }

  /// The last region that begins at or before a piece; one without bytes has none.
  private func region(of piece: Int) -> Region {
    var (low, high) = (0, regions.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if regions[middle].firstPiece <= piece { low = middle } else { high = middle }
    }
    return regions[low]
  }

  /// Tells the system about pieces of one region.
  private func advise(_ pieces: Range<Int>, _ advice: Int32) {
    let region = region(of: pieces.lowerBound)
    // From the first page that is mapped.
    let page = region.skipped / PageBlock.pageSize * PageBlock.pageSize
    let first = max((pieces.lowerBound - region.firstPiece) * pieceBytes, page)
    let end = min((pieces.upperBound - region.firstPiece) * pieceBytes, region.byteCount)
    guard let start = UnsafeMutableRawPointer(bitPattern: region.start + UInt(first)), first < end
    else { return }
    _ = madvise(start, end - first, Int32(advice))
  }
}
