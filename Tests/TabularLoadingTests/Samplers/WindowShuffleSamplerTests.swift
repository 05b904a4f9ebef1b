import TabularFrame
import Testing

@testable import TabularLoading

extension DataLoaderTests {
  @Suite struct WindowShuffles {}
}

extension DataLoaderTests.WindowShuffles {
  /// The same order, made of plain arrays: whole blocks in their order, then windows of them.
  func plain(_ sampler: WindowShuffleSampler, epoch: Int) -> [Int] {
    let blocks = stride(from: 0, to: sampler.count, by: sampler.blockSize).map {
      Array($0..<min($0 + sampler.blockSize, sampler.count))
    }
    let order = Permutation(
      count: blocks.count,
      seed: EpochNumbers.seed(sampler.seed, for: .blocks),
      epoch: epoch
    )
    let shuffled = (0..<blocks.count).map { blocks[order[$0]] }
    var rows: [Int] = []
    for (window, start) in stride(from: 0, to: blocks.count, by: sampler.windowBlocks).enumerated()
    {
      let part = shuffled[start...].prefix(sampler.windowBlocks).flatMap(\.self)
      let within = Permutation(
        count: part.count,
        seed: EpochNumbers.seed(sampler.seed, for: .windows, window),
        epoch: epoch
      )
      rows += (0..<part.count).map { part[within[$0]] }
    }
    return rows
  }

  @Test func equalsThePlainShuffle() throws {
    var random = SplitMix64(seed: testSeed)
    for _ in 0..<300 {
      let sampler = try WindowShuffleSampler(
        count: random.pick([0, 1, 2, 60, 64, random.below(300)]),
        blockSize: random.pick([1, 2, 8, 10, 1 + random.below(80)]),
        windowBlocks: random.pick([1, 2, 4, 7, 1 + random.below(40)]),
        seed: random.next()
      )
      let epoch = random.below(1_000)
      let place: Comment = "TABULAR_SEED=\(testSeed): \(sampler.identity), epoch \(epoch)"
      let rows = sampler.rows(epoch)
      #expect(rows == plain(sampler, epoch: epoch), place)
      #expect(rows.sorted() == Array(0..<sampler.count), place)
      #expect(sampler.rows(epoch, inPiecesOf: random.next()) == rows, place)
      // Each window holds the rows that it says, and no more of them than promised.
      let windows = sampler.windows(epoch: epoch)
      var end = 0
      for window in 0..<windows.count {
        let positions = windows.positions(ofWindow: window)
        #expect(positions.lowerBound == end, place)
        end = positions.upperBound
        #expect(positions.allSatisfy { windows.window(of: $0) == window }, place)
        #expect(rows[positions].sorted() == windows.rows(ofWindow: window).flatMap(\.self), place)
        #expect(positions.count <= sampler.windowRows, place)
      }
      #expect(end == sampler.count, place)
    }
  }

  @Test func isOneOrderForAnyWorkersAndRanks() throws {
    let sampler = try WindowShuffleSampler(count: 103, blockSize: 10, windowBlocks: 3, seed: 2)
    let whole = try DataLoader(Positions(count: 103), batchSize: 16, sampler: sampler)
    let saved = try whole.cursor(after: 3, of: 1).throughJSON()
    for (workers, ranks) in [(0, 1), (2, 1), (1, 3)] {
      let parts = try (0..<ranks).map { rank in
        try DataLoader(
          Positions(count: 103),
          batchSize: 16,
          sampler: sampler,
          workers: workers,
          rank: rank,
          worldSize: ranks,
          resuming: saved
        )
        .rows(1)
      }
      let batches = (0..<4).map { step in parts.flatMap { $0[step] } }
      #expect(try batches == Array(whole.rows(1)[3...]))
    }
    let other = try WindowShuffleSampler(count: 103, blockSize: 10, windowBlocks: 4, seed: 2)
    let error = #expect(throws: LoadingError.self) {
      try DataLoader(Positions(count: 103), batchSize: 16, sampler: other, resuming: saved)
    }
    #expect(error?.kind == .cursor)
    #expect(error?.message.contains("windowBlocks: 3, seed: 2)") == true)
  }

  @Test func holdsNoMoreThanItsWindow() throws {
    let sampler = try WindowShuffleSampler(count: 1 << 40, blockSize: 4_096, windowBlocks: 256)
    #expect(sampler.windowRows == 1 << 20)
    let windows = sampler.windows(epoch: 3)
    let rows = windows.rows(at: (1 << 30)..<((1 << 30) + 1_000))
    let held = windows.rows(ofWindow: windows.window(of: 1 << 30))
    #expect(held.count == 256)
    #expect(rows.allSatisfy { row in held.contains { $0.contains(row) } })
  }
}
