import Dispatch
import Foundation
import Synchronization
import TabularFiles
import TabularTraining

/// Ctrl-C and termination: files are complete or absent.
enum Interruption {
  /// The sources live as long as the process.
  private nonisolated(unsafe) static var sources: [any DispatchSourceSignal] = []

  /// What the thread of the signals and the others both look at.
  private struct State {
    /// A training that ends itself after its step, with a checkpoint.
    var training: StopRequest?
    /// The signal that it got.
    var received = SIGTERM
    /// Whether the last line on standard error has no end yet, so that the shell's would follow it.
    var lineIsOpen = false
  }
  private static let state = Mutex(State())

  /// From here on the first signal asks a training to end, and the second one ends the process; with
  /// nil the first one ends it again.
  static func letTrainingEnd(_ request: StopRequest?) {
    state.withLock { $0.training = request }
  }

  /// Says whether the last line on standard error is one that is yet to be replaced.
  static func setLineIsOpen(_ isOpen: Bool) { state.withLock { $0.lineIsOpen = isOpen } }

  /// Ends with the status of the signal that a training has followed.
  static func end(saying line: String) -> Never {
    try? FileHandle.standardError.write(contentsOf: Data("Error: \(line)\n".utf8))
    AtomicFile.removeUnfinished()
    _exit(128 + state.withLock { $0.received })
  }

  /// Called once, before anything else runs.
  static func cleanUpOnSignals() {
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        let (isAsked, lineIsOpen) = state.withLock { state in
          guard let training = state.training, !training.isRequested else {
            return (false, state.lineIsOpen)
          }
          state.received = number
          training.stop()
          return (true, false)
        }
        if isAsked { return }
        AtomicFile.removeUnfinished()
        if lineIsOpen { _ = write(STDERR_FILENO, "\n", 1) }
        _exit(128 + number)
      }
      source.resume()
      sources.append(source)
    }
    // A reader that went away (`tabular cat F | head`) is an error of writing, not a signal.
    signal(SIGPIPE, SIG_IGN)
  }

  /// Ends quietly, with the status of the signal that was ignored.
  static func readerLeft() -> Never {
    AtomicFile.removeUnfinished()
    _exit(128 + SIGPIPE)
  }
}
