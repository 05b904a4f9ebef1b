import Foundation

/// The files in which the kernel tells of itself, below a folder: `/`, or a tree made for a test.
struct SystemFiles: Sendable {
  let root: String

  init(root: String) { self.root = root.hasSuffix("/") ? String(root.dropLast()) : root }

  func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: root + path) }

  /// The text of a file, by its path in the tree.
  func text(_ path: String) -> Figure<String> {
    guard exists(path) else { return .absent("there is no \(path)") }
    guard let data = FileManager.default.contents(atPath: root + path) else {
      return .absent("\(path) cannot be read")
    }
    return .known(String(decoding: data, as: UTF8.self))
  }

  /// The rest of the first line that begins with a word.
  func line(_ word: String, of path: String) -> Figure<String> {
    text(path).flatMap { text in
      for line in text.split(separator: "\n") where line.hasPrefix(word) {
        return .known(line.dropFirst(word.count).trimmingCharacters(in: .whitespaces))
      }
      return .absent("\(path) has no '\(word.trimmingCharacters(in: .whitespaces))'")
    }
  }

  /// Bytes that a line gives in kB, which are 1,024 bytes to the kernel.
  func kilobytes(_ word: String, of path: String) -> Figure<Int> {
    line(word, of: path).flatMap { text in
      let parts = text.split(separator: " ")
      guard parts.count == 2, parts[1] == "kB", let number = Int(parts[0]),
        case let (bytes, overflow) = number.multipliedReportingOverflow(by: 1024),
        !overflow, number >= 0
      else { return malformed(text, in: path, expected: "kB after '\(word)'") }
      return .known(bytes)
    }
  }

  /// The numbers of a list such as `0-3,8`.
  func processors(_ text: String, in path: String) -> Figure<[Int]> {
    let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
    var numbers: [Int] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil,
        // Linux numbers at most 8,192 processors.
        first <= last, last < 1 << 16
      else { return malformed(text, in: path, expected: "a list of processors") }
      numbers += first...last
    }
    return .known(numbers)
  }

  /// The reason that a file holds something else than it should.
  func malformed<Value>(
    _ found: String,
    in path: String,
    expected: String
  ) -> Figure<Value> {
    let line = found.split(separator: "\n").first.map(String.init) ?? ""
    return .absent("\(path): expected \(expected), found '\(line.prefix(60))'")
  }
}
