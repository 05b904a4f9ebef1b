import Foundation
import TabularFrame
import TabularPreprocessing
import TabularTensor
import Testing

@testable import TabularLoading

extension DataLoaderTests {
  @Suite struct Cursors {}
}

extension DataLoaderTests.Cursors {
  var matrix: FeatureMatrix<Float> { numberedMatrix(150) }

  func loader(
    batchSize: Int = 16,
    seed: UInt64 = 7,
    workers: Int = 0,
    dropLast: Bool = false,
    rank: Int = 0,
    worldSize: Int = 1,
    resuming cursor: LoaderCursor? = nil
  ) throws -> MatrixLoader {
    try DataLoader(
      matrix,
      batchSize: batchSize,
      shuffle: true,
      seed: seed,
      workers: workers,
      dropLast: dropLast,
      rank: rank,
      worldSize: worldSize,
      resuming: cursor
    )
  }

  @Test(arguments: [0, 2])
  func countsWhatWasDelivered(workers: Int) async throws {
    let loader = try loader(workers: workers)
    #expect((loader.cursor.epoch, loader.cursor.batches, loader.cursor.rows) == (0, 0, 0))
    var cursors: [LoaderCursor] = []
    for try await batch in loader.epoch(3) {
      let cursor = try #require(batch.cursor)
      cursors.append(cursor)
      #expect(loader.cursor == cursor)
    }
    #expect(cursors.map(\.batches) == Array(1...10))
    #expect(cursors.map(\.rows) == (1...9).map { $0 * 16 } + [150])
    #expect(cursors.allSatisfy { $0.epoch == 3 && $0.ahead.isEmpty && $0.seed == 7 })
    let copy = loader
    try copy.forEachBatch(epoch: 4) { #expect($0.cursor == copy.cursor) }
    #expect(loader.cursor.epoch == 4)
    #expect(loader.cursor == copy.cursor)
  }

  @Test func goesOnInTheMiddleOfAnEpoch() async throws {
    let whole = try loader().rows(2)
    for batches in 0...10 {
      let saved = try loader(workers: 3).cursor(after: batches, of: 2).throughJSON()
      let resumed = try loader(workers: batches % 3, resuming: saved)
      #expect(resumed.cursor == saved)
      #expect(try resumed.rows(2) == Array(whole[batches...]))
      #expect(try await resumed.rowsOfTask(2) == Array(whole[batches...]))
      // Other epochs are whole.
      #expect(resumed.firstEpoch == (batches == 10 ? 3 : 2))
      #expect(try resumed.rows(3) == loader().rows(3))
      var rest: [LoaderCursor] = []
      try resumed.forEachBatch(epoch: 2) { batch in batch.cursor.map { rest.append($0) } }
      #expect(rest.last?.rows ?? saved.rows == 150)
      #expect(rest.map(\.batches) == Array(batches + 1..<11))
    }
  }

  @Test func isOneLineOfJSON() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let positions = try DataLoader(
      Positions(count: 10),
      batchSize: 4,
      shuffle: true,
      seed: .max
    )
    let cursor = try positions.cursor(after: 2, of: 1)
    #expect(
      String(decoding: try encoder.encode(cursor), as: UTF8.self) == """
        {"batchSize":4,"batches":2,"epoch":1,"fingerprint":"\(positions.source.fingerprint)",\
        "order":"BatchSampler(RandomSampler(count: 10, seed: 18446744073709551615), \
        batchSize: 4, dropLast: false)","orderVersion":1,"rowCount":10,"rows":8,\
        "seed":18446744073709551615,"version":1}
        """
    )
    #expect(try cursor.throughJSON() == cursor)
  }

  @Test func ofAnUnknownVersionIsRefused() throws {
    var text = String(decoding: try JSONEncoder().encode(loader().cursor), as: UTF8.self)
    text.replace("\"version\":1", with: "\"version\":2")
    let error = #expect(throws: LoadingError.self) {
      try JSONDecoder().decode(LoaderCursor.self, from: Data(text.utf8))
    }
    #expect(error?.kind == .cursor)
    #expect(
      error?.message == "the cursor has version 2, and version 1 is expected; "
        + "read it with the release that wrote it"
    )
  }

  @Test func ofSomethingElseIsRefused() throws {
    let cursor = try loader().cursor(after: 3, of: 1)
    func refusal(_ resume: (LoaderCursor) throws -> MatrixLoader) -> String {
      let error = #expect(throws: LoadingError.self) { try resume(cursor) }
      #expect(error?.kind == .cursor)
      return error?.message.replacing("cannot go on from the cursor: ", with: "") ?? ""
    }
    #expect(
      refusal { try DataLoader(numberedMatrix(151), batchSize: 16, resuming: $0) }
        == "it is of a dataset of 150 rows, and this one has 151; give the dataset that it was saved with"
    )
    var features = Array(repeating: Float(0), count: 300)
    features[299] = 1
    let zeros = FeatureMatrix(
      features: Tensor(shape: [150, 2], features),
      featureNames: ["row", "minus"]
    )
    let mine = MatrixDataset(matrix).fingerprint
    let other = MatrixDataset(zeros).fingerprint
    #expect(mine != other)
    #expect(
      refusal { try DataLoader(zeros, batchSize: 16, resuming: $0) }
        == "it is of another dataset: its fingerprint is \(mine), and this one's \(other); "
        + "give the dataset that it was saved with"
    )
    #expect(
      refusal { try loader(seed: 8, resuming: $0) }
        == "it is of seed 7, and this loader's is 8; give seed 7"
    )
    #expect(
      refusal { try loader(batchSize: 8, resuming: $0) }
        == "it counts batches of 16 rows, and this loader's have 8; "
        + "give batchSize 16, over all ranks"
    )
    let random = "RandomSampler(count: 150, seed: 7)"
    #expect(
      refusal { try loader(dropLast: true, resuming: $0) }
        == "it is of the order BatchSampler(\(random), batchSize: 16, dropLast: false), "
        + "and this loader has BatchSampler(\(random), batchSize: 16, dropLast: true); "
        + "give the samplers and arguments that it was saved with"
    )
    #expect(
      refusal { try DataLoader(matrix, batchSize: 16, seed: 7, resuming: $0) }
        == "it is of the order BatchSampler(\(random), batchSize: 16, dropLast: false), and this "
        + "loader has BatchSampler(SequentialSampler(count: 150), batchSize: 16, dropLast: false); "
        + "give the samplers and arguments that it was saved with"
    )
  }

  @Test(arguments: [
    (
      "\"orderVersion\":1", "\"orderVersion\":2",
      "it is of order version 2, and this release has 1, "
    ),
    (
      "\"batches\":3", "\"batches\":11",
      "it is damaged: epoch 1, 11 of 10 batches and [] delivered, "
    ),
    ("\"batches\":3", "\"batches\":-1", "it is damaged: epoch 1, -1 of 10 batches"),
    ("\"batches\":3", "\"batches\":3,\"ahead\":[5,4]", "it is damaged: epoch 1, 3 of 10 batches"),
    ("\"batches\":3", "\"batches\":3,\"ahead\":[3]", "it is damaged: epoch 1, 3 of 10 batches"),
    ("\"batches\":3", "\"batches\":3,\"ahead\":[10]", "it is damaged: epoch 1, 3 of 10 batches"),
    ("\"epoch\":1", "\"epoch\":-1", "it is damaged: epoch -1"),
    (
      "\"rows\":48", "\"rows\":-48", "it is damaged: epoch 1, 3 of 10 batches and [] delivered, -48"
    ),
  ])
  func thatIsDamagedIsRefused(part: String, change: String, message: String) throws {
    let cursor = try loader().cursor(after: 3, of: 1)
    let text = String(decoding: try JSONEncoder().encode(cursor), as: UTF8.self)
    let changed = text.replacing(part, with: change)
    #expect(changed != text)
    let damaged = try JSONDecoder().decode(LoaderCursor.self, from: Data(changed.utf8))
    let error = #expect(throws: LoadingError.self) { try loader(resuming: damaged) }
    #expect(error?.kind == .cursor)
    #expect(
      error?.message.hasPrefix("cannot go on from the cursor: " + message) == true,
      "\(error?.message ?? "")"
    )
  }

  @Test func knowsABatchThatWasDeliveredBeforeItsTurn() throws {
    var cursor = try loader().cursor(after: 2, of: 1)
    for index in [5, 3] { cursor.deliver(index, rows: 16) }
    #expect((cursor.batches, cursor.ahead, cursor.rows) == (2, [3, 5], 64))
    let whole = try loader().rows(1)
    let resumed = try loader(workers: 2, resuming: cursor.throughJSON())
    #expect(try resumed.rows(1) == [whole[2], whole[4]] + Array(whole[6...]))
    #expect((resumed.cursor.batches, resumed.cursor.ahead, resumed.cursor.rows) == (10, [], 150))
    cursor.deliver(2, rows: 16)
    #expect((cursor.batches, cursor.ahead) == (4, [5]))
    cursor.deliver(4, rows: 16)
    #expect((cursor.batches, cursor.ahead) == (6, []))
  }

  @Test func fingerprintsTellDatasetsApart() {
    let rows = Fingerprint.someRows(of: .max)
    #expect((rows.count, rows.first, rows.last) == (64, 0, .max - 1))
    #expect(Fingerprint.someRows(of: 65).count == 64)
    #expect(Fingerprint.someRows(of: 64) == Array(0..<64))
    var prints: Set<String> = []
    for count in [0, 1, 2, 64, 65, 1_000] {
      prints.insert(MatrixDataset(numberedMatrix(count)).fingerprint)
      prints.insert(Positions(count: count).fingerprint)
    }
    #expect(prints.count == 12)
    #expect(prints.allSatisfy { $0.count == 16 })
    #expect(
      MatrixDataset(numberedMatrix(65)).fingerprint == MatrixDataset(numberedMatrix(65)).fingerprint
    )
  }
}
