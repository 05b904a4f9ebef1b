public import TabularFiles

/// An error of the tensor floor: a shape that does not fit, or a file that is not what it says.
public struct TensorError: Error, Sendable, CustomStringConvertible {
  /// What went wrong.
  public enum Kind: String, Sendable {
    /// Shapes, or a shape and an element count, do not go together.
    case shape
    /// The element type is not the one asked for.
    case dtype
    /// A file breaks the rules of its format.
    case format
    /// A name is not among the tensors of a file.
    case name
    /// The file could not be read or written; see `underlying`.
    case file
  }

  /// What went wrong.
  public let kind: Kind
  /// What was expected, what was found, and where, in one line.
  public let message: String
  /// The file concerned, if there is one.
  public let path: String?
  /// The error of the floor below.
  public let underlying: FileError?

  package init(_ kind: Kind, _ message: String, path: String? = nil) {
    self.kind = kind
    self.message = message
    self.path = path
    underlying = nil
  }

  package init(_ error: FileError) {
    kind = error.isMalformed ? .format : .file
    message = error.description
    path = error.path
    underlying = error
  }

  /// Does what can fail with an error of the floor below.
  static func wrapping<Result: ~Copyable>(
    _ body: () throws(FileError) -> Result
  ) throws(TensorError) -> Result {
    do throws(FileError) {
      return try body()
    } catch {
      throw TensorError(error)
    }
  }

  /// One line: the file, if any, and the message.
  public var description: String {
    guard let path, underlying == nil else { return message }
    return "'\(path)': \(message)"
  }
}
