import Foundation
import TabularTensor
import Testing

@testable import TabularLoading

extension DataLoaderTests.Streams {
  @Test(arguments: [0, 1, 4])
  func threadsEndWhenTheLoopIsLeftEarly(workers: Int) async throws {
    // There is no end that would stop them.
    let loader = try StreamLoader(NumberStream(), batchSize: 5, workers: workers)
    for try await batch in loader.epoch(0) where batch.index == 9 { break }
    #expect(loaderThreadsAreGone())
    do {
      let unused = loader.epoch(0).makeAsyncIterator()
      #expect(eventually { loaderThreads().count == workers })
      withExtendedLifetime(unused) {}
    }
    #expect(loaderThreadsAreGone())
  }

  @Test(arguments: [0, 1, 4])
  func threadsEndWhenTheTaskIsCancelled(workers: Int) async throws {
    let delivered = Counter()
    let loader = try StreamLoader(NumberStream { _ in usleep(100) }, batchSize: 2, workers: workers)
    let task = Task {
      for try await _ in loader.epoch(0) { delivered.add() }
    }
    #expect(await comesAbout { delivered.value > 3 })
    task.cancel()
    let error = await #expect(throws: LoadingError.self) { try await task.value }
    #expect(error?.kind == .cancelled)
    #expect(loaderThreadsAreGone())
  }

  @Test(arguments: [(1, 1), (2, 2), (3, 4)])
  func threadsAreNotFurtherAheadThanAllowed(workers: Int, prefetch: Int) async throws {
    let made = Counter()
    let dataset = NumberStream(
      division: .byDataset,
      read: { _ in made.add() },
      gives: { number, context in context.owns(number) }
    )
    let loader = try StreamLoader(dataset, workers: workers, prefetchFactor: prefetch)
    var delivered = 0
    for try await _ in loader.epoch(0) {
      delivered += 1
      if delivered % 50 == 1 {
        #expect(eventually { made.value == delivered + workers * prefetch })
        // Had a worker gone on, it would have counted by now.
        usleep(5_000)
      }
      #expect(made.value <= delivered + workers * prefetch)
      if delivered == 160 { break }
    }
    #expect(loaderThreadsAreGone())
  }

  @Test func threadsStayFromOneEpochToTheNext() async throws {
    let starts = Counter()
    let loader = try StreamLoader(
      NumberStream(count: 100),
      batchSize: 7,
      workers: 3,
      workerInit: { _ in starts.add() },
      persistentWorkers: true
    )
    let expected = plainBatches(Array(0..<100), 7)
    for epoch in 0..<10 {
      #expect(try loader.numbers(epoch) == expected)
      for try await batch in loader.epoch(epoch) where batch.index == epoch { break }
      #expect(try await loader.numbersOfTask(epoch) == expected)
      #expect(Set(loaderThreads()) == ["loader-0\n", "loader-1\n", "loader-2\n"])
    }
    #expect(starts.value == 3)
  }

  @Test func threadsServeSeveralIterationsAtOnce() async throws {
    let loader = try StreamLoader(
      NumberStream(count: 60),
      batchSize: 2,
      workers: 2,
      persistentWorkers: true
    )
    var left = loader.epoch(0).makeAsyncIterator()
    var right = loader.epoch(1).makeAsyncIterator()
    for index in 0..<30 {
      #expect(try await left.next()?.index == index)
      #expect(try await right.next()?.index == index)
    }
    #expect(try await left.next() == nil)
    #expect(try await right.next() == nil)
  }

  /// What a stream holds open is closed when its pass is over, in whatever way.
  @Test(arguments: [0, 2])
  func threadsCloseTheirStreams(workers: Int) async throws {
    final class Held: ElementStream {
      let open: Counter
      var number = 0
      init(_ open: Counter) {
        self.open = open
        open.add()
      }
      deinit { open.add(-1) }
      func next() throws -> (Float, Float)? {
        number += 1
        if number == 50 { throw Unreadable(index: number) }
        return (Float(number), 0)
      }
    }
    struct Holding: IterableDataset {
      let open = Counter()
      func makeStream(_ context: StreamContext) -> Held { Held(open) }
    }
    let dataset = Holding()
    for round in 0..<100 {
      let loader = try StreamLoader(dataset, batchSize: 4, workers: workers)
      if round % 2 == 0 {
        for try await batch in loader.epoch(round) where batch.index == 5 { break }
      } else {
        #expect(throws: LoadingError.self) { try loader.forEachBatch(epoch: round) { _ in } }
      }
    }
    #expect(eventually { dataset.open.value == 0 })
    #expect(loaderThreadsAreGone())
  }
}
