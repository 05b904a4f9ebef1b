import Foundation
import TabularFrame
import TabularTensor
import Testing

@testable import TabularLoading

extension DataLoaderTests {
  @Suite struct Workers {}
}

/// A gate that holds back whoever reads a row until it is opened.
private final class Gate: Sendable {
  private let opened = Counter()
  func open() { opened.add() }
  func wait() { while opened.value == 0 { usleep(500) } }
}

/// Texts that threads add.
private final class Notes: @unchecked Sendable {
  private let lock = NSLock()
  private var texts: [String] = []
  func add(_ text: String) { lock.withLock { texts.append(text) } }
  var sorted: [String] { lock.withLock { texts.sorted() } }
}

// Workers that stay.
extension DataLoaderTests.Workers {
  @Test func stayFromOneEpochToTheNext() async throws {
    let starts = Counter()
    var loader: DataLoader? = try DataLoader(
      Positions(count: 100),
      batchSize: 7,
      shuffle: true,
      workers: 3,
      workerInit: { _ in starts.add() },
      persistentWorkers: true
    )
    let plain = try DataLoader(Positions(count: 100), batchSize: 7, shuffle: true)
    #expect(loaderThreads().isEmpty)
    for epoch in 0..<10 {
      #expect(try await loader?.rowsOfTask(epoch) == plain.rows(epoch))
      #expect(try loader?.rows(epoch) == plain.rows(epoch))
      #expect(Set(loaderThreads()) == ["loader-0\n", "loader-1\n", "loader-2\n"])
    }
    #expect(starts.value == 3)
    // A copy has the same workers.
    let copy = loader
    loader = nil
    #expect(try copy?.rows(3) == plain.rows(3))
    #expect((starts.value, loaderThreads().count) == (3, 3))
  }

  @Test func endWithTheirLoader() async throws {
    do {
      let loader = try DataLoader(Positions(count: 50), workers: 2, persistentWorkers: true)
      for try await batch in loader.epoch(0) where batch.index == 3 { break }
      #expect(eventually { loaderThreads().count == 2 })
      // An iterator that outlives its loader keeps the workers.
      var iterator = loader.epoch(1).makeAsyncIterator()
      _ = try await iterator.next()
    }
    #expect(loaderThreadsAreGone())
  }

  @Test func areLeftByOneIterationForTheNext() async throws {
    let loader = try DataLoader(
      Numbers(count: 500) { _ in usleep(100) },
      batchSize: 5,
      workers: 2,
      persistentWorkers: true
    )
    for epoch in 0..<20 {
      for try await batch in loader.epoch(epoch) where batch.index == epoch { break }
    }
    #expect(try loader.rows(0).flatMap(\.self) == Array(0..<500))
    #expect(throws: Unreadable(index: 1)) {
      try loader.forEachBatch(epoch: 0) { _ in throw Unreadable(index: 1) }
    }
    #expect(try await loader.rowsOfTask(0).flatMap(\.self) == Array(0..<500))
    #expect(eventually { loaderThreads().count == 2 })
  }

  @Test func serveSeveralIterationsAtOnce() async throws {
    let loader = try DataLoader(
      Positions(count: 60),
      batchSize: 2,
      workers: 2,
      persistentWorkers: true
    )
    let (left, right) = (BatchPuller(loader, epoch: 0), BatchPuller(loader, epoch: 1))
    // In turns: neither may wait for the other to be over.
    for index in 0..<30 {
      #expect(try left.next()?.index == index)
      #expect(try right.next()?.index == index)
    }
    #expect(try left.next() == nil)
    #expect(try right.next() == nil)
  }

  @Test(.timeLimit(.minutes(2)))
  func leaveAnIterationThatIsOver() async throws {
    let loader = try DataLoader(Numbers(count: 40), workers: 2, persistentWorkers: true)
    var iterators: [DataLoader<Tensor<Float>, Tensor<Int64>>.Epoch.Iterator] = []
    for epoch in 0..<20 {
      var iterator = loader.epoch(epoch).makeAsyncIterator()
      var count = 0
      while try await iterator.next() != nil { count += 1 }
      #expect(count == 40)
      // It stays, but has no more need of the workers.
      iterators.append(iterator)
    }
    #expect(loaderThreads().count == 2)
  }

  @Test func stayAfterABatchThatFailed() async throws {
    let loader = try DataLoader(
      Numbers(count: 20) { if $0 == 13 { throw Unreadable(index: $0) } },
      batchSize: 3,
      workers: 2,
      persistentWorkers: true
    )
    for _ in 0..<3 {
      var count = 0
      let error = #expect(throws: LoadingError.self) {
        try loader.forEachBatch(epoch: 0) { _ in count += 1 }
      }
      #expect((error?.kind, count) == (.dataset, 4))
    }
    #expect(eventually { loaderThreads().count == 2 })
  }
}

