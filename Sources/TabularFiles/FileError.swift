#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// A file that could not be read or written, with the path, the operation and the system's reason.
public struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What was being done to the file.
  public enum Operation: String, Sendable {
    case open, read, write, rename
  }

  /// The path as the caller gave it.
  public let path: String
  /// What was being done.
  public let operation: Operation
  /// The reason in words: the system's text for its error number, or our own.
  public let reason: String
  /// Whether who was to read what is written has gone, as `head` does.
  package private(set) var isBrokenPipe = false
  /// Whether the file is at fault: its bytes break the rules of its format.
  package private(set) var isMalformed = false

  /// Creates an error with a reason of our own.
  public init(path: String, operation: Operation, reason: String) {
    self.path = path
    self.operation = operation
    self.reason = reason
  }

  /// Creates an error from the system's error number.
  package init(path: String, operation: Operation, errno code: Int32) {
    self.init(path: path, operation: operation, reason: String(cString: strerror(code)))
    isBrokenPipe = code == EPIPE
  }

  /// Creates an error for bytes that break the rules of their format.
  package init(path: String, malformed reason: String) {
    self.init(path: path, operation: .read, reason: reason)
    isMalformed = true
  }

  /// One line: what could not be done, to which file, and why.
  public var description: String { "cannot \(operation.rawValue) '\(path)': \(reason)" }
}
