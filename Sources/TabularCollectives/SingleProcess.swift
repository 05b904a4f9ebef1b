#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// One process alone: it is told what it says.
package final class SingleProcess: Communicator {
  package let rank = 0
  package let size = 1

  package init() {}

  package func broadcast(_ bytes: [UInt8], from root: Int) -> [UInt8] {
    precondition(root == 0, "process \(root) is not one of 1")
    return bytes
  }

  package func gather(_ bytes: [UInt8], to root: Int) -> [[UInt8]] {
    precondition(root == 0, "process \(root) is not one of 1")
    return [bytes]
  }

  package func allGather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }

  package func allGather(in bytes: UnsafeMutableRawBufferPointer, counts: [Int]) {
    precondition(counts == [bytes.count], "parts of \(counts) bytes in \(bytes.count)")
  }

  package func exchange(_ messages: [[UInt8]]) -> [[UInt8]] {
    precondition(messages.count == 1, "\(messages.count) messages for 1 process")
    return messages
  }

  package func barrier() {}

  package func finish() {}

  package func abort(_ message: String) -> Never {
    writeError(message)
    exit(1)
  }
}

/// Writes a line to standard error, in one piece: other processes write there too.
func writeError(_ line: String) {
  let bytes = Array("\(line)\n".utf8)
  _ = write(STDERR_FILENO, bytes, bytes.count)
}
