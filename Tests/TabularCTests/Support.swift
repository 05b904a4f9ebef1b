import Foundation
import Testing

/// A folder that goes away with the value.
final class Workdir {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "tabular-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appending(path: name).path }
}

/// What SwiftPM has built, beside the test bundle.
func built(_ name: String) -> URL {
  URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: name)
}

let root = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent()

/// Runs a program; what it printed, with its errors.
func run(_ executable: URL, _ arguments: [String], environment: [String: String] = [:]) throws -> (
  code: Int32, output: String
) {
  let process = Process()
  process.executableURL = executable
  process.arguments = arguments
  process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = pipe
  try process.run()
  let output = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  let code = process.terminationReason == .exit ? process.terminationStatus : -1
  return (code, String(decoding: output, as: UTF8.self))
}

/// Programs in Python that load the library by ctypes alone.
enum Python {
  private static let interpreter = URL(filePath: "/usr/bin/env")
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Python")
  static let library = built("libTabularC.so").path

  /// Whether such programs can run here.
  static let canRun =
    FileManager.default.fileExists(atPath: library)
    && (try? TabularCTests.run(interpreter, ["python3", "-c", "import numpy, pyarrow"]))?.code == 0

  /// Runs a program of the folder `Python`.
  static func run(_ script: String, _ arguments: String...) throws -> (code: Int32, output: String)
  {
    try TabularCTests.run(
      interpreter,
      ["python3", "-X", "faulthandler", folder.appending(path: script).path] + arguments,
      environment: [
        "TABULAR_C_LIBRARY": library, "PYTHONPATH": folder.path, "PYTHONDONTWRITEBYTECODE": "1",
      ]
    )
  }
}
