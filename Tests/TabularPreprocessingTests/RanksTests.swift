import Foundation
import TabularCSV
import TabularCollectives
import TabularFrame
import TabularTensor
import Testing
import TestRanks

@testable import TabularPreprocessing

/// Several processes, each with a part of the rows, fit what one process fits.
struct RanksTests {
  static let seed = UInt64(ProcessInfo.processInfo.environment["TABULAR_SEED"] ?? "") ?? 1

  /// A text of rows: identifiers, integers that repeat late, numbers that widen late, long and short
  /// texts with line ends, dates, a word for null, and a target.
  private static func table(_ rows: Int, _ random: inout SplitMix64) -> String {
    let order = Array(0..<rows).map { (random.next(), $0) }.sorted { $0 < $1 }.map(\.1)
    let widens = random.below(rows + 1)
    let repeats = random.chance(1, in: 2) ? rows : random.below(rows + 1)
    var text = "id,order,wide,number,word,long,day,flag,gap,y,z\n"
    for row in 0..<rows {
      let cells = [
        "\(3 * row + 1)", "\(row < repeats ? order[row] : order[0])",
        row < widens ? "\(row % 9)" : "\(row % 9).25",
        random.chance(1, in: 6) ? "" : "\((random.unit() - 0.5) * Double(1 << random.below(40)))",
        ["a", "b", "c", ""][random.below(4)],
        "\"said \"\"\(random.below(20))\"\",\nin more than one line\"",
        "20\(10 + random.below(9))-0\(1 + random.below(9))-11",
        random.chance(1, in: 2) ? "true" : "FALSE",
        random.chance(1, in: 20) ? "NA" : "\(random.below(4))",
        ["no", "yes", "perhaps"][random.below(3)], "\(random.unit())",
      ]
      text += cells.joined(separator: ",") + "\n"
    }
    return text
  }

  private struct Converted: Equatable, Sendable {
    var recipe = ""
    var decisions: [String] = []
    var notices: [String] = []
    var features: [Double] = []
    var ids: [RowID] = []
    var rowCount = 0
  }

  private static func converted(
    _ path: String,
    _ target: String,
    _ options: AutomaticRecipeOptions,
    room: Int,
    _ ranks: (any Communicator)?
  ) throws -> Converted {
    let passes = try CSVPasses(
      ofCSV: [path],
      options: CSVReadingOptions(),
      chunkBytes: 1 << 12,
      mayKeepInput: false,
      share: ranks.map { ranks in
        CSVPasses.Share(rank: ranks.rank, of: ranks.size) { try ranks.allGather($0) }
      }
    )
    let rows = StreamedRows(passes, room: room, ranks: ranks)
    let look = try TableLook.look(at: rows, target: target, options: options)
    let plan = try Recipe.automatic(for: look, target: target, options: options)
    var fit = try RecipeFit(plan, rows, look: look)
    let recipe = try fit.run()
    var result = Converted(
      recipe: try recipe.json(),
      decisions: plan.decisions,
      notices: rows.report.notices
    )
    var report = TransformReport()
    try rows.forEachChunk(columns: fit.columns) { chunk throws(PreprocessingError) in
      let matrix = try fit.matrix(of: chunk, by: recipe, as: Double.self, report: &report)
      result.features += matrix.features.scalars
      result.ids += matrix.rowIDs
    }
    #expect(result.ids.count == look.ownRowCount)
    result.rowCount = look.rowCount
    return result
  }

  private static func joined(_ parts: [Converted]) -> Converted {
    var whole = parts[0]
    for part in parts.dropFirst() {
      #expect(part.recipe == whole.recipe && part.decisions == whole.decisions)
      #expect(part.notices == whole.notices && part.rowCount == whole.rowCount)
      whole.features += part.features
      whole.ids += part.ids
    }
    return whole
  }

