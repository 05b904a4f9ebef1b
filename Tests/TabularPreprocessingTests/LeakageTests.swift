import TabularFrame
import TabularPreprocessing
import TabularTensor
import Testing

struct LeakageTests {
  /// A text of many values that says nothing about the target.
  private func noise(_ rows: Int, seed: UInt64) throws -> DataFrame {
    var random = SplitMix64(seed: seed)
    return try DataFrame([
      ("code", Column((0..<rows).map { _ in "c\(random.below(rows / 3))" })),
      ("amount", Column((0..<rows).map { _ in random.unit() })),
      ("label", Column((0..<rows).map { _ in random.below(2) })),
    ])
  }

  private func plan() -> RecipePlan {
    RecipePlan(
      features: ["code"],
      steps: [TargetEncoder(columns: ["code"], target: "label")],
      target: "label"
    )
  }

  /// The correlation of the feature and the label.
  private func gain(_ matrix: FeatureMatrix<Double>) throws -> Double {
    guard case .classes(let labels) = matrix.labels else { return .nan }
    let x = (0..<matrix.rowCount).map { matrix.features[$0, 0] }
    let y = labels.scalars.map { Double($0) }
    let (meanX, meanY) = (x.reduce(0, +) / Double(x.count), y.reduce(0, +) / Double(y.count))
    var (xy, xx, yy) = (0.0, 0.0, 0.0)
    for (a, b) in zip(x, y) {
      xy += (a - meanX) * (b - meanY)
      xx += (a - meanX) * (a - meanX)
      yy += (b - meanY) * (b - meanY)
    }
    return xy / (xx * yy).squareRoot()
  }

  @Test func aRandomTextGainsNothing() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    let (train, valid) = try noise(1500, seed: seed).trainTestSplit(seed: 1)
    let (recipe, matrix) = try plan().fitTransform(train, as: Double.self)
    var report = TransformReport()
    let held = try recipe.applied(to: valid, as: Double.self, report: &report)
    // A naive encoding of the training rows, by the fitted step itself.
    let naive = try recipe.steps[0].applied(to: train)
    let naiveMatrix = FeatureMatrix<Double>(
      features: Tensor(shape: [train.rowCount, 1], try naive.numbers("code")),
      featureNames: ["code"],
      labels: matrix.labels
    )
    #expect(try abs(gain(matrix)) < 0.2, "seed \(seed)")
    #expect(try abs(gain(held)) < 0.25, "seed \(seed)")
    #expect(try gain(naiveMatrix) > 0.4, "seed \(seed)")
  }

  @Test func aRecipeThatLearnedFromTheTargetRefusesItsRows() throws {
    let frame = try noise(300, seed: 4)
    let (train, valid) = try frame.trainTestSplit()
    let recipe = try plan().fitted(to: train)
    for own in [train, frame, train.iloc[5..<6], train.iloc[[9, 3, 40]]] {
      #expect(message { try recipe.applied(to: own) }.contains("was fitted to"))
    }
    _ = try recipe.applied(to: valid)
    // Another table has the same row ids.
    _ = try recipe.applied(to: noise(300, seed: 5))
    // Nothing was learned from the target here.
    let plain = RecipePlan(features: ["amount"], steps: [], target: "label")
    _ = try plain.fitted(to: train).applied(to: train)
  }

  @Test func fittingToAHeldOutPartIsRefused() throws {
    let frame = try noise(300, seed: 6)
    let (train, test) = try frame.trainTestSplit()
    for plan in [plan(), RecipePlan(features: ["amount"], steps: [], target: "label")] {
      let guarded = plan.holdingOut(test)
      _ = try guarded.fitted(to: train)
      #expect(message { try guarded.fitted(to: frame) }.contains("was held out"))
      #expect(message { try guarded.fitTransform(frame) }.contains("was held out"))
      let oneRow = try DataFrame.concat([train, test.iloc[3..<4]])
      #expect(message { try guarded.fitted(to: oneRow) }.contains("was held out"))
      _ = try guarded.fitted(to: noise(300, seed: 7))
    }
  }

  @Test func fitTransformIsTheSameForAnyChunks() throws {
    let frame = try noise(400, seed: 8)
    let whole = try plan().fitted(to: frame).json()
    #expect(try plan().fitted(to: frame.chunks(7, seed: 1)).json() == whole)
    #expect(try plan().fitTransform(frame).recipe.json() == whole)
  }

  @Test func theTargetIsNoFeature() throws {
    let frame = try noise(30, seed: 9)
    let plan = RecipePlan(features: ["amount", "label"], steps: [], target: "label")
    #expect(message { try plan.fitted(to: frame) }.contains("the target 'label' is among"))
    let other = RecipePlan(
      features: ["code"],
      steps: [TargetEncoder(columns: ["code"], target: "label")]
    )
    #expect(message { try other.fitted(to: frame) }.contains("give both the same"))
  }
}
