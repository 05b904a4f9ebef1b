import TabularFrame
import Testing

@testable import TabularPreprocessing

struct TargetEncoderTests {
  @Test(
    .enabled(if: Reference.isThere, "needs ../shared, the folder of reference values"),
    arguments: [
      ("target_encoder_auto_smooth", TargetEncoder.Smoothing.automatic),
      ("target_encoder_smooth_10", .given(10)),
    ]
  )
  func answersAsScikitLearn(key: String, smoothing: TargetEncoder.Smoothing) throws {
    let known = try Reference.titanic().dropNulls(columns: ["Embarked"])
    let expected = try #require(Reference.preprocessing()[key] as? [String: Any])
    let columns = ["Embarked", "Sex"]
    let fitted = try TargetEncoder(columns: columns, target: "Survived", smoothing: smoothing)
      .fitted(to: known)
    let found = columns.map { fitted.categories(of: $0)?.map(\.description) ?? [] }
    #expect(found == expected["categories"] as? [[String]])
    let encodings = try #require(expected["encodings"] as? [[Double]])
    for (column, values) in zip(columns, encodings) {
      let found = try #require(fitted.encodings(of: column))
      #expect(found.count == 1)
      #expect(zip(found[0], values).allSatisfy { isClose($0, $1) }, "\(found) \(values)")
    }
    let applied = try fitted.applied(to: known)
    let first = try applied.numbers("Sex")[0]
    #expect(isClose(first, encodings[1][1]))
  }

  // scikit-learn 1.9.1: TargetEncoder(smooth=...).fit(titanic[["Sex", "Embarked"]], y).encodings_,
  // target_mean_; the last of Embarked is None's.
  static let fares = [
    (
      TargetEncoder.Smoothing.automatic,
      [
        [44.426904715826204, 25.53260137290293],
        [59.49321523697055, 13.295809669988062, 27.083956744919043, 80.0],
      ]
    ),
    (
      .given(10),
      [
        [44.10094098668437, 25.637697750742312],
        [58.39515887463902, 15.451682525123521, 27.15816648269987, 40.170173307145525],
      ]
    ),
  ]

  @Test(.enabled(if: Reference.isThere), arguments: fares)
  func encodesNumbers(smoothing: TargetEncoder.Smoothing, expected: [[Double]]) throws {
    let frame = try Reference.titanic()
    let step = TargetEncoder(columns: ["Sex", "Embarked"], target: "Fare", smoothing: smoothing)
    let fitted = try step.fitted(to: frame)
    #expect(isClose(fitted.means[0], 32.204207968574636))
    for (column, values) in zip(step.columns, expected) {
      let found = try #require(fitted.encodings(of: column)?.first)
      #expect(found.count == values.count)
      #expect(zip(found, values).allSatisfy { isClose($0, $1) }, "\(found) \(values)")
    }
  }

  @Test(.enabled(if: Reference.isThere)) func encodesManyClasses() throws {
    // As above with y = Pclass: classes 1, 2 and 3 of Sex, then of Embarked.
    let expected = [
      [
        [0.29915671364286933, 0.21148715157189718], [0.24191198932000582, 0.18720610479209232],
        [0.4588933307557314, 0.6013021176432475],
      ],
      [
        [0.5038345573826246, 0.026360569782753803, 0.19726541628354563, 1.0],
        [0.10153728547765184, 0.03945677744210747, 0.2545719378615017, 0.0],
        [0.39375991119906134, 0.933844844888625, 0.5481411932618299, 0.0],
      ],
    ]
    let frame = try Reference.titanic()
    let step = TargetEncoder(columns: ["Sex", "Embarked"], target: "Pclass")
    let fitted = try step.fitted(to: frame)
    #expect(fitted.outputNames(of: "Sex") == ["Sex_1", "Sex_2", "Sex_3"])
    let means = [0.24242424242424243, 0.20650953984287318, 0.5510662177328844]
    #expect(zip(fitted.means, means).allSatisfy { isClose($0, $1) })
    for (column, values) in zip(step.columns, expected) {
      let found = try #require(fitted.encodings(of: column))
      for (found, values) in zip(found, values) {
        #expect(zip(found, values).allSatisfy { isClose($0, $1) }, "\(found) \(values)")
      }
    }
    let applied = try fitted.applied(to: frame)
    #expect(isClose(try applied.numbers("Embarked_3")[0], expected[1][2][2]))
  }