  @Test func fitWhatOneFits() throws {
    var random = SplitMix64(seed: Self.seed)
    for round in 0..<12 {
      var options = AutomaticRecipeOptions()
      let target = round % 3 == 2 ? "z" : "y"
      options.indicatesMissing = round % 2 == 1
      if round % 4 == 1 {
        options.encodings = ["long": .target, "word": .ordinal, "order": .onehot]
        (options.scaling, options.imputation) = (.robust, .with(.mostFrequent))
      }
      if round % 4 == 2 {
        options.encodings = ["word": .hash(4)]
        options.texts = ["long": .tfidf(50)]
        options.scaling = .log1p
        options.drop = ["number"]
      }
      if round % 4 == 3 { options.imputation = .with(.mean) }
      let path = FileManager.default.temporaryDirectory
        .appending(path: "ranks-\(UUID().uuidString).csv")
      defer { try? FileManager.default.removeItem(at: path) }
      let rows = [5, 40, 700][round % 3] + random.below(300)
      try Data(Self.table(rows, &random).utf8).write(to: path)
      let room = round % 2 == 0 ? 1 << 20 : 0
      let (file, chosen) = (path.path, options)
      let whole = try Self.converted(file, target, chosen, room: room, nil)
      #expect(whole.rowCount == rows)
      let count = [2, 3, 7, 1][(round / 3) % 4]
      let parts = try ThreadRank.run(count) { rank in
        try Self.converted(file, target, chosen, room: room, rank)
      }
      let joined = Self.joined(parts)
      #expect(joined == whole, "seed \(Self.seed), round \(round), \(count) ranks, \(rows) rows")
    }
  }

  /// The states of all steps that are shared, through their bytes, in order of the rows.
  @Test func bytesHoldWhatWasGathered() throws {
    let frame = try wildNumbers(600, seed: Self.seed)
    let texts = ["word"]
    let others: [(String, any Estimator)] = [
      ("onehot", OneHotEncoder(columns: texts)), ("ordinal", OrdinalEncoder(columns: texts)),
      ("frequency", FrequencyEncoder(columns: texts)),
      ("category", CategoryEncoder(columns: texts)),
      ("target", TargetEncoder(columns: texts, target: "whole", targetType: .continuous)),
      ("count", CountVectorizer(columns: texts)), ("tfidf", TfidfVectorizer(columns: texts)),
      ("hasher", FeatureHasher(columns: texts)),
    ]
    let labelled = try frame.dropNulls(columns: ["whole"])
    for (name, estimator) in ChunkedFitTests.estimators {
      try Self.check(estimator, frame, name)
    }
    for (name, estimator) in others { try Self.check(estimator, labelled, name) }
  }

