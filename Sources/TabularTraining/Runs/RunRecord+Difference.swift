extension RunRecord {
  /// The first thing in which two runs differ, from the input to the weights.
  public struct Difference: Sendable, Equatable, CustomStringConvertible {
    /// A stage of a run, in the order in which they follow from one another.
    public enum Stage: String, Sendable, CaseIterable {
      case bytes, types, split, recipe, settings, order, steps, weights
    }

    /// The stage.
    public let stage: Stage
    /// Where in it: a file's bytes, a column and its rows, a place in a recipe, a step.
    public let place: String

    /// One line: stage and place.
    public var description: String { "\(stage.rawValue): \(place)" }
  }

  /// Compares two runs stage by stage; nil when all that both know is the same.
  ///
  /// A stage that one of them does not know, such as the bytes of standard input, is passed over.
  public func firstDifference(from other: RunRecord) -> Difference? {
    typealias Stage = Difference.Stage
    let stages: [(Stage, () -> String?)] = [
      (.bytes, { self.inFiles(other) }),
      (.types, { self.inColumns(other) }),
      (.split, { self.inParts(other) }),
      (.recipe, { Self.inJSON(self.recipe, other.recipe) }),
      (.settings, { Self.inJSON(self.settings, other.settings) }),
      (.order, { self.steps.orders.firstDifference(from: other.steps.orders).map(Self.step) }),
      (.steps, { self.steps.losses.firstDifference(from: other.steps.losses).map(Self.step) }),
      (
        .weights,
        {
          guard let mine = self.weights, let its = other.weights, mine != its else { return nil }
          return "\(mine) and \(its), after the same steps"
        }
      ),
    ]
    for (stage, find) in stages {
      if let place = find() { return Difference(stage: stage, place: place) }
    }
    return nil
  }

  private func inFiles(_ other: RunRecord) -> String? {
    guard !files.isEmpty, !other.files.isEmpty else { return nil }
    for (number, (mine, its)) in zip(files, other.files).enumerated() {
      guard let words = mine.words.firstDifference(from: its.words) else {
        if mine.byteCount == its.byteCount { continue }
        return "file \(number), '\(mine.name)': \(mine.byteCount) and \(its.byteCount) bytes"
      }
      let end = min(words.upperBound * 8, max(mine.byteCount, its.byteCount))
      return "file \(number), '\(mine.name)': from byte \(words.lowerBound * 8) to \(end)"
    }
    return files.count == other.files.count
      ? nil : "\(files.count) and \(other.files.count) files"
  }

  private func inColumns(_ other: RunRecord) -> String? {
    guard !columns.isEmpty, !other.columns.isEmpty else { return nil }
    for (mine, its) in zip(columns, other.columns) {
      if mine.name != its.name { return "columns '\(mine.name)' and '\(its.name)'" }
      if mine.type != its.type { return "column '\(mine.name)': \(mine.type) and \(its.type)" }
      if let rows = mine.cells.firstDifference(from: its.cells) {
        return "column '\(mine.name)': \(Self.words("row", rows))"
      }
    }
    return columns.count == other.columns.count
      ? nil : "\(columns.count) and \(other.columns.count) columns"
  }

  private func inParts(_ other: RunRecord) -> String? {
    for (mine, its) in zip(parts, other.parts) {
      if mine.name != its.name { return "parts '\(mine.name)' and '\(its.name)'" }
      if let rows = mine.rows.firstDifference(from: its.rows) {
        return "part '\(mine.name)': \(Self.words("row", rows)) of it"
          + (mine.rows.count == its.rows.count
            ? "" : ", of \(mine.rows.count) and \(its.rows.count)")
      }
    }
    return parts.count == other.parts.count ? nil : "\(parts.count) and \(other.parts.count) parts"
  }

  private static func inJSON(_ mine: String?, _ its: String?) -> String? {
    guard let mine, let its else { return (mine == nil) == (its == nil) ? nil : "one has none" }
    return JSONDifference(mine, its).map { "\($0.path): \($0.left) and \($0.right)" }
  }

  private static func step(_ range: Range<Int>) -> String { words("step", range) }

  private static func words(_ name: String, _ range: Range<Int>) -> String {
    range.count == 1
      ? "\(name) \(range.lowerBound)"
      : "among \(name)s \(range.lowerBound) to \(range.upperBound - 1)"
  }
}