  /// Mean and variance by hand, over the rows of each category.
  @Test func equalsPlainSums() throws {
    let frame = try randomCategories(rows: 300, seed: testSeed &+ 2)
    let y = try frame.numbers("value")
    func moments(_ rows: [Int]) -> (mean: Double, variance: Double) {
      let mean = rows.reduce(0) { $0 + y[$1] } / Double(rows.count)
      let squares = rows.reduce(0) { $0 + (y[$1] - mean) * (y[$1] - mean) }
      return (mean, squares / Double(rows.count))
    }
    let all = moments(Array(0..<300))
    let column = try frame["number"]
    let groups = Dictionary(grouping: 0..<300) { column[$0].description }
    let step = TargetEncoder(columns: ["number"], target: "value")
    let found = try step.fitted(to: frame).applied(to: frame).numbers("number")
    for (_, rows) in groups {
      let part = moments(rows)
      let n = Double(rows.count)
      let weight = all.variance * n / (all.variance * n + part.variance)
      let expected = weight * part.mean + (1 - weight) * all.mean
      for row in rows { #expect(isClose(found[row], expected), "seed \(testSeed)") }
    }
  }

  @Test func unseenCategoriesBecomeTheMean() throws {
    let train = try DataFrame([("x", Column(["a", "a", "b"])), ("y", Column([1, 0, 1]))])
    let fitted = try TargetEncoder(columns: ["x"], target: "y").fitted(to: train)
    var report = TransformReport()
    let test = try DataFrame([("x", Column(["q", nil, "b"]))])
    let found = try fitted.applied(to: test, report: &report).numbers("x")
    #expect(found[0] == 2.0 / 3 && found[1] == 2.0 / 3 && found[2] == 1)
    #expect(report.unseen == ["x": 1] && report.nulls == ["x": 1])
  }

  @Test func borderCases() throws {
    func fit(_ y: Column, _ type: TargetEncoder.TargetType = .automatic) -> String {
      message {
        try TargetEncoder(columns: ["x"], target: "y", targetType: type)
          .fitted(to: DataFrame([("x", Column(["a", "b"])), ("y", y)]))
      }
    }
    #expect(fit(Column([1, 1])) == "the target 'y' has one value only, '1': nothing to learn")
    #expect(
      fit(Column([1, nil])).hasPrefix("the target 'y' is null in 1 of 2 rows, first in row 1")
    )
    #expect(fit(Column([1.5, .infinity])).contains("'y' holds inf in row 1"))
    #expect(
      fit(Column(["u", "v"]), .continuous)
        == "the target 'y' is of type string, expected numbers"
    )
    #expect(
      fit(Column([0.5, 1]), .classes) == "the target 'y' is of type float64, expected classes"
    )
    #expect(fit(Column(["u", "v"])) == "no error")
    #expect(fit(Column([true, false]), .continuous) == "no error")
    let none = try DataFrame([("x", Column([String]())), ("y", Column([Int]()))])
    let step = TargetEncoder(columns: ["x"], target: "y")
    #expect(message { try step.fitted(to: none) } == "there are no rows to fit to")
    #expect(message { try step.crossFitted(to: []) } == "there are no rows to fit to")
    let nulls = try DataFrame([
      ("x", Column([String?](repeating: nil, count: 4))), ("y", Column([0, 1, 1, 1])),
    ])
    #expect(try step.fitted(to: nulls).applied(to: nulls).numbers("x") == [0.75, 0.75, 0.75, 0.75])
    // Text in one chunk, numbers in another.
    let mixed = [
      try DataFrame([("x", Column(["a"])), ("y", Column(["u"]))]),
      try DataFrame([("x", Column(["a"])), ("y", Column([1.5]))]),
    ]
    #expect(message { try step.fitted(to: mixed) }.contains("is text in some chunks"))
  }

  @Test(arguments: ["binary", "class", "many", "value"])
  func chunksFitAsOne(target: String) throws {
    let frame = try randomCategories(rows: 150, seed: testSeed)
    let columns = ["text", "word", "number", "flag"]
    for smoothing in [TargetEncoder.Smoothing.automatic, .given(2.5)] {
      try checkFolds(
        TargetEncoder(columns: columns, target: target, smoothing: smoothing),
        frame,
        seed: testSeed
      )
    }
  }

  /// Each fold by an encoder that is fitted to the other four, row by row.
  @Test(arguments: ["binary", "class", "many", "value"])
  func crossFitsByTheOtherFolds(target: String) throws {
    let frame = try randomCategories(rows: 150, seed: testSeed &+ 3)
    let step = TargetEncoder(columns: ["text", "number"], target: target, seed: 11)
    let (fitted, transformed) = try step.fitTransform(frame)
    #expect(try json(fitted) == json(step.fitted(to: frame)))
    #expect(try transformed[target] == frame[target])
    let folds = frame.rowIDs.map { Int(TargetEncoder.fold(of: $0, seed: 11)) }
    #expect(Set(folds) == Set(0..<5))
    let names = step.columns.flatMap { fitted.outputNames(of: $0) }
    for fold in 0..<5 {
      let inside = folds.indices.filter { folds[$0] == fold }
      let rest = frame.drop(rows: inside)
      let plain = try step.fitted(to: rest).applied(to: frame)
      for name in names {
        let (found, expected) = try (transformed.numbers(name), plain.numbers(name))
        for row in inside {
          #expect(isClose(found[row], expected[row]), "row \(row) of \(name), seed \(testSeed)")
        }
      }
    }
    // The same for any chunks.
    let chunks = frame.chunks(7, seed: testSeed)
    let (_, parts) = try step.crossFitted(to: chunks)
    #expect(try DataFrame.concat(parts) == transformed, "seed \(testSeed)")
  }

  /// Unique categories say nothing of their own rows.
  @Test func doesNotLeakTheTarget() throws {
    var random = SplitMix64(seed: testSeed)
    let frame = try DataFrame([
      ("x", Column((0..<500).map { "id \($0)" })),
      ("y", Column((0..<500).map { _ in random.below(2) })),
    ])
    let step = TargetEncoder(columns: ["x"], target: "y")
    let (fitted, transformed) = try step.fitTransform(frame)
    let y = try frame.numbers("y")
    #expect(try fitted.applied(to: frame).numbers("x") == y)
    // The mean of the other folds, five values in all.
    #expect(Set(try transformed.numbers("x")).count == 5)
  }
}

