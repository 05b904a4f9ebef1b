/// An error of the tuning floor: a space, a journal or a trial that cannot be used.
public struct TuningError: Error, Sendable, CustomStringConvertible {
  /// What went wrong.
  public enum Kind: String, Sendable {
    /// The search space cannot be read, or means nothing: an empty range, a bound of a logarithm
    /// that is not positive, a name given twice.
    case space
    /// A setting of a sampler, a pruner or the study is outside what it may be.
    case configuration
    /// The journal is damaged, of another study, or written by another process.
    case journal
    /// A file could not be read or written; see `underlying`.
    case file
    /// A trial could not be started, or failed; see `underlying`.
    case trial
    /// A value is not one of its distribution.
    case value
  }

  /// What went wrong.
  public let kind: Kind
  /// What was expected, what was found, and where, in one line.
  public let message: String
  /// The error of the floor below, or of the caller's function.
  public let underlying: (any Error)?

  package init(_ kind: Kind, _ message: String, underlying: (any Error)? = nil) {
    self.kind = kind
    self.message = message
    self.underlying = underlying
  }

  /// One line: the message, which speaks for the underlying error too.
  public var description: String { message }
}
