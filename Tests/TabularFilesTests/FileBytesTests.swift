import Foundation
import Testing

@testable import TabularFiles

struct FileBytesTests {
  @Test func givesTheSameBytesMappedAndRead() throws {
    let folder = try TemporaryFolder()
    let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
    try writeFile(bytes, to: folder.path("x"))
    let files = [
      try FileBytes(path: folder.path("x"), mapped: true),
      try FileBytes(path: folder.path("x"), mapped: false),
      FileBytes(bytes, path: "x"),
    ]
    for file in files {
      #expect(file.count == bytes.count)
      for range in [0..<0, 0..<10, 99_990..<100_000, 100_000..<100_000, 5_000..<70_000] {
        #expect(try file.bytes(range) == Array(bytes[range]))
      }
    }
    #expect(files[0].memory?.elementsEqual(bytes) == true)
    #expect(files[1].memory == nil && files[2].memory == nil)
  }

  @Test func aFileWithoutASizeIsReadWhole() throws {
    let folder = try TemporaryFolder()
    try writeFile([], to: folder.path("empty"))
    #expect(try FileBytes(path: folder.path("empty"), mapped: true).count == 0)
    let made = try FileBytes(path: "/proc/self/status", mapped: true)
    #expect(try made.bytes(0..<5) == Array("Name:".utf8))
    let missing = #expect(throws: FileError.self) {
      try FileBytes(path: folder.path("none"), mapped: true)
    }
    #expect(missing?.reason == "No such file or directory")
  }

  @Test func aFileThatShrinksIsAnErrorWhereItIsRead() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("x")
    try writeFile(Array(repeating: 1, count: 10_000), to: path)
    let file = try FileBytes(path: path, mapped: false)
    let handle = try FileHandle(forWritingTo: URL(filePath: path))
    try handle.truncate(atOffset: 100)
    try handle.close()
    #expect(try file.bytes(0..<100).count == 100)
    let error = #expect(throws: FileError.self) { try file.bytes(50..<10_000) }
    #expect(error?.description == "cannot read '\(path)': it became shorter while it was read")
  }
}