struct GroupSumsTests {
  /// Against whole superaccumulators, over numbers of all magnitudes.
  @Test(arguments: 0..<3)
  func equalExactSums(round: Int) {
    let seed = testSeed &+ UInt64(round)
    var random = SplitMix64(seed: seed)
    var sums = GroupSums(groups: 4)
    var squares = GroupSums(groups: 4)
    var part = GroupSums(groups: 4)
    var oracle = [ExactSum](repeating: ExactSum(), count: 4)
    var squareOracle = oracle
    for i in 0..<600 {
      let value =
        random.chance(1, in: 20)
        ? random.pick([0.0, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -1e300])
        : Double(bitPattern: random.next() & 0xBFEF_FFFF_FFFF_FFFF)
      let group = random.below(4)
      if i % 3 == 0 { part.add(value, to: 3 - group) } else { sums.add(value, to: group) }
      squares.addSquare(value, times: 3, to: group)
      oracle[group].add(value)
      for _ in 0..<3 { squareOracle[group].addSquare(value) }
    }
    sums.merge(part) { 3 - $0 }
    for group in 0..<4 {
      #expect(sums.sum(of: group).rounded == oracle[group].rounded, "seed \(seed)")
      #expect(squares.sum(of: group).rounded == squareOracle[group].rounded, "seed \(seed)")
    }
  }
}
