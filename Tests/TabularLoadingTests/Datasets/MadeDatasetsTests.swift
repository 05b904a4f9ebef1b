import TabularFrame
import TabularPreprocessing
import TabularTensor
import Testing

@testable import TabularLoading

struct MapDatasetTests {
  private func draws(workers: Int, batchSize: Int, epoch: Int, seed: UInt64 = 7) throws -> [Int:
    Float]
  {
    let noisy = Numbers(count: 60).map { row, generator in
      Sample(features: [Float.random(in: 0..<1, using: &generator)], target: row.target)
    }
    let loader = try DataLoader(
      noisy,
      batchSize: batchSize,
      shuffle: true,
      seed: seed,
      workers: workers
    )
    var draws: [Int: Float] = [:]
    try loader.forEachBatch(epoch: epoch) { batch in
      for (row, value) in zip(batch.target.scalars, batch.features.scalars) {
        draws[Int(row)] = value
      }
    }
    return draws
  }

  @Test func drawsFromSeedEpochAndRowAlone() throws {
    let one = try draws(workers: 0, batchSize: 7, epoch: 3)
    #expect(one.count == 60 && Set(one.values).count == 60)
    #expect(try draws(workers: 3, batchSize: 10, epoch: 3) == one)
    let other = try draws(workers: 0, batchSize: 7, epoch: 4)
    #expect(other.allSatisfy { one[$0.key] != $0.value })
    #expect(try draws(workers: 0, batchSize: 7, epoch: 3, seed: 8) != one)
  }

  @Test func generatorsAreTheSameEverywhere() {
    func first(_ seed: UInt64, _ epoch: Int, _ row: Int) -> UInt64 {
      var generator = RowGenerator(seed: seed, epoch: epoch, row: row)
      return generator.next()
    }
    // SplitMix64's finaliser over seed, epoch and row, reckoned in Python with numbers of 64 bits.
    #expect(first(0, 0, 0) == 0x43A5_30DF_7654_E3E8)
    #expect(first(7, 3, 59) == 0x4EF3_4381_6CFC_8736)
    let all = (0..<40).flatMap { seed in
      (0..<5).flatMap { epoch in (0..<50).map { first(UInt64(seed), epoch, $0) } }
    }
    #expect(Set(all).count == all.count)
  }

  @Test func keepsIdsAndErrors() throws {
    struct Named: Dataset {
      let count = 4
      subscript(index: Int) -> Int { index }
      func rowID(at index: Int) -> RowID { RowID(file: 1, record: index * 10) }
    }
    let mapped = Named().map { row throws in
      if row == 2 { throw Unreadable(index: row) }
      return Sample(features: [Float(row)], target: Int64(row))
    }
    #expect(mapped.rowIDs(at: [3, 1]) == [RowID(file: 1, record: 30), RowID(file: 1, record: 10)])
    #expect(try mapped[1] == Sample(features: [1], target: 1))
    let loader = try DataLoader(mapped, batchSize: 4)
    let error = #expect(throws: LoadingError.self) { try loader.forEachBatch(epoch: 0) { _ in } }
    #expect(error?.underlying as? Unreadable == Unreadable(index: 2))
    #expect(error?.description.contains("row 1:20: Unreadable(index: 2)") == true)
  }
}

struct SubsetTests {
  @Test func servesSomeRowsInItsOrder() throws {
    let subset = Subset(MatrixDataset(numberedMatrix(10)), indices: [7, 2, 2, 9])
    let batch = try subset.batch([3, 0, 1])
    #expect(batch.features == Tensor([[9, -9], [7, -7], [2, -2]]))
    #expect(subset.rowIDs(at: [3, 1]).map(\.record) == [9, 2])
    let loader = try DataLoader(subset, batchSize: 3)
    #expect(try loader.rows(0) == [[7, 2, 2], [9]])
    #expect(subset.fingerprint != Subset(subset.base, indices: [7, 2, 9, 2]).fingerprint)
    let rows = Subset(Numbers(count: 5), indices: [4, 0])
    #expect(try rows[0].target == 4)
    let single = try DataLoader(rows, batchSize: 2)
    try single.forEachBatch(epoch: 0) { #expect($0.target == Tensor([4, 0])) }
  }
}

struct ConcatDatasetTests {
  @Test func servesItsPartsOneBehindTheOther() throws {
    let parts = [numberedMatrix(3), numberedMatrix(0), numberedMatrix(5)].map { MatrixDataset($0) }
    let all = ConcatDataset(parts)
    #expect(all.count == 8)
    let (features, target) = try all.batch([7, 0, 3, 2])
    #expect(features == Tensor([[4, -4], [0, 0], [0, 0], [2, -2]]))
    #expect(target == .classes(Tensor([4, 0, 0, 2])))
    #expect(try all.batch([4, 3]).features == Tensor([[1, -1], [0, 0]]))
    #expect(try all.batch([]).features.shape == [0, 2])
    #expect(all.rowIDs(at: [2, 3]).map(\.record) == [2, 0])
    let rows = ConcatDataset([Numbers(count: 2), Numbers(count: 3)])
    #expect(try (0..<5).map { try rows[$0].target } == [0, 1, 0, 1, 2])
    #expect(ConcatDataset<Numbers>([]).count == 0)
  }

