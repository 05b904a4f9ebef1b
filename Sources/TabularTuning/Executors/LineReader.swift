internal import Subprocess

/// Splits what a process writes into lines.
struct LineReader {
  private var buffers: SubprocessOutputSequence.Iterator
  private var bytes: [UInt8] = []
  private var isAtEnd = false

  init(_ output: SubprocessOutputSequence) { buffers = output.makeAsyncIterator() }

  /// The next line without its end; nil when there are no more.
  mutating func next() async throws -> [UInt8]? {
    while true {
      if let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
        defer { bytes.removeFirst(end + 1) }
        return Array(bytes[..<end])
      }
      guard !isAtEnd else {
        defer { bytes = [] }
        return bytes.isEmpty ? nil : bytes
      }
      guard let buffer = try await buffers.next() else {
        isAtEnd = true
        continue
      }
      buffer.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }
  }
}
