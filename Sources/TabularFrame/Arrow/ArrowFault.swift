internal import TabularFiles

/// Why Arrow data cannot be read, before it is known of which file that is.
enum ArrowFault: Error, Sendable {
  /// The bytes contradict the format, or themselves.
  case damaged(String, column: String? = nil)
  /// A type, or a value, that a frame does not hold.
  case refused(String, column: String? = nil)
  /// The file itself cannot be read.
  case file(FileError)

  /// The same, with the column that it is about.
  func naming(_ name: String) -> ArrowFault {
    switch self {
    case .damaged(let message, nil): .damaged("column '\(name)': \(message)", column: name)
    case .refused(let message, nil): .refused("column '\(name)' \(message)", column: name)
    default: self
    }
  }
}

extension FrameError {
  /// What is wrong with a file.
  init(_ fault: ArrowFault, path: String) {
    let file = path == "-" ? "standard input" : "'\(path)'"
    switch fault {
    case .damaged(let message, let column):
      self.init(.arrow, "\(file) is no sound Arrow data: \(message)", column: column)
    case .refused(let message, let column):
      self.init(.arrow, "\(file): \(message)", column: column)
    case .file(let error): self.init(error)
    }
  }
}