  @Test func refusesPartsThatDoNotGoTogether() throws {
    let narrow = FeatureMatrix(features: Tensor<Float>([[1]]), featureNames: ["x"])
    let mixed = ConcatDataset([MatrixDataset(numberedMatrix(2)), MatrixDataset(narrow)])
    let error = #expect(throws: CollationError.self) { try mixed.batch([0, 2]) }
    #expect(error?.message == "a row of shape [1], and the first has [2]")
  }
}

struct TensorDatasetTests {
  @Test func takesTensorsAndDictionariesOfThem() throws {
    let images = Tensor<Float>(shape: [3, 2, 2], (0..<12).map(Float.init))
    let (features, target) = TensorDataset(images, Tensor<Int64>([5, 6, 7])).batch([2, 0])
    #expect(features == Tensor(shape: [2, 2, 2], [8, 9, 10, 11, 0, 1, 2, 3]))
    #expect(target == Tensor([7, 5]))
    let several = TensorDataset(
      ["numbers": Tensor<Float>([[1], [2]]), "more": Tensor<Float>([[3, 4], [5, 6]])],
      ["a", "b"]
    )
    let loader = try DataLoader(several, batchSize: 2)
    try loader.forEachBatch(epoch: 0) { batch in
      #expect(batch.features["more"] == Tensor([[3, 4], [5, 6]]))
      #expect(batch.target == ["a", "b"])
    }
    #expect(TensorDataset(images).batch([1]).target == nil)
  }
}

struct FrameDatasetTests {
  @Test func givesWhatTheWholeTableGives() throws {
    let frame = Datasets.iris()
    let recipe = try Recipe.automatic(for: frame, target: "species").fitted(to: frame)
    let whole = try recipe.applied(to: frame)
    let dataset = try FrameDataset<Float>(frame, recipe: recipe)
    let loader = try DataLoader(dataset, batchSize: 40, shuffle: true, seed: 3, workers: 2)
    let expected = try DataLoader(whole, batchSize: 40, shuffle: true, seed: 3)
    var batches: [MatrixBatch] = []
    try expected.forEachBatch(epoch: 1) { batches.append($0) }
    try loader.forEachBatch(epoch: 1) { batch in
      #expect(batch.features == batches[batch.index].features)
      #expect(batch.target == batches[batch.index].target)
      #expect(batch.rowIDs == batches[batch.index].rowIDs)
    }
    var report = TransformReport()
    _ = try recipe.applied(to: frame, as: Float.self, report: &report)
    #expect(dataset.report == report)
  }

  @Test func keepsManyCategoriesInFewBytes() throws {
    let frame = Datasets.titanicSynthetic()
    let plan = RecipePlan(
      features: ["Ticket", "Age", "Sex"],
      steps: [OneHotEncoder(columns: ["Ticket", "Sex"]), Imputer(columns: ["Age"])],
      target: "Survived"
    )
    let recipe = try plan.fitted(to: frame)
    let whole = try recipe.applied(to: frame)
    let dataset = try FrameDataset<Float>(frame, recipe: recipe)
    #expect(dataset.featureNames == whole.featureNames && whole.featureNames.count > 500)
    // Two bytes for the ticket, one for the sex, four for the age; 2 KB and more as floats.
    #expect(dataset.byteCount == 7 * frame.rowCount)
    try DataLoader(dataset, batchSize: frame.rowCount).forEachBatch(epoch: 0) { batch in
      #expect(batch.features == whole.features)
    }
  }

  @Test func refusesTablesThatDoNotFit() throws {
    let frame = Datasets.iris()
    let recipe = try Recipe.automatic(for: frame, target: "species").fitted(to: frame)
    #expect(throws: PreprocessingError.self) {
      try FrameDataset<Float>(Datasets.titanicSynthetic(rows: 20, seed: 1), recipe: recipe)
    }
  }

  @Test func refusesRowsThatAStepHasLearnedFrom() throws {
    let frame = Datasets.titanicSynthetic()
    let recipe = try Recipe.automatic(for: frame, target: "Survived").fitted(to: frame)
    let error = #expect(throws: PreprocessingError.self) {
      try FrameDataset<Float>(frame, recipe: recipe)
    }
    #expect(error?.description.contains("row 0 was fitted to") == true)
  }
}
