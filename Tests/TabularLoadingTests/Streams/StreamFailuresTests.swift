import Foundation
import TabularFrame
import TabularTensor
import Testing

@testable import TabularLoading

extension DataLoaderTests.Streams {
  @Test(arguments: [0, 1, 3])
  func failuresReachTheCallerAtTheirPlace(workers: Int) async throws {
    let dataset = NumberStream(count: 20) {
      if $0 == 13 || $0 == 17 { throw Unreadable(index: $0) }
    }
    let loader = try StreamLoader(dataset, batchSize: 3, workers: workers)
    var delivered: [Int] = []
    var iterator = loader.epoch(0).makeAsyncIterator()
    let asynchronous = await #expect(throws: LoadingError.self) {
      while let batch = try await iterator.next() { delivered.append(batch.index) }
    }
    #expect(delivered == [0, 1, 2, 3])
    #expect(try await iterator.next() == nil)
    delivered = []
    let synchronous = #expect(throws: LoadingError.self) {
      try loader.forEachBatch(epoch: 0) { delivered.append($0.index) }
    }
    #expect(delivered == [0, 1, 2, 3])
    for error in [asynchronous, synchronous] {
      #expect(error?.kind == .dataset)
      #expect(error?.underlying as? Unreadable == Unreadable(index: 13))
      #expect(error?.worker == (workers > 0 ? 4 % workers : nil))
      let place = error?.worker.map { ", worker \($0)" } ?? ""
      #expect(
        error?.description
          == "epoch 0, batch 4\(place): row 13: Unreadable(index: 13) (rows 12, 13)"
      )
    }
    #expect(loaderThreadsAreGone())
  }

  @Test(arguments: [0, 2])
  func failuresSayThatThereIsNoStream(workers: Int) throws {
    let dataset = NumberStream(count: 20, open: { _ in throw Unreadable(index: -1) })
    let loader = try StreamLoader(dataset, workers: workers)
    let error = #expect(throws: LoadingError.self) { try loader.numbers(2) }
    let place = workers > 0 ? ", worker 0" : ""
    #expect(
      error?.description
        == "epoch 2, batch 0\(place): the stream could not be made: Unreadable(index: -1)"
    )
    #expect(error?.underlying as? Unreadable == Unreadable(index: -1))
  }

  @Test(arguments: [0, 2])
  func failuresNameTheElementThatDoesNotCollate(workers: Int) throws {
    struct Ragged: IterableDataset {
      func makeStream(_ context: StreamContext) -> ClosureStream<Sample<[Float], Int64?>> {
        var next = 0
        return ClosureStream {
          defer { next += 1 }
          return next < 30
            ? Sample(features: Array(repeating: 0, count: next == 25 ? 3 : 2), target: nil) : nil
        }
      }
    }
    let loader = try StreamLoader(Ragged(), batchSize: 3, workers: workers)
    let error = #expect(throws: LoadingError.self) { try loader.forEachBatch(epoch: 0) { _ in } }
    #expect(error?.kind == .collate)
    let place = workers > 0 ? ", worker 0" : ""
    #expect(
      error?.description == """
        epoch 0, batch 8\(place): row 25: it has 3 features, and the first row of the batch has 2 \
        (rows 24, 25, 26)
        """
    )
  }

  @Test func failuresOfAStreamThatMiscounts() throws {
    struct Miscounting: IterableDataset {
      struct Stream: ElementStream {
        var isSkipping = false
        func next() -> (Float, Float)? { (0, 0) }
        func elements(_ count: Int) -> [(Float, Float)] {
          Array(repeating: (0, 0), count: isSkipping ? count : count + 1)
        }
        func skip(_ count: Int) -> Int { count + 1 }
      }
      var isSkipping = false
      func makeStream(_ context: StreamContext) -> Stream { Stream(isSkipping: isSkipping) }
    }
    let giving = #expect(throws: LoadingError.self) {
      try StreamLoader(Miscounting(), batchSize: 3).forEachBatch(epoch: 0) { _ in }
    }
    #expect(
      giving?.description == """
        epoch 0, batch 0: the stream gave or passed over 4 elements where 3 were asked for; \
        0 to 3 are expected (rows 0)
        """
    )
    let skipping = #expect(throws: LoadingError.self) {
      try StreamLoader(Miscounting(isSkipping: true), batchSize: 3, workers: 2)
        .forEachBatch(epoch: 0) { _ in }
    }
    #expect(skipping?.worker == 1)
  }

  @Test func failuresOfWorkersThatCannotStart() throws {
    let loader = try StreamLoader(
      NumberStream(count: 20),
      workers: 2,
      workerInit: { if $0.id == 1 { throw Unreadable(index: 1) } }
    )
    let error = #expect(throws: LoadingError.self) {
      try loader.forEachBatch(epoch: 0) { _ in Issue.record("a batch") }
    }
    #expect(error?.kind == .worker)
    #expect(error?.message == "worker 1 of 2 could not start: Unreadable(index: 1)")
  }

  @Test func failuresAreRethrownAsTheyAre() throws {
    for workers in [0, 2] {
      let loader = try StreamLoader(NumberStream(), workers: workers)
      #expect(throws: Unreadable(index: 3)) {
        try loader.forEachBatch(epoch: 0) { if $0.index == 3 { throw Unreadable(index: 3) } }
      }
      #expect(loaderThreadsAreGone())
    }
  }

  @Test func failuresToComeInTime() async throws {
    let isOpen = Counter()
    let dataset = NumberStream(count: 20) { number in
      while number == 7 && isOpen.value == 0 { usleep(500) }
    }
    let loader = try StreamLoader(
      dataset,
      batchSize: 2,
      workers: 2,
      // On a busy machine the batches before are in time too.
      timeout: .milliseconds(500)
    )
    var delivered = 0
    let synchronous = #expect(throws: LoadingError.self) {
      try loader.forEachBatch(epoch: 0) { _ in delivered += 1 }
    }
    let asynchronous = await #expect(throws: LoadingError.self) {
      try await loader.numbersOfTask(0)
    }
    #expect(delivered == 3)
    for error in [synchronous, asynchronous] {
      #expect(error?.kind == .timeout)
      #expect(
        error?.message == """
          epoch 0, batch 3, worker 1: not there within 0.5 seconds; give a longer timeout, or find \
          out what the stream waits for
          """
      )
    }
    isOpen.add()
    #expect(loaderThreadsAreGone())
  }

  @Test func argumentsAreChecked() {
    let parts = NumberStream(count: 3, division: .byDataset)
    let cursor = try? StreamLoader(NumberStream(count: 3)).cursor
    for refusal in [
      Refusal("batchSize", "batchSize is 0; give 1 or more") {
        _ = try StreamLoader(NumberStream(), batchSize: 0)
      },
      Refusal("workers", "workers is -1; give 1 or more, or 0 for none") {
        _ = try StreamLoader(NumberStream(), workers: -1)
      },
      Refusal("prefetchFactor", "prefetchFactor is 0; give 1 or more, or leave it out") {
        _ = try StreamLoader(NumberStream(), workers: 1, prefetchFactor: 0)
      },
      Refusal(
        "persistentWorkers",
        "persistentWorkers without workers; give workers 1 or more, or leave persistentWorkers out"
      ) {
        _ = try StreamLoader(NumberStream(), persistentWorkers: true)
      },
      Refusal(
        "timeout",
        "timeout is 5.0 seconds without workers; give workers 1 or more, or leave timeout out"
      ) {
        _ = try StreamLoader(NumberStream(), timeout: .seconds(5))
      },
      Refusal("rank", "rank is 2 and worldSize 2; ranks go from 0 to 1") {
        _ = try StreamLoader(NumberStream(), rank: 2, worldSize: 2)
      },
      Refusal(
        "ranks of parts",
        "worldSize or shards with a dataset that divides itself among workers; let the loader divide it, or give each rank a dataset of its part"
      ) {
        _ = try StreamLoader(parts, worldSize: 2)
      },
      Refusal(
        "cursor of parts",
        "a cursor for a dataset that divides itself among workers, whose batches depend on their number; let the loader divide it, or begin an epoch"
      ) {
        _ = try StreamLoader(parts, resuming: cursor)
      },
    ] {
      refusal.check()
    }
  }
}
