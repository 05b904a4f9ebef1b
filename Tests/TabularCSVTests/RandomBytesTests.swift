import Foundation
import Testing

@testable import TabularCSV

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Bytes that mean nothing: a result or an error, in time and memory that grow with the input.
struct RandomBytesTests {
  /// What a reading of random bytes gave.
  private enum Outcome: Equatable {
    case table(rows: Int, bad: Int, columns: Int)
    case error(CSVError.Kind)
  }

  /// Random bytes behind a record of 1 to 3 empty cells: 2 GB in a long run.
  ///
  /// Quotes, delimiters and line ends are ASCII, which no invalid sequence of UTF-8 holds: the
  /// records are the same in all three encodings that have them.
  @Test func randomBytes() throws {
    let seed = LongTests.seed()
    var random = TestRandom(seed: seed)
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "r.csv").path
      let size = try Self.write(blocks: LongTests.areWanted ? 32_768 : 2, to: path, &random)
      for quoting in CSVReadingOptions.Quoting.allCases {
        var skipped: [CSVReadingOptions.Encoding: (rows: Int, bad: Int)] = [:]
        for encoding in [CSVReadingOptions.Encoding.utf8, .latin1, .utf8Replacing, .utf16] {
          for badRows in [CSVReadingOptions.BadRows.fail, .skip()] {
            var options = CSVReadingOptions(badRows: badRows, encoding: encoding, quoting: quoting)
            options.hasHeader = false
            switch Self.outcome(path, options, size) {
            case .table(let rows, let bad, _):
              #expect(badRows == .skip() && encoding != .utf16, "seed \(seed)")
              skipped[encoding] = (rows, bad)
            case .error(let kind):
              #expect(badRows == .fail || encoding == .utf16, "seed \(seed)")
              let kinds: [CSVError.Kind] =
                encoding == .utf16 ? [.file] : [.quoting, .cellCount, .encoding]
              #expect(kinds.contains(kind), "seed \(seed): \(encoding) \(quoting)")
            }
          }
        }
        let plain = try #require(skipped[.utf8])
        let latin1 = try #require(skipped[.latin1])
        let replaced = try #require(skipped[.utf8Replacing])
        #expect(latin1 == replaced, "seed \(seed)")
        #expect(plain.rows + plain.bad == latin1.rows + latin1.bad, "seed \(seed)")
        #expect(plain.rows < latin1.rows && latin1.rows < latin1.bad + latin1.rows, "seed \(seed)")
        // A line end comes every 128 bytes.
        #expect(plain.rows + plain.bad > size / 1_000, "seed \(seed)")
      }
    }
  }

  /// The same table and the same count for any thread count and chunk size.
  @Test func severalThreadsReadTheSame() throws {
    let seed = LongTests.seed()
    var random = TestRandom(seed: seed)
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "r.csv").path
      _ = try Self.write(blocks: LongTests.areWanted ? 400 : 3, to: path, &random)
      for encoding in [CSVReadingOptions.Encoding.utf8, .latin1, .utf8Replacing] {
        for quoting in CSVReadingOptions.Quoting.allCases {
          var options = CSVReadingOptions(badRows: .skip(), encoding: encoding, quoting: quoting)
          options.hasHeader = false
          var results: Set<[UInt64]> = []
          for (threads, chunkSize) in [(1, 1 << 18), (3, 1 << 18), (3, 5_000), (2, 1 << 20)] {
            (options.threads, options.chunkSize) = (threads, chunkSize)
            let table = try CSVReader(path: path, options: options).read()
            results.insert([table.checksum, UInt64(table.report.badRowCount)])
          }
          #expect(results.count == 1, "seed \(seed): \(encoding) \(quoting)")
        }
      }
    }
  }

  /// The first row too many is the one that a list of all has at its place.
  @Test func theFirstRowTooManyIsNamed() throws {
    let seed = LongTests.seed()
    var random = TestRandom(seed: seed)
    for _ in 0..<(LongTests.areWanted ? 200 : 3) {
      let alphabet = Array("a1\"\",,\n\n\n1,x\n2,y\n".utf8) + [0xFF]
      let noise = (0..<Int.random(in: 1_000...6_000, using: &random))
        .map { _ in alphabet.randomElement(using: &random) ?? 0 }
      let bytes = Array("n,t\n".utf8) + noise
      var options = CSVReadingOptions(types: ["n": .int64], badRows: .collect)
      let all = try CSVReader(bytes: bytes, options: options).read().report.badRows
      let limits = [0, 1, all.count - 1, all.count, Int.random(in: 0...all.count, using: &random)]
      for limit in limits {
        options.badRows = .skip(limit: limit)
        for (threads, chunkSize) in [(1, 1 << 18), (1, 100), (2, 100), (7, 64), (3, 999)] {
          (options.threads, options.chunkSize) = (threads, chunkSize)
          let place = "seed \(seed), limit \(limit), threads \(threads), chunk \(chunkSize)"
          do throws(CSVError) {
            let table = try CSVReader(bytes: bytes, options: options).read()
            #expect(limit == all.count && table.report.badRowCount == limit, "\(place)")
            #expect(table.report.badRows.map(\.description) == [all[0].description], "\(place)")
          } catch {
            guard limit < all.count else {
              Issue.record("\(place): \(error)")
              continue
            }
            var expected = all[limit]
            expected.expected =
              "at most \(limit) bad row\(limit == 1 ? "" : "s"), and " + expected.expected
            #expect(error.description == expected.description, "\(place)")
          }
        }
      }
    }
  }

  /// Every second row of 20,000 is bad, in chunks that are quoted irregularly: rows are taken in
  /// as many runs, each in its own time.
  @Test func everySecondRowIsBad() throws {
    let part = [UInt8](repeating: 0, count: 10_000).indices
      .flatMap { $0 % 2 == 0 ? [0x61, 0x0A] as [UInt8] : [0xFF, 0x0A] }
    let bytes = Array("h\n".utf8) + (0..<2).flatMap { _ in part + Array("a\"\n".utf8) }
    for badRows in [CSVReadingOptions.BadRows.skip(), .skip(limit: 10_002)] {
      for threads in [1, 3] {
        let options = CSVReadingOptions(badRows: badRows, threads: threads)
        let table = try CSVReader(bytes: bytes, options: options).read()
        #expect(table.rowCount == 10_000 && table.report.badRowCount == 10_002)
        #expect(table.runs.count == 10_000 && table.runs.allSatisfy { $0.count == 1 })
        #expect(table.runs.last?.record == 10_001 + 9_998)
      }
    }
    let options = CSVReadingOptions(badRows: .skip(limit: 10_001))
    let error = #expect(throws: CSVError.self) {
      try CSVReader(bytes: bytes, options: options).read()
    }
    #expect(error?.record == 2 * 10_001 - 1 && error?.kind == .quoting)
  }

  /// Writes blocks of 64 KB; returns the size.
  private static func write(blocks: Int, to path: String, _ random: inout TestRandom) throws -> Int
  {
    let file = try #require(fopen(path, "w"))
    let first = String(repeating: ",", count: Int.random(in: 0...2, using: &random)) + "\n"
    fputs(first, file)
    var block = [UInt64](repeating: 0, count: 1 << 13)
    for _ in 0..<blocks {
      for index in block.indices { block[index] = random.next() }
      fwrite(block, 8, block.count, file)
    }
    fclose(file)
    return first.utf8.count + blocks << 16
  }

  /// Reads a file; its time and the memory that it took are told in long runs.
  private static func outcome(_ path: String, _ options: CSVReadingOptions, _ size: Int) -> Outcome
  {
    let clock = ContinuousClock()
    let start = clock.now
    let before = PeakMemory.reset()
    var outcome: Outcome
    var kept = 0
    do throws(CSVError) {
      let table = try CSVReader(path: path, options: options).read()
      let (rows, bad) = (table.rowCount, table.report.badRowCount)
      outcome = .table(rows: rows, bad: bad, columns: table.columns.count)
      // Views, where rows were read before bad ones were left out, and the text of those kept: a
      // byte becomes at most three, on average two.
      kept = 16 * (rows + bad) * table.columns.count + rows * 2 * size / (rows + bad)
    } catch {
      outcome = .error(error.kind)
    }
    let peak = PeakMemory.now - before
    let name = "\(options.encoding) \(options.badRows) \(options.quoting)"
    LongTests.progress("\(name): \(outcome), \(clock.now - start), \(peak >> 20) MB")
    // Tests beside this one take memory too.
    if CommandLine.arguments.contains("randomBytes") {
      #expect(peak < kept + 100 << 20, "\(name): \(peak >> 20) MB, \(kept >> 20) MB are kept")
    }
    return outcome
  }
}

/// The most memory that this process had.
private enum PeakMemory {
  /// Forgets what was; returns what is in use, in bytes.
  static func reset() -> Int {
    // Source: proc(5), /proc/pid/clear_refs: 5 resets the peak resident set size.
    try? Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
    return now
  }

  /// `VmHWM`, in bytes; 0 where the system does not tell.
  static var now: Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first).flatMap { Int($0) }
      .map { $0 << 10 } ?? 0
  }
}
