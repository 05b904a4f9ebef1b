import Foundation
import TabularTraining

/// A line at the bottom of a terminal that says how far a training is; nothing where standard error
/// is none.
final class ProgressLine {
  private let epochs: Int
  private let rows: Int
  private let before: Int
  private let start = ContinuousClock.now
  private var shown = ContinuousClock.now
  private var isShown = false

  private static let interval = Duration.milliseconds(100)

  /// Begins a training; nil where nobody would see it.
  ///
  /// - Parameters:
  ///   - epochs: the number of all epochs.
  ///   - rows: the rows of each.
  ///   - before: the epochs that were done by an earlier process.
  ///   - quiet: whether nothing is to be shown.
  init?(epochs: Int, rows: Int, before: Int, quiet: Bool) {
    guard !quiet, isatty(STDERR_FILENO) == 1, rows > 0 else { return nil }
    (self.epochs, self.rows, self.before) = (epochs, rows, before)
  }

  /// Shows a step, ten times a second at most.
  func show(_ step: StepProgress) {
    guard shown.duration(to: .now) >= Self.interval else { return }
    shown = .now
    isShown = true
    Interruption.setLineIsOpen(true)
    let seconds = start.duration(to: shown) / .seconds(1)
    let done = Double((step.epoch - before) * rows + step.rows)
    let left = Double((epochs - before) * rows) - done
    write("\r\u{1B}[K" + Self.text(step, of: epochs, rows, done / seconds, left * seconds / done))
  }

  /// What is shown: epoch, part of it, loss, rows a second, and the time left.
  static func text(
    _ step: StepProgress,
    of epochs: Int,
    _ rows: Int,
    _ speed: Double,
    _ left: Double
  ) -> String {
    let seconds = Int(left.rounded(.up))
    let time =
      seconds < 3600
      ? String(format: "%d:%02d", seconds / 60, seconds % 60)
      : String(format: "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60)
    return String(
      format: "epoch %d of %d, %d %%  loss %.4f  %.0f rows/s  %@ left",
      step.epoch + 1,
      epochs,
      min(100, step.rows * 100 / rows),
      step.loss,
      speed,
      time
    )
  }

  /// Takes the line away, so that another can be written in its place.
  func clear() {
    guard isShown else { return }
    isShown = false
    Interruption.setLineIsOpen(false)
    write("\r\u{1B}[K")
  }

  private func write(_ text: String) {
    // Nobody is left to be told when this fails.
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
