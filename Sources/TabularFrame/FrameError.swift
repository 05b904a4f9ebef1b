internal import TabularCSV
internal import TabularFiles

/// An error of the frame floor: a name, a type or a length that does not fit.
public struct FrameError: Error, Sendable, CustomStringConvertible {
  /// What is wrong.
  public enum Kind: String, Sendable {
    /// No column has the name, or two have it.
    case column
    /// The column's type does not fit the verb.
    case type
    /// Columns of different lengths.
    case length
    /// A row label or a value that is not there.
    case value
    /// The CSV could not be read; see `underlying`.
    case csv
    /// The file could not be read or written; see `underlying`.
    case file
    /// Arrow data breaks the rules of its format, or no column holds it without loss.
    case arrow
  }

  /// What is wrong.
  public let kind: Kind
  /// What was expected, what was found and what to do, in one line.
  public let message: String
  /// The column concerned.
  public let column: String?
  /// The error of the floor below: a `CSVError` or a `FileError`.
  public let underlying: (any Error)?

  package init(_ kind: Kind, _ message: String, column: String? = nil) {
    self.kind = kind
    self.message = message
    self.column = column
    underlying = nil
  }

  init(_ error: CSVError) {
    kind = .csv
    message = error.description
    column = error.column
    underlying = error
  }

  init(_ error: FileError) {
    kind = .file
    message = error.description
    column = nil
    underlying = error
  }

  /// One line.
  public var description: String { message }

  /// An unknown column, with the nearest names first.
  package static func unknownColumn(_ name: String, among names: [String]) -> FrameError {
    FrameError(.column, "no column '\(name)'; \(suggestion(for: name, among: names))", column: name)
  }
}

/// `did you mean 'A' or 'B'?`, or the list of what there is.
package func suggestion(for name: String, among names: [String]) -> String {
  guard !names.isEmpty else { return "there are none" }
  let near = names.map { (name: $0, distance: editDistance($0.lowercased(), name.lowercased())) }
    // Near, and not altogether another word.
    .filter {
      $0.distance <= max(2, name.count / 3) && $0.distance < max(name.count, $0.name.count)
    }
    .sorted { $0.distance < $1.distance }
    .prefix(3)
  // Of a near name and a nearer one, the nearer is meant.
  let nearest = near.first?.distance
  let meant = near.filter { $0.distance == nearest }
  if !meant.isEmpty {
    return "did you mean \(meant.map { "'\($0.name)'" }.joined(separator: " or "))?"
  }
  let shown = names.prefix(20).joined(separator: ", ")
  return "there are: \(shown)\(names.count > 20 ? ", ... (\(names.count) in all)" : "")"
}

/// The Levenshtein distance: insertions, deletions and substitutions.
private func editDistance(_ left: String, _ right: String) -> Int {
  let (l, r) = (Array(left), Array(right))
  var row = Array(0...r.count)
  for i in l.indices {
    var diagonal = row[0]
    row[0] = i + 1
    for j in r.indices {
      let substituted = diagonal + (l[i] == r[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
    }
  }
  return row[r.count]
}
