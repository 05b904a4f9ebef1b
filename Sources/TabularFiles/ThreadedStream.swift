internal import Foundation

/// Another stream, read ahead on a thread of its own into a ring of blocks.
///
/// The thread ends with the stream, at its end or when nobody holds this any more.
package final class ThreadedStream: ByteStream {
  private let ring: Ring
  private var block: Ring.Block?
  private var offset = 0

  /// - Parameter source: makes the stream, on the thread that reads it.
  package init(_ source: @escaping @Sendable () -> any ByteStream) {
    ring = Ring(source)
    let ring = ring
    let thread = Thread { ring.fill() }
    thread.stackSize = 1 << 20
    thread.start()
  }

  deinit { ring.stop() }

  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    while block.map({ offset == $0.count }) ?? true {
      if let block { ring.giveBack(block) }
      block = nil
      guard let next = try ring.next() else { return 0 }
      (block, offset) = (next, 0)
    }
    guard let block else { return 0 }
    let count = min(buffer.count, block.count - offset)
    buffer.copyMemory(
      from: UnsafeRawBufferPointer(rebasing: block.bytes[offset..<(offset + count)])
    )
    offset += count
    return count
  }
}

/// Blocks that go around between the thread that fills them and the one that reads them.
///
/// Invariant: what the lock does not guard is a block, which whoever took it has alone.
private final class Ring: @unchecked Sendable {
  final class Block {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    var count = 0
    deinit { bytes.deallocate() }
  }

  private let source: @Sendable () -> any ByteStream
  private let condition = NSCondition()
  private var empty = (0..<4).map { _ in Block() }
  private var full: [Block] = []
  private var ended = false
  private var failure: FileError?
  private var stopped = false

  init(_ source: @escaping @Sendable () -> any ByteStream) { self.source = source }

  /// The thread's work.
  func fill() {
    let source = source()
    while let block = takeEmpty() {
      do throws(FileError) {
        block.count = try source.readFully(into: block.bytes)
      } catch {
        finish(error)
        return
      }
      let isLast = block.count < block.bytes.count
      put(block)
      if isLast { break }
    }
    finish(nil)
  }

  private func takeEmpty() -> Block? {
    condition.lock()
    defer { condition.unlock() }
    while empty.isEmpty, !stopped { condition.wait() }
    return stopped ? nil : empty.removeLast()
  }

  private func put(_ block: Block) {
    condition.lock()
    full.append(block)
    condition.broadcast()
    condition.unlock()
  }

  private func finish(_ error: FileError?) {
    condition.lock()
    failure = error
    ended = true
    condition.broadcast()
    condition.unlock()
  }

  /// The next block; nil at the end.
  func next() throws(FileError) -> Block? {
    condition.lock()
    defer { condition.unlock() }
    while full.isEmpty, !ended { condition.wait() }
    if !full.isEmpty { return full.removeFirst() }
    if let failure { throw failure }
    return nil
  }

  func giveBack(_ block: Block) {
    condition.lock()
    empty.append(block)
    condition.broadcast()
    condition.unlock()
  }

  func stop() {
    condition.lock()
    stopped = true
    condition.broadcast()
    condition.unlock()
  }
}
