import ArgumentParser
import Foundation
import TabularCollectives
import TabularFiles
import TabularTensor

/// What the command says: results on standard output, everything else on standard error.
struct Console {
  let quiet: Bool

  /// Of several processes the first speaks for all.
  private static let isFirst: Bool = {
    let launch = try? Launch(environment: ProcessInfo.processInfo.environment)
    return launch?.rank ?? 0 == 0
  }()

  /// A decision, a count or a warning, as one line.
  func note(_ line: String) {
    guard !quiet, Self.isFirst else { return }
    // Nobody is left to be told when this fails.
    try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
  }

  func notes(_ lines: [String]) { for line in lines { note(line) } }

  /// A line of the result.
  static func result(_ line: String) {
    guard isFirst else { return }
    do {
      try writeFile(Array((line + "\n").utf8), to: "-")
    } catch {
      if error.isBrokenPipe { Interruption.readerLeft() }
      TabularCommand.exit(withError: error)
    }
  }

  static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// The width of the terminal, or nil where there is none.
  static var width: Int? {
    guard outputIsTerminal else { return nil }
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}

/// A JSON object whose keys keep their order.
struct JSONObject {
  private var pairs: [String] = []

  mutating func set(_ key: String, _ value: String) {
    pairs.append("\(jsonString(key)):\(jsonString(value))")
  }
  mutating func set(_ key: String, _ value: Int) { pairs.append("\(jsonString(key)):\(value)") }
  mutating func set(_ key: String, _ value: Bool) { pairs.append("\(jsonString(key)):\(value)") }
  mutating func set(_ key: String, _ value: Double) {
    pairs.append("\(jsonString(key)):\(value.isFinite ? "\(value)" : "null")")
  }
  mutating func set(_ key: String, _ values: [JSONObject]) {
    pairs.append("\(jsonString(key)):[\(values.map(\.text).joined(separator: ","))]")
  }

  /// A value that is JSON text already.
  mutating func set(_ key: String, raw json: String) { pairs.append("\(jsonString(key)):\(json)") }

  var text: String { "{\(pairs.joined(separator: ","))}" }
}

/// A failure of the command's own, as one line.
struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
