import Foundation

/// A made-up `/proc` and `/sys` in a folder that goes away with the value.
final class SystemTree {
  let root: String

  init(_ files: [String: String] = [:]) throws {
    root =
      FileManager.default.temporaryDirectory
      .appending(path: "system-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    for (path, text) in files { try write(path, text) }
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  func write(_ path: String, _ text: String) throws {
    let file = URL(filePath: root + path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(),
      withIntermediateDirectories: true
    )
    try text.write(to: file, atomically: false, encoding: .utf8)
  }

  /// What is read of the tree, which stays until then.
  func read<Result>(_ body: (String) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(self) { try body(root) }
  }
}
