import Foundation
import Testing

/// The built command, and what a run of it did.
struct Command {
  let exitCode: Int32
  let output: String
  let errors: String

  /// Lines of standard output.
  var lines: [String] { output.split(separator: "\n").map(String.init) }

  /// Lines of JSON on standard output.
  var json: [[String: Any]] {
    get throws {
      try lines.map { line in
        try #require(
          JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
          "\(line)"
        )
      }
    }
  }

  /// Runs `tabular` with these arguments.
  init(_ arguments: String..., input: String? = nil) throws {
    try self.init(arguments, input: input)
  }

  init(_ arguments: [String], input: String? = nil) throws {
    try self.init(Self.executable, arguments, input: input)
  }

  /// Runs a line of shell, in which `$TABULAR` is the command.
  init(shell line: String) throws {
    let path = "TABULAR='\(Self.executable.path)'; "
    try self.init(URL(filePath: "/bin/sh"), ["-c", path + line], input: nil)
  }

  private init(_ executable: URL, _ arguments: [String], input: String?) throws {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    let folder = FileManager.default.temporaryDirectory
    let names = (0..<3).map { _ in folder.appending(path: "tabular-run-\(UUID().uuidString)") }
    defer { for name in names { try? FileManager.default.removeItem(at: name) } }
    // Files, not pipes: nothing blocks when a run prints much.
    for (name, content) in zip(names, [input ?? "", "", ""]) {
      try content.write(to: name, atomically: false, encoding: .utf8)
    }
    process.standardInput = try FileHandle(forReadingFrom: names[0])
    process.standardOutput = try FileHandle(forWritingTo: names[1])
    process.standardError = try FileHandle(forWritingTo: names[2])
    try process.run()
    process.waitUntilExit()
    exitCode = process.terminationReason == .exit ? process.terminationStatus : -1
    output = String(decoding: try Data(contentsOf: names[1]), as: UTF8.self)
    errors = String(decoding: try Data(contentsOf: names[2]), as: UTF8.self)
  }

  /// Beside the test bundle, where SwiftPM builds it.
  static let executable = URL(filePath: CommandLine.arguments[0])
    .deletingLastPathComponent().appending(path: "tabular")
}

/// A folder that goes away with the value.
final class Workdir {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "tabular-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appending(path: name).path }

  /// Writes a file, and gives its path.
  func file(_ name: String, _ content: String) throws -> String {
    try content.write(to: url.appending(path: name), atomically: false, encoding: .utf8)
    return path(name)
  }

  var contents: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted()
  }
}

private let root = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent()

/// A file of the package.
func packaged(_ path: String) -> String { root.appending(path: path).path }

/// `../shared` beside the checkout; tests that need it skip where it is missing.
func shared(_ path: String) -> String {
  root.deletingLastPathComponent().appending(path: "shared/\(path)").path
}
let hasShared = FileManager.default.fileExists(atPath: shared(""))
let realTitanic = shared("data/titanic.csv")