// What a worker does first.
extension DataLoaderTests.Workers {
  @Test(arguments: [false, true])
  func beginWithWhatTheCallerWants(persistent: Bool) throws {
    let notes = Notes()
    let loader = try DataLoader(
      Numbers(count: 12) { _ in notes.add("read by \(WorkerInfo.current?.id ?? -1)") },
      seed: 5,
      workers: 2,
      workerInit: { notes.add("init \($0.id) of \($0.count), seed \($0.seed)") },
      persistentWorkers: persistent
    )
    for epoch in 0..<2 { try loader.forEachBatch(epoch: epoch) { _ in } }
    let each = persistent ? 1 : 2
    let starts = notes.sorted.filter { $0.hasPrefix("init") }
    #expect(
      starts == Array(repeating: "init 0 of 2, seed 5", count: each)
        + Array(repeating: "init 1 of 2, seed 5", count: each)
    )
    #expect(notes.sorted.filter { $0.hasPrefix("read") }.count == 24)
    #expect(!notes.sorted.contains("read by -1"))
    #expect(WorkerInfo.current == nil)
    let alone = try DataLoader(Numbers(count: 1), workerInit: { _ in notes.add("nobody") })
    try alone.forEachBatch(epoch: 0) { _ in }
    #expect(!notes.sorted.contains("nobody"))
  }

  @Test(arguments: [false, true])
  func thatCannotStartAreAnErrorBeforeTheFirstBatch(persistent: Bool) async throws {
    let loader = try DataLoader(
      Numbers(count: 30),
      workers: 3,
      workerInit: { worker in
        usleep(2_000)
        if worker.id == 1 { throw Unreadable(index: 7) }
      },
      persistentWorkers: persistent
    )
    for _ in 0..<5 {
      let asynchronous = await #expect(throws: LoadingError.self) {
        for try await _ in loader.epoch(0) { Issue.record("a batch before all workers began") }
      }
      let synchronous = #expect(throws: LoadingError.self) {
        try loader.forEachBatch(epoch: 0) { _ in Issue.record("a batch before all workers began") }
      }
      for error in [asynchronous, synchronous] {
        #expect((error?.kind, error?.worker) == (.worker, 1))
        #expect(error?.message == "worker 1 of 3 could not start: Unreadable(index: 7)")
        #expect(error?.underlying as? Unreadable == Unreadable(index: 7))
      }
    }
  }
}

// Waiting no longer than wanted.
extension DataLoaderTests.Workers {
  @Test(arguments: [true, false])
  func thatAreLateAreAnError(inOrder: Bool) async throws {
    let gate = Gate()
    let loader = try DataLoader(
      Numbers(count: 40) { if $0 >= 4 { gate.wait() } },
      batchSize: 2,
      workers: 1,
      // On a busy machine the batches before are in time too.
      timeout: .milliseconds(500),
      inOrder: inOrder
    )
    var delivered: [Int] = []
    var iterator = loader.epoch(0).makeAsyncIterator()
    let asynchronous = await #expect(throws: LoadingError.self) {
      while let batch = try await iterator.next() { delivered.append(batch.index) }
    }
    #expect(try await iterator.next() == nil)
    let synchronous = #expect(throws: LoadingError.self) {
      try loader.forEachBatch(epoch: 0) { delivered.append($0.index) }
    }
    #expect(delivered == [0, 1, 0, 1])
    for error in [asynchronous, synchronous] {
      #expect((error?.kind, error?.worker) == (.timeout, 0))
      #expect(error?.rowIDs == [4, 5].map { RowID(record: $0) })
      #expect(
        error?.message
          == "epoch 0, batch 2, worker 0: not there within 0.5 seconds; give a longer "
          + "timeout, or find out what the dataset waits for (rows 4, 5)"
      )
    }
    gate.open()
    #expect(loaderThreadsAreGone())
  }

  @Test func thatAreInTimeAreNoError() async throws {
    let loader = try DataLoader(
      Numbers(count: 60) { _ in usleep(300) },
      batchSize: 2,
      workers: 2,
      timeout: .seconds(600)
    )
    #expect(try await loader.rowsOfTask(0).count == 30)
    #expect(try loader.rows(0).count == 30)
    #expect(loader.timeout == .seconds(600))
  }
}

// Batches as they are ready.
extension DataLoaderTests.Workers {
  @Test func deliverWhatIsReadyWhereOrderDoesNotMatter() async throws {
    let gate = Gate()
    let loader = try DataLoader(
      Numbers(count: 40) { if $0 == 0 { gate.wait() } },
      batchSize: 2,
      workers: 2,
      prefetchFactor: 3,
      inOrder: false
    )
    #expect(!loader.inOrder)
    var indices: [Int] = []
    var cursors: [LoaderCursor] = []
    for try await batch in loader.epoch(0) {
      indices.append(batch.index)
      cursors.append(try #require(batch.cursor))
      if batch.index == 11 { gate.open() }
    }
    #expect(indices.sorted() == Array(0..<20))
    #expect(indices.first != 0)
    // What was delivered before its turn is remembered, and does not come again.
    for (count, cursor) in cursors.enumerated() {
      let resumed = try DataLoader(Numbers(count: 40), batchSize: 2, resuming: cursor.throughJSON())
      var rest: [Int] = []
      try resumed.forEachBatch(epoch: 0) { rest.append($0.index) }
      #expect(rest == (0..<20).filter { !indices[...count].contains($0) })
      #expect(cursor.rows == 2 * (count + 1))
    }
  }

  @Test func failWhereOrderDoesNotMatter() throws {
    let loader = try DataLoader(
      Numbers(count: 40) { if $0 == 13 { throw Unreadable(index: $0) } },
      workers: 3,
      inOrder: false
    )
    var delivered: [Int] = []
    let error = #expect(throws: LoadingError.self) {
      try loader.forEachBatch(epoch: 0) { delivered.append($0.index) }
    }
    #expect(error?.underlying as? Unreadable == Unreadable(index: 13))
    #expect(!delivered.contains(13) && Set(delivered).count == delivered.count)
    #expect(loaderThreadsAreGone())
  }
}
