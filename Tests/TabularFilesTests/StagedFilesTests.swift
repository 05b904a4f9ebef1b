import Foundation
import Testing

@testable import TabularFiles

struct StagedFilesTests {
  @Test func appearTogetherWhenCommitted() throws {
    let folder = try TemporaryFolder()
    do {
      var staged = StagedFiles()
      for name in ["a", "b"] {
        try writeFile([1], to: staged.stage(folder.path(name)))
      }
      #expect(!folder.contents.contains("a") && folder.contents.count == 2)
    }
    // Dropped without a commit.
    #expect(folder.contents == [])
    var staged = StagedFiles()
    for (name, byte) in [("a", UInt8(1)), ("b", 2)] {
      try writeFile([byte], to: staged.stage(folder.path(name)))
    }
    try staged.commit()
    #expect(folder.contents == ["a", "b"])
    #expect(try InputFile(path: folder.path("b")).readAll() == [2])
  }

  @Test func aLinkIsKept() throws {
    let folder = try TemporaryFolder()
    try writeFile(Array("old".utf8), to: folder.path("real"))
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("link"),
      withDestinationPath: folder.path("real")
    )
    var staged = StagedFiles()
    try writeFile(Array("new".utf8), to: staged.stage(folder.path("link")))
    try staged.commit()
    #expect(try InputFile(path: folder.path("real")).readAll() == Array("new".utf8))
    #expect(folder.contents == ["link", "real"])
  }

  @Test func aRenameThatFailsTakesTheOthersBack() throws {
    let folder = try TemporaryFolder()
    var staged = StagedFiles()
    for name in ["a", "b"] { try writeFile([1], to: staged.stage(folder.path(name))) }
    // A folder comes in the way after the check.
    try FileManager.default.createDirectory(
      atPath: folder.path("b"),
      withIntermediateDirectories: true
    )
    var reason = ""
    do throws(FileError) { try staged.commit() } catch { reason = error.description }
    #expect(reason.hasPrefix("cannot rename '\(folder.path("b"))': "), "\(reason)")
    #expect(folder.contents == ["b"])
  }

  @Test func whatCannotBeWrittenIsNamed() throws {
    let folder = try TemporaryFolder()
    func reason(_ path: String) -> String {
      var staged = StagedFiles()
      do throws(FileError) { return try staged.stage(path) } catch { return error.description }
    }
    let path = folder.path("no/such/file")
    #expect(reason(path) == "cannot write '\(path)': No such file or directory")
    #expect(reason(folder.path("")).hasSuffix("': it is a folder"))
    #expect(reason("/dev/null") == "/dev/null")
    #expect(folder.contents == [])
  }
}
