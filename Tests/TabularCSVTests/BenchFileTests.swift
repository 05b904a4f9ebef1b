import Foundation
import Testing

@testable import TabularCSV

/// The same table for any number of threads and any chunk size, by a checksum.
struct BenchFileTests {
  static let sizes = [4 << 10, 64 << 10, 256 << 10, 16 << 20]

  static func expectOneTable(_ path: String, threads: [Int], sizes: [Int]) throws {
    var expected: UInt64?
    for threads in threads {
      for size in sizes {
        var options = CSVReadingOptions(threads: threads)
        options.chunkSize = size
        let table = try CSVReader(path: path, options: options).read()
        let checksum = table.checksum
        if expected == nil {
          LongTests.progress("\(path): \(table.rowCount) rows, checksum \(checksum)")
        }
        expected = expected ?? checksum
        #expect(checksum == expected, "\(path), threads \(threads), chunks of \(size) bytes")
      }
    }
    var options = CSVReadingOptions()
    options.scanner = .reference
    #expect(try CSVReader(path: path, options: options).read().checksum == expected, "\(path)")
  }

  /// Paths in `TABULAR_BENCH_FILES`, separated by colons.
  @Test(
    .enabled(if: !LongTests.benchFiles.isEmpty, "TABULAR_BENCH_FILES names no files"),
    arguments: LongTests.benchFiles
  )
  func largeFiles(path: String) throws {
    try Self.expectOneTable(path, threads: [1, 2, 3, 8], sizes: Self.sizes)
  }

  /// The same for a file of all types, with nulls, long texts, a promoted column and quoted lines.
  @Test func aSmallFile() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "f.csv").path
      var text = "i,f,b,d,t,s,late\n"
      for row in 0..<3_000 {
        text += "\(row * 977),\(Double(row) / 7),\(row % 3 == 0),2024-02-\(row % 19 + 10),"
        text += row % 5 == 0 ? "," : "2024-02-29T23:59:\(row % 50 + 10)Z,"
        text += row % 7 == 0 ? "\"two\r\nlines, \"\"and more\"\" \(row)\"," : "ä\(row),"
        text += row == 2_990 ? "x\n" : "\(row)\n"
      }
      try Data(text.utf8).write(to: URL(filePath: path))
      try Self.expectOneTable(path, threads: [1, 2, 3, 8], sizes: Self.sizes)
    }
  }
}
