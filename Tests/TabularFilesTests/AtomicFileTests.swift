import Foundation
import Testing

@testable import TabularFiles

struct AtomicFileTests {
  @Test func appearsOnlyWhenCommitted() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("out.bin")
    do {
      let file = try AtomicFile(path: path)
      try file.write("half")
    }
    #expect(folder.contents == [])
    let file = try AtomicFile(path: path)
    try file.write("whole")
    #expect(!FileManager.default.fileExists(atPath: path))
    try file.commit()
    #expect(folder.contents == ["out.bin"])
    #expect(try InputFile(path: path).readAll() == Array("whole".utf8))
  }

  @Test func replacesAFileButKeepsALink() throws {
    let folder = try TemporaryFolder()
    try writeFile(Array("old".utf8), to: folder.path("real"))
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("link"),
      withDestinationPath: folder.path("real")
    )
    try writeFile(Array("new".utf8), to: folder.path("link"))
    #expect(try InputFile(path: folder.path("real")).readAll() == Array("new".utf8))
    #expect(folder.contents == ["link", "real"])
  }

  @Test func writesDevicesInPlace() throws {
    try writeFile([1, 2, 3], to: "/dev/null")
    #expect(try InputFile(path: "/dev/null").readAll() == [])
  }

  @Test func namesPathAndReason() throws {
    let folder = try TemporaryFolder()
    let missing = folder.path("no/such/file")
    let reading = #expect(throws: FileError.self) { try InputFile(path: missing) }
    #expect(reading?.description == "cannot open '\(missing)': No such file or directory")
    let writing = #expect(throws: FileError.self) { try writeFile([1], to: missing) }
    #expect(writing?.description == "cannot write '\(missing)': No such file or directory")
    let inFolder = #expect(throws: FileError.self) { try writeFile([1], to: folder.path("")) }
    #expect(inFolder?.reason == "it is a folder")
  }
}

/// A folder that goes away with the value.
final class TemporaryFolder {
  private let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "tabular-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appending(path: name).path }

  var contents: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted()
  }
}
