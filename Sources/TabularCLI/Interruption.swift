import Dispatch
import Foundation
import TabularFiles
import TabularTraining

/// Ctrl-C and termination: files are complete or absent.
enum Interruption {
  /// The sources live as long as the process.
  private nonisolated(unsafe) static var sources: [any DispatchSourceSignal] = []

  /// A training that ends itself after its step, with a checkpoint, and the signal that it got.
  private nonisolated(unsafe) static var training: StopRequest?
  private nonisolated(unsafe) static var received = SIGTERM

  /// From here on the first signal asks a training to end, and the second one ends the process.
  static func letTrainingEnd(_ request: StopRequest) { training = request }

  /// Ends with the status of the signal that a training has followed.
  static func end(saying line: String) -> Never {
    try? FileHandle.standardError.write(contentsOf: Data("Error: \(line)\n".utf8))
    AtomicFile.removeUnfinished()
    _exit(128 + received)
  }

  /// Called once, before anything else runs.
  static func cleanUpOnSignals() {
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        if let training, !training.isRequested {
          received = number
          training.stop()
          return
        }
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
