internal import Foundation
internal import Subprocess
package import SystemPackage

/// The parent's end of a child's standard input, and the child's end until it starts.
///
/// A pair of sockets and not a pipe: writing into a pipe whose reader was killed would end this
/// process with SIGPIPE, and a library should not change what its program does on a signal.
package struct ProcessChannel: ~Copyable, Sendable {
  /// For `Subprocess.run`, which closes it.
  package let childEnd: FileDescriptor
  private let parentEnd: Int32

  package init() throws {
    var ends: [Int32] = [-1, -1]
    // Closed in other children, so that each sees the end of its own input.
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw Errno(rawValue: errno) }
    parentEnd = ends[0]
    childEnd = FileDescriptor(rawValue: ends[1])
  }

  deinit { close(parentEnd) }

  /// Sends a frame; throws as `send(bytes:)` does.
  func send(_ content: Data) async throws {
    try await send(bytes: try ProcessFrame.framed(content))
  }

  /// Sends bytes, without blocking a thread.
  ///
  /// - Throws: `Errno` when the child has ended, `CancellationError`.
  package func send(bytes: [UInt8]) async throws {
    var left = bytes[...]
    while !left.isEmpty {
      let flags = Int32(MSG_DONTWAIT | MSG_NOSIGNAL)
      let sent = left.withUnsafeBytes {
        Foundation.send(parentEnd, $0.baseAddress, $0.count, flags)
      }
      if sent > 0 {
        left = left.dropFirst(sent)
      } else if errno == EAGAIN {
        // The buffer, some 200 KB, is full: the child reads at once, so this is rare and short.
        try await Task.sleep(for: .milliseconds(1))
      } else if errno != EINTR {
        throw Errno(rawValue: errno)
      }
    }
  }

  /// Lets the child read an end.
  package func finish() { shutdown(parentEnd, Int32(SHUT_WR)) }
}

/// Messages one after the other: a length of 4 bytes, little-endian, and as many bytes.
enum ProcessFrame {
  /// What a child writes first.
  static let greeting = Array("tabular pool 1\n".utf8)

  static func framed(_ content: Data) throws -> [UInt8] {
    guard let count = UInt32(exactly: content.count) else { throw Errno.fileTooLarge }
    return withUnsafeBytes(of: count.littleEndian) { Array($0) } + content
  }

  static func length(_ bytes: some Sequence<UInt8>) -> Int {
    bytes.enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
  }
}

/// Reads the frames that a child writes.
struct FrameReader {
  private var buffers: SubprocessOutputSequence.Iterator
  private var bytes: [UInt8] = []

  init(_ output: SubprocessOutputSequence) { buffers = output.makeAsyncIterator() }

  /// Whether the child greets as it should; false as well when it ends before.
  mutating func greeting() async throws -> Bool {
    try await take(ProcessFrame.greeting.count) == ProcessFrame.greeting
  }

  /// The next frame; nil when the child has ended.
  mutating func next() async throws -> Data? {
    guard let head = try await take(4) else { return nil }
    return try await take(ProcessFrame.length(head)).map { Data($0) }
  }

  private mutating func take(_ count: Int) async throws -> [UInt8]? {
    while bytes.count < count {
      guard let buffer = try await buffers.next() else { return nil }
      buffer.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }
    defer { bytes.removeFirst(count) }
    return Array(bytes.prefix(count))
  }
}
