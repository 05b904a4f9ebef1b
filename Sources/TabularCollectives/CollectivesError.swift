/// An error between the processes of a job.
package struct CollectivesError: Error, Sendable, CustomStringConvertible {
  /// What went wrong.
  package enum Kind: String, Sendable {
    /// Several processes were started, but this build cannot speak with others.
    case notBuilt
    /// What the launcher says of rank and size makes no sense.
    case launch
    /// MPI refused a call.
    case communication
  }

  /// What went wrong.
  package let kind: Kind
  /// What was expected, what was found, and what to do, in one line.
  package let message: String

  package init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  /// The message.
  package var description: String { message }
}
