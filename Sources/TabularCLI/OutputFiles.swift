import Foundation
import TabularFiles

/// Refuses files that could not be written, before hours of work.
func checkOutputs(_ paths: [String?]) throws {
  for case let path? in paths where path != "-" {
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      .joined(separator: "/")
    let parent = path.contains("/") ? (folder.isEmpty ? "/" : folder) : "."
    guard isFolder(parent) else {
      throw Failure("'\(path)' cannot be written: there is no folder '\(folder)'")
    }
    guard !isFolder(path) else { throw Failure("'\(path)' cannot be written: it is a folder") }
    guard access(parent, W_OK) == 0 else {
      throw Failure("'\(path)' cannot be written: the folder '\(parent)' is not yours to write")
    }
  }
}
