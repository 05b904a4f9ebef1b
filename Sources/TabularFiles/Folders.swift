internal import Foundation

/// Makes a folder, and those that it lies in; one that is there is fine.
package func makeFolder(_ path: String) throws(FileError) {
  var made = ""
  for part in path.split(separator: "/", omittingEmptySubsequences: true) {
    made += (made.isEmpty && !path.hasPrefix("/") ? "" : "/") + part
    if mkdir(made, 0o777) == 0 || errno == EEXIST || errno == EISDIR { continue }
    throw FileError(path: path, operation: .write, errno: errno)
  }
  guard isFolder(path) else {
    throw FileError(path: path, operation: .write, reason: "it is no folder")
  }
}

/// Removes a file where it is there.
package func removeFile(_ path: String) throws(FileError) {
  guard unlink(path) != 0, errno != ENOENT else { return }
  throw FileError(path: path, operation: .write, errno: errno)
}

/// The names in a folder, in order; none where there is no folder.
package func namesInFolder(_ path: String) -> [String] {
  ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
}

/// Whether a folder is there.
package func isFolder(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

/// Whether anything is there.
package func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }
