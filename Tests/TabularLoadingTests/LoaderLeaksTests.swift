import Foundation
import TabularTensor
import Testing

@testable import TabularLoading

extension DataLoaderTests.Threads {
  /// What a process holds: threads of loaders, file descriptors, resident kilobytes.
  private struct Held {
    var threads = loaderThreads().count
    var files = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))?.count ?? 0
    var memory = residentKilobytes()
  }

  /// Loaders that are made, half consumed and dropped leave nothing behind.
  ///
  /// 1,000 of them; 10,000 with TABULAR_LONG_TESTS=1.
  @Test func leaveNothingBehind() async throws {
    let isLong = ProcessInfo.processInfo.environment["TABULAR_LONG_TESTS"] == "1"
    let matrix = numberedMatrix(400)
    var early = Held()
    for number in 0..<(isLong ? 10_000 : 1_000) {
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
      if number == 99 {
        #expect(loaderThreadsAreGone())
        early = Held()
      }
    }
    #expect(loaderThreadsAreGone())
    let late = Held()
    #expect(late.threads == early.threads)
    // Other tests run beside this one, with files and memory of their own: what each loader would
    // leave is counted for all of them.
    #expect(late.files < early.files + 100)
    let perLoader = Double(late.memory - early.memory) / (isLong ? 9_900 : 900)
    #expect(perLoader < (isLong ? 2 : 40), "\(perLoader) KB a loader")
  }

  @Test func aBillionRowsTakeNoMemory() throws {
    let before = residentKilobytes()
    let loader = try DataLoader(
      Positions(count: 1_000_000_000),
      batchSize: 4_096,
      shuffle: true,
      seed: 5
    )
    var seen: Set<Int> = []
    try? loader.forEachBatch(epoch: 1) { batch in
      if batch.index == 50 { throw Unreadable(index: 50) }
      for row in batch.features {
        #expect(row >= 0 && row < 1_000_000_000)
        seen.insert(row)
      }
    }
    #expect(seen.count == 50 * 4_096)
    // The set of what was seen takes some MB itself, and so do tests that run beside.
    #expect(residentKilobytes() - before < 64 << 10)
    #expect(MemoryLayout<Permutation>.size < 1_024)
  }
}
