import Dispatch
import Foundation
import TabularFiles

/// Ctrl-C and termination: files are complete or absent.
enum Interruption {
  /// The sources live as long as the process.
  private nonisolated(unsafe) static var sources: [any DispatchSourceSignal] = []

  /// Called once, before anything else runs.
  static func cleanUpOnSignals() {
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        AtomicFile.removeUnfinished()
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
