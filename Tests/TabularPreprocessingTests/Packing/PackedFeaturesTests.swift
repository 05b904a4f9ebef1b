import TabularFrame
import TabularTensor
import Testing

@testable import TabularPreprocessing

/// The recipe's own matrix is the oracle: what is gathered from packed rows has its bits.
struct PackedFeaturesTests {
  /// Texts to expand, ids, numbers with and without nulls, whole numbers of every size, bools.
  private func table(rows: Int, seed: UInt64) throws -> DataFrame {
    var random = SplitMix64(seed: seed)
    func values<Value>(_ make: (inout SplitMix64) -> Value) -> [Value] {
      (0..<rows).map { _ in make(&random) }
    }
    let colours = ["red", "green", "blue", nil]
    return try DataFrame([
      ("colour", Column(values { colours[Int($0.next() % 4)] })),
      ("city", Column(values { "city \($0.next() % 300)" })),
      ("shop", Column(values { "shop \($0.next() % 1_000)" })),
      ("price", Column(values { Double($0.next() % 10_000) / 7 })),
      ("age", Column(values { $0.next() % 5 == 0 ? nil : Int64($0.next() % 90) })),
      ("small", Column(values { Int64($0.next() % 100) - 50 })),
      ("large", Column(values { Int64($0.next() % 100_000) })),
      ("huge", Column(values { Int64(bitPattern: $0.next()) })),
      ("member", Column(values { $0.next() % 2 == 0 })),
      ("label", Column(values { Int64($0.next() % 3) })),
    ])
  }

  private func recipe(for frame: DataFrame) throws -> Recipe {
    try RecipePlan(
      features: frame.columns.filter { $0 != "label" },
      steps: [
        OneHotEncoder(columns: ["colour", "city"], maxCategories: 200),
        CategoryEncoder(columns: ["shop"], buckets: 4, maxSize: 500),
        StandardScaler(columns: ["price"]),
      ],
      target: "label"
    ).fitted(to: frame)
  }

  private func check<Scalar: FloatingTensorScalar>(_ type: Scalar.Type, rows: Int) throws {
    let seed = UInt64.random(in: 0..<1_000_000)
    let frame = try table(rows: rows, seed: seed)
    let recipe = try recipe(for: frame.slice(0..<(rows / 2)))
    var expectedReport = TransformReport()
    let expected = try recipe.applied(to: frame, as: type, report: &expectedReport)
    var report = TransformReport()
    let (packed, labels) = try recipe.packed(frame, as: type, report: &report)
    #expect(labels == expected.labels, "seed \(seed)")
    #expect(report == expectedReport, "seed \(seed)")
    #expect(packed.rowCount == rows && packed.columnCount == recipe.featureNames.count)

    var random = SplitMix64(seed: seed &+ 1)
    let picked = (0..<1_000).map { _ in Int(random.next() % UInt64(rows)) } + [0, rows - 1]
    let gathered = Tensor<Scalar>(shape: [picked.count, packed.columnCount]) { slots in
      slots.initialize(repeating: 42)
      packed.gather(picked, into: slots)
    }
    let columns = packed.columnCount
    var wrong = 0
    for (place, row) in picked.enumerated() {
      for column in 0..<columns {
        let (found, wanted) = (gathered[place, column], expected.features[row, column])
        if found != wanted && !(found.isNaN && wanted.isNaN) { wrong += 1 }
      }
    }
    #expect(wrong == 0, "seed \(seed): \(wrong) of \(picked.count * columns) features")
    // The words take a byte or two instead of a float a word.
    #expect(packed.rowBytes * 6 < columns * MemoryLayout<Scalar>.stride)
  }

  @Test(arguments: [200, 1_001]) func givesWhatTheMatrixGives(rows: Int) throws {
    try check(Float.self, rows: rows)
    try check(Double.self, rows: rows)
    try check(Float16.self, rows: rows)
  }

  @Test func goesOnFromOnePartOfTheRowsToTheNext() throws {
    try check(Float.self, rows: FeaturePacker<Float>.rowsAtOnce + 321)
  }

  @Test func holdsNoRowsOfAnEmptyTable() throws {
    let frame = try table(rows: 100, seed: 1)
    var report = TransformReport()
    let recipe = try recipe(for: frame)
    let (packed, labels) = try recipe.packed(frame.slice(0..<0), as: Float.self, report: &report)
    #expect(packed.rowCount == 0 && packed.byteCount == 0 && labels?.count == 0)
    let none = Tensor<Float>(shape: [0, packed.columnCount]) { packed.gather([], into: $0) }
    #expect(none.count == 0)
  }

  @Test func givesUpACodeWhereARowHasTwoOnes() throws {
    var packer = FeaturePacker<Float>(runs: [0..<2, 2..<3], columnCount: 3)
    packer.append([Column([true, false]), Column([false, false]), Column([1, 2])], rows: 2)
    packer.append([Column([true, true]), Column([true, false]), Column([1 << 40, 3])], rows: 2)
    packer.append([Column([nil, true]), Column([true, false]), Column([nil, 3])], rows: 2)
    #expect(packer.rounded == [0, 0, 0])
    let packed = packer.finish()
    let rows = Tensor<Float>(shape: [5, 3]) { packed.gather([0, 1, 2, 3, 5], into: $0) }
    #expect(rows == Tensor([[1, 0, 1], [0, 0, 2], [1, 1, 0x1p40], [1, 0, 3], [1, 0, 3]]))
    let last = Tensor<Float>(shape: [1, 3]) { packed.gather([4], into: $0) }
    #expect(last[0, 0].isNaN && last[0, 1] == 1 && last[0, 2].isNaN)
  }

  @Test func takesAsManyBytesAsIntegersNeed() throws {
    for (value, bytes) in [(100, 1), (-129, 2), (128, 2), (40_000, 4)] {
      var packer = FeaturePacker<Float>(runs: [0..<1], columnCount: 1)
      packer.append([Column([Int64(value), 0])], rows: 2)
      #expect(packer.finish().rowBytes == bytes, "\(value)")
    }
    var packer = FeaturePacker<Double>(runs: [0..<1], columnCount: 1)
    packer.append([Column([40_000, 0])], rows: 2)
    #expect(packer.finish().rowBytes == 4)
  }
}
