/// An error of the training floor: data, a model or a file that do not go together.
public struct TrainingError: Error, Sendable, CustomStringConvertible {
  /// What went wrong.
  public enum Kind: String, Sendable {
    /// Features, layers or tensors are of another shape than asked for.
    case shape
    /// Labels are missing, or are not what the loss takes.
    case labels
    /// A parameter is missing from a state dict, or unexpected in it, or a parameter group selects
    /// none.
    case name
    /// A setting is outside what it may be.
    case configuration
    /// The loss is NaN or infinite.
    case notFinite
    /// Gradients were asked for inside `withoutGradients`.
    case gradients
    /// A file is not a model, or not one that can be built; see `underlying`.
    case format
    /// A file could not be read or written; see `underlying`.
    case file
    /// The source of batches failed, see `underlying`; or there are no rows, or a row has an id that
    /// is not one of its embedding.
    case data
    /// A device has less memory than it takes; `underlying` is an `OutOfMemory` with the figures.
    case outOfMemory
    /// A checkpoint is damaged, or of another training.
    case checkpoint
    /// The end was asked for; see `StopRequest`.
    case stopped
    /// The caller's own function threw; see `underlying`.
    case callback
    /// Processes of one job differ in what all must have alike, or cannot reach each other.
    case ranks
    /// A process of a pool could not be started, ended early, or has no such function; see
    /// `underlying`.
    case process
  }

  /// What went wrong.
  public let kind: Kind
  /// What was expected, what was found, and where, in one line.
  public let message: String
  /// The error of the floor below, or of the caller's function.
  public let underlying: (any Error)?

  /// Says that a device has not enough memory, and what to do.
  init(_ error: OutOfMemory, advice: String) {
    self.init(.outOfMemory, "\(error); \(advice)", underlying: error)
  }

  package init(_ kind: Kind, _ message: String, underlying: (any Error)? = nil) {
    self.kind = kind
    self.message = message
    self.underlying = underlying
  }

  /// One line: the message, which speaks for the underlying error too.
  public var description: String { message }
}