  private static func check(_ estimator: some Estimator, _ frame: DataFrame, _ name: String) throws
  {
    func json(_ transformer: some Transformer) throws -> String {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      return String(decoding: try encoder.encode(transformer), as: UTF8.self)
    }
    func step<State: FittingState>(_ states: [State]) throws -> String {
      var taken: [State] = []
      for state in states {
        let shared = try #require(state as? any SharedState, "\(name)")
        taken.append(try #require(Self.sent(shared, to: states[0] as? any SharedState) as? State))
      }
      var all = taken[0]
      for other in taken.dropFirst() { all.merge(other) }
      return try json(all.finish())
    }
    let states = try frame.chunks(4, seed: seed).map { chunk in
      var state = estimator.makeState()
      try state.observe(chunk)
      return state
    }
    #expect(try step(states) == json(estimator.fitted(to: frame)), "\(name), seed \(seed)")
  }

  /// A state through its bytes, into one that has seen other rows.
  private static func sent(_ state: any SharedState, to other: (any SharedState)?) -> Any {
    var bytes = StateBytes()
    state.put(into: &bytes)
    guard var target = other else { return state }
    var sent = StateBytes(bytes.bytes)
    target.take(from: &sent)
    return target
  }

  /// Each writes its parts of one folder, numbered through.
  @Test func writeOneFolder() throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "ranks-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let frame = try DataFrame([("a", Column([1.5, 2.5, 4])), ("b", Column([7.0, 1, 2]))])
    let layout = try FeatureLayout(
      Recipe.automatic(for: frame).fitTransform(frame).recipe,
      hasTarget: false
    )
    let counts = [5, 0, 4]
    _ = try ThreadRank.run(3) { rank in
      let count = counts[rank.rank]
      let writer = try ShardFolder<Float>(
        path: folder,
        layout: layout,
        rowCount: count,
        shardRows: 2,
        key: "k",
        recipe: "{}",
        ranks: rank
      )
      let first = counts[..<rank.rank].reduce(0, +)
      for row in first..<(first + count) {
        let value = row == 6 ? Float.infinity : Float(row)
        try writer.append(
          FeatureMatrix(
            features: Tensor([[value, -Float(row)]]),
            featureNames: layout.featureNames
          )
        )
      }
      try writer.commit()
      #expect(writer.infinities == 1)
    }
    let index = try ShardIndex.read(folder: folder)
    #expect(index.rows == 9 && index.parts.map(\.rows) == [2, 2, 1, 2, 2])
    #expect(
      index.parts.map(\.file) == (0..<5).map { "part-0000\($0).safetensors" }
    )
    let values = try index.parts.flatMap { part in
      try Safetensors(contentsOf: "\(folder)/\(part.file)")
        .tensor("features", as: Float.self).scalars
    }
    let wanted: [Float] = (0..<9).flatMap { row -> [Float] in
      [row == 6 ? .infinity : Float(row), -Float(row)]
    }
    #expect(values == wanted)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    let expected: [String] = ["index.json"] + index.parts.map(\.file) + ["recipe.json"]
    #expect(names == expected)
  }

  private struct Lonely: Estimator {
    let columns = ["a"]
    func makeState() -> State { State() }
    struct State: FittingState {
      mutating func observe(_ chunk: DataFrame) {}
      mutating func merge(_ other: State) {}
      func finish() throws(PreprocessingError) -> FittedImputer { FittedImputer(fills: []) }
    }
  }

  private struct Part: RowSource {
    let chunk: DataFrame
    let ranks: (any Communicator)?
    var types: [(name: String, type: ColumnType)] { chunk.types }
    func forEachChunk(
      columns: [String]?,
      _ body: (DataFrame) throws(PreprocessingError) -> Void
    ) throws(PreprocessingError) { try body(chunk) }
  }

  /// What all have gathered is in the memory of each.
  @Test func stopWhereAllTogetherNeedMoreThanMayBe() throws {
    @Sendable func column(_ rank: Int) -> Column {
      Column((0..<300).map { "a long text of rank \(rank), \($0)" })
    }
    var fold = CategoryFold()
    fold.observe(column(0), 0..<300)
    let limits = FitLimits(bytes: fold.byteCount + 1_000)
    func look(_ ranks: Int) throws -> [Int] {
      try ThreadRank.run(ranks) { rank in
        let rows = Part(chunk: try DataFrame([("a", column(rank.rank))]), ranks: rank)
        let options = AutomaticRecipeOptions()
        return try TableLook.look(at: rows, target: nil, options: options, limits: limits).rowCount
      }
    }
    #expect(try look(1) == [300])
    let text = message { try look(2) }
    #expect(text.hasPrefix("column 'a': its different categories do not fit into the memory"))
  }

  @Test func refuseStepsThatAreNotShared() throws {
    let plan = RecipePlan(features: ["a"], steps: [Lonely()])
    let text = message {
      try ThreadRank.run(2) { rank in
        let rows = Part(chunk: try DataFrame([("a", Column([1.0, 2]))]), ranks: rank)
        let look = try TableLook.look(at: rows, target: nil, options: AutomaticRecipeOptions())
        #expect(look.rowCount == 4 && look.ownRowCount == 2)
        var fit = try RecipeFit(plan, rows, look: look)
        _ = try fit.run()
      }
    }
    #expect(text == "several processes cannot fit the step Lonely together: start one process")
  }
}
