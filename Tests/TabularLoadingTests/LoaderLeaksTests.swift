import Foundation
import TabularPreprocessing
import TabularTensor
import Testing

@testable import TabularLoading

/// Each in a process of its own, in which no other test has threads, files or memory.
struct LoaderLeaksTests {
  /// What a process holds.
  private struct Held {
    var threads = LoaderLeaksTests.entries(of: "/proc/self/task")
    var files = LoaderLeaksTests.entries(of: "/proc/self/fd")
    var kilobytes = residentKilobytes()
  }

  private static func entries(of folder: String) -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: folder))?.count ?? 0
  }

  private static var isLong: Bool {
    ProcessInfo.processInfo.environment["TABULAR_LONG_TESTS"] == "1"
  }

  /// Loaders that are made, half consumed and dropped leave nothing behind: threads, descriptors and
  /// memory are in the end what they were after the first hundred.
  ///
  /// 1,000 of them; 10,000 with TABULAR_LONG_TESTS=1.
  @Test func leaveNothingBehind() async {
    await #expect(processExitsWith: .success) {
      let matrix = numberedMatrix(400)
      var early = Held()
      for number in 0..<(Self.isLong ? 10_000 : 1_000) {
        try await Self.useHalf(of: matrix, number)
        if number == 99 {
          #expect(loaderThreadsAreGone())
          early = Held()
        }
      }
      #expect(loaderThreadsAreGone())
      // The threads of tasks come and go with the system's mood; two passes of them are enough.
      #expect(eventually { Held().threads <= early.threads })
      let late = Held()
      #expect(late.files == early.files)
      // Which of malloc's arenas the last threads had moves it by some pages. A loader that kept a
      // byte for each of its rows would be seen: 4 MB after ten thousand.
      let growth = late.kilobytes - early.kilobytes
      #expect(growth < 1_024, "\(early.kilobytes) KB became \(late.kilobytes) KB")
    }
  }

  private static func useHalf(of matrix: FeatureMatrix<Float>, _ number: Int) async throws {
    let workers = number % 3
    let loader = try DataLoader(
      matrix,
      batchSize: 25,
      shuffle: true,
      workers: workers,
      pinMemory: number % 7 == 0,
      persistentWorkers: workers > 0 && number % 2 == 0
    )
    if number % 2 == 0 {
      for try await batch in loader.epoch(number) where batch.index == 8 { break }
    } else {
      struct Half: Error {}
      #expect(throws: Half.self) {
        try loader.forEachBatch(epoch: number) { if $0.index == 8 { throw Half() } }
      }
    }
  }

  /// The order of a billion rows takes no memory: an array of it would take 8 GB.
  ///
  /// 4 million of the rows are visited; all with TABULAR_LONG_TESTS=1.
  @Test func aBillionRowsTakeNoMemory() async {
    #expect(MemoryLayout<Permutation>.size < 1_024)
    await #expect(processExitsWith: .success) {
      let (rows, batchSize) = (1_000_000_000, 4_096)
      let loader = try DataLoader(
        Positions(count: rows),
        batchSize: batchSize,
        shuffle: true,
        seed: 5
      )
      struct Enough: Error {}
      let before = residentKilobytes()
      var (sum, count, most) = (0, 0, before)
      do {
        try loader.forEachBatch(epoch: 1) { batch in
          if batch.index == 1_000, !Self.isLong { throw Enough() }
          for row in batch.features { sum &+= row }
          count += batch.features.count
          if batch.index % 100 == 0 { most = max(most, residentKilobytes()) }
        }
      } catch is Enough {}
      #expect(count == (Self.isLong ? rows : 1_000 * batchSize))
      if Self.isLong {
        #expect(sum == rows / 2 * (rows - 1))
      } else {
        // The mean of a sample of uniform numbers, at six deviations.
        let deviation = Double(rows) / 12.0.squareRoot() / Double(count).squareRoot()
        #expect(abs(Double(sum) / Double(count) - Double(rows - 1) / 2) < 6 * deviation)
      }
      #expect(most - before < 10 << 10, "\(before) KB became \(most) KB")
    }
  }
}
