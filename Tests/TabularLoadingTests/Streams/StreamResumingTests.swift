import Foundation
import TabularFrame
import TabularTensor
import Testing

@testable import TabularLoading

extension DataLoaderTests.Streams {
  /// Saved anywhere with any number of workers, resumed with any other: the rest is the same.
  @Test func resumeWithAnyNumberOfWorkersAndRanks() throws {
    var generator = SplitMix64(seed: testSeed)
    for _ in 0..<60 {
      let count = generator.below(60)
      let batchSize = 1 + generator.below(9)
      let dropLast = generator.below(3) == 0
      let whole = plainBatches(Array(0..<count), batchSize, dropLast: dropLast)
      let saving = try StreamLoader(
        NumberStream(count: count),
        batchSize: batchSize,
        seed: 4,
        workers: generator.below(4),
        dropLast: dropLast
      )
      let stop = generator.below(whole.count + 1)
      try? saving.forEachBatch(epoch: 3) { batch in
        if batch.index == stop - 1 { throw Unreadable(index: stop) }
      }
      let cursor = try saving.cursor.throughJSON()
      let worldSize = 1 + generator.below(3)
      var rest = [[Int]](repeating: [], count: whole.count)
      for rank in 0..<worldSize {
        let resumed = try StreamLoader(
          NumberStream(count: count),
          batchSize: batchSize,
          seed: 4,
          workers: generator.below(4),
          dropLast: dropLast,
          rank: rank,
          worldSize: worldSize,
          resuming: cursor
        )
        #expect(resumed.cursor == cursor)
        #expect(resumed.firstEpoch == cursor.epoch)
        try resumed.forEachBatch(epoch: cursor.epoch) { batch in
          rest[batch.index] += batch.target.scalars.map(Int.init)
        }
        // Other epochs are whole.
        if worldSize == 1 { #expect(try resumed.numbers(cursor.epoch + 1) == whole) }
      }
      let delivered = cursor.epoch == 3 ? stop == 0 ? whole.count : stop : 0
      #expect(Array(rest[delivered...]) == Array(whole[delivered...]), "seed \(testSeed)")
      #expect(rest[..<delivered].flatMap(\.self).isEmpty)
    }
  }

  @Test(arguments: [0, 1, 3])
  func resumeNoShorterStream(workers: Int) throws {
    let saving = try StreamLoader(NumberStream(count: 40), batchSize: 5)
    try? saving.forEachBatch(epoch: 1) { if $0.index == 4 { throw Unreadable(index: 0) } }
    let resumed = try StreamLoader(
      NumberStream(count: 19),
      batchSize: 5,
      workers: workers,
      resuming: saving.cursor
    )
    let error = #expect(throws: LoadingError.self) { try resumed.numbers(1) }
    #expect(error?.kind == .cursor)
    #expect(
      error?.message == """
        cannot go on from the cursor: 25 elements of epoch 1 were delivered, and the stream has 19 now; \
        give the dataset that it was saved with
        """
    )
  }

  @Test func resumeNoOtherStream() throws {
    let cursor = try StreamLoader(NumberStream(count: 40), batchSize: 5, seed: 1).cursor
    let rows = try DataLoader(Numbers(count: 40), batchSize: 5, seed: 1).cursor
    let numbers = NumberStream(count: 40)
    var others = numbers
    others.fingerprint = "others"
    let parts = NumberStream(count: 40, division: .byDataset)
    let divided = try StreamLoader(parts, batchSize: 5, seed: 1, workers: 2).cursor
    var damaged = cursor
    damaged.rows = 7
    for (reason, body) in [
      (
        "it is of another stream: its fingerprint is numbers, and this one's others; give the dataset that it was saved with",
        { _ = try StreamLoader(others, batchSize: 5, seed: 1, resuming: cursor) }
      ),
      (
        "it is of seed 1, and this loader's is 2; give seed 1",
        { _ = try StreamLoader(numbers, batchSize: 5, seed: 2, resuming: cursor) }
      ),
      (
        "it counts batches of 5 rows, and this loader's have 6; give batchSize 5, over all ranks",
        { _ = try StreamLoader(numbers, batchSize: 6, seed: 1, resuming: cursor) }
      ),
      (
        "it is of the order Stream(batchSize: 5, dropLast: false), and this loader has Stream(batchSize: 5, dropLast: true); give the arguments that it was saved with",
        { _ = try StreamLoader(numbers, batchSize: 5, seed: 1, dropLast: true, resuming: cursor) }
      ),
      (
        "it is of the order Stream(batchSize: 5, dropLast: false, 2 parts), and this loader has Stream(batchSize: 5, dropLast: false); give the arguments that it was saved with",
        { _ = try StreamLoader(numbers, batchSize: 5, seed: 1, resuming: divided) }
      ),
      (
        "it is of a dataset of 40 rows; give it to a DataLoader",
        { _ = try StreamLoader(numbers, batchSize: 5, seed: 1, resuming: rows) }
      ),
      (
        "it is of a stream; give it to a StreamLoader",
        { _ = try DataLoader(Numbers(count: 40), batchSize: 5, seed: 1, resuming: cursor) }
      ),
      (
        "it is damaged: epoch 0, 0 batches and [] delivered, 7 rows; save another",
        { _ = try StreamLoader(numbers, batchSize: 5, seed: 1, resuming: damaged) }
      ),
    ] as [(String, () throws -> Void)] {
      let error = #expect(throws: LoadingError.self) { try body() }
      #expect(error?.kind == .cursor)
      #expect(error?.message == "cannot go on from the cursor: \(reason)")
    }
  }
}
