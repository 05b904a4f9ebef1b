import TabularFrame
import Foundation
import TabularTensor
import Testing

@testable import TabularLoading

extension DataLoaderTests.Threads {
  private func beThereAndGo<Features: Sendable, Target: Sendable>(
    _ loader: DataLoader<Features, Target>,
    threads: Int
  ) async throws {
    for _ in 0..<20 {
      var count = 0
      for try await batch in loader.epoch(0) {
        if batch.index == 0 { #expect(eventually { loaderThreads().count == threads }) }
        count += 1
      }
      #expect(count == 25)
      #expect(loaderThreadsAreGone())
    }
  }

  @Test func areThereWhileTheEpochIsAndGoneAfterIt() async throws {
    let numbers = Numbers(count: 100) { _ in }
    try await beThereAndGo(DataLoader(numbers, batchSize: 4, workers: 3), threads: 3)
    // Where the caller copies rows too, no more than processors beside it.
    let light = try DataLoader(numberedMatrix(100), batchSize: 4, shuffle: true, workers: 3)
    let others = max(1, ProcessInfo.processInfo.activeProcessorCount - 1)
    try await beThereAndGo(light, threads: min(3, others))
    // No more of them than batches.
    let wide = try DataLoader(numberedMatrix(2), shuffle: true, workers: 10_000)
    #expect(wide.epoch(0).plan.loader.batchCount == 2)
    try wide.forEachBatch(epoch: 0) { _ in #expect(loaderThreads().count <= 2) }
  }

  /// What lies in memory one behind the other is copied by who reads it, unless workers have more
  /// to do than that.
  @Test func areNotThereForPlainCopies() throws {
    let matrix = numberedMatrix(100)
    for rank in 0..<2 {
      let loader = try DataLoader(matrix, batchSize: 7, workers: 2, rank: rank, worldSize: 2)
      let alone = try DataLoader(matrix, batchSize: 7, rank: rank, worldSize: 2)
      var expected: [Tensor<Float>] = []
      try alone.forEachBatch(epoch: 0) { expected.append($0.features) }
      try loader.forEachBatch(epoch: 0) { batch in
        #expect(loaderThreads().isEmpty && batch.features == expected[batch.index])
      }
    }
    let started = Counter()
    let prepared = try DataLoader(matrix, workers: 2, workerInit: { _ in started.add() })
    try prepared.forEachBatch(epoch: 0) { _ in }
    #expect(started.value == 2)
  }

  @Test func endWhenTheLoopIsLeftEarly() async throws {
    let loader = try DataLoader(numberedMatrix(1_000), shuffle: true, workers: 4)
    for try await batch in loader.epoch(0) where batch.index == 3 { break }
    #expect(loaderThreadsAreGone())
    do {
      let unused = loader.epoch(0).makeAsyncIterator()
      #expect(eventually { loaderThreads().count == loader.threadCount })
      withExtendedLifetime(unused) {}
    }
    #expect(loaderThreadsAreGone())
  }

  @Test(arguments: [0, 1, 4])
  func endWhenTheTaskIsCancelled(workers: Int) async throws {
    let delivered = Counter()
    let dataset = Numbers(count: 100_000) { _ in usleep(200) }
    let loader = try DataLoader(dataset, batchSize: 2, workers: workers)
    let task = Task {
      for try await _ in loader.epoch(0) { delivered.add() }
    }
    #expect(await comesAbout { delivered.value > 3 })
    task.cancel()
    let error = await #expect(throws: LoadingError.self) { try await task.value }
    #expect(error?.kind == .cancelled)
    #expect(loaderThreadsAreGone())
    #expect(delivered.value < 50_000)
  }

  @Test func areCancelledBeforeTheFirstBatchToo() async throws {
    let loader = try DataLoader(numberedMatrix(10), shuffle: true, workers: 2)
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      for try await _ in loader.epoch(0) { Issue.record("a batch after the cancellation") }
    }
    task.cancel()
    let error = await #expect(throws: LoadingError.self) { try await task.value }
    #expect(error?.kind == .cancelled)
    #expect(loaderThreadsAreGone())
  }

  @Test(arguments: [(1, 1), (2, 2), (3, 4)])
  func areNotFurtherAheadThanAllowed(workers: Int, prefetch: Int) async throws {
    let made = Counter()
    let dataset = Numbers(count: 200) { _ in made.add() }
    let loader = try DataLoader(dataset, workers: workers, prefetchFactor: prefetch)
    var delivered = 0
    for try await _ in loader.epoch(0) {
      delivered += 1
      let allowed = min(200, delivered + workers * prefetch)
      if delivered % 50 == 1 {
        #expect(eventually { made.value == allowed })
        // Had a worker gone on, it would have counted by now.
        usleep(5_000)
      }
      #expect(made.value <= allowed)
    }
    #expect((delivered, made.value) == (200, 200))
  }

  @Test func deliverInOrderWhenAWorkerIsSlow() async throws {
    var generator = SplitMix64(seed: 11)
    let pauses = (0..<300).map { _ in UInt32(generator.below(20) == 0 ? 3_000 : 0) }
    let dataset = Numbers(count: 300) { usleep(pauses[$0]) }
    let loader = try DataLoader(dataset, batchSize: 2, workers: 4, prefetchFactor: 3)
    var indices: [Int] = []
    for try await batch in loader.epoch(0) { indices.append(batch.index) }
    #expect(indices == Array(0..<150))
    indices = []
    try loader.forEachBatch(epoch: 0) { indices.append($0.index) }
    #expect(indices == Array(0..<150))
  }

  @Test func leaveThePoolFree() async throws {
    // More suspended epochs than the pool has threads, all waiting for rows that come last.
    let isOpen = Counter()
    let dataset = Numbers(count: 4) { _ in
      while isOpen.value == 0 { usleep(500) }
    }
    let loader = try DataLoader(dataset, workers: 1)
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<32 {
        group.addTask {
          var count = 0
          for try await _ in loader.epoch(0) { count += 1 }
          return count
        }
      }
      group.addTask {
        _ = isOpen.add()
        return 4
      }
      for try await count in group { #expect(count == 4) }
    }
    #expect(loaderThreadsAreGone())
  }
}
