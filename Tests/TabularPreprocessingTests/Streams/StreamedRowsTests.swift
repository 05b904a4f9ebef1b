import Foundation
import TabularCSV
import TabularFrame
import TabularTensor
import Testing

@testable import TabularPreprocessing

/// A conversion that goes through its rows a chunk at a time makes what one makes that has all of
/// them in memory: recipe, features, labels, row ids, parts and refusals.
struct StreamedRowsTests {
  /// All that a conversion makes, as text to compare.
  private struct Made: Equatable {
    var decisions: [String] = []
    var recipe = ""
    var names: [String] = []
    /// The bits of each part's features.
    var features: [[UInt32]] = []
    var labels: [[UInt64]] = []
    var ids: [[RowID]] = []
    var refusal: String?

    mutating func add(_ matrix: FeatureMatrix<Float>, to part: Int) {
      while features.count <= part {
        features.append([])
        labels.append([])
        ids.append([])
      }
      features[part] += matrix.features.scalars.map(\.bitPattern)
      switch matrix.labels {
      case .classes(let tensor): labels[part] += tensor.scalars.map { UInt64(bitPattern: $0) }
      case .values(let tensor): labels[part] += tensor.scalars.map { UInt64($0.bitPattern) }
      case nil: break
      }
      ids[part] += matrix.rowIDs
    }
  }

  private struct Task {
    var paths: [String]
    var reading: CSVReadingOptions
    var target: String?
    var options: AutomaticRecipeOptions
    var split: (fractions: [Double], division: RowDivision)?
    var seed: UInt64

    var targetPlan: RecipePlan {
      RecipePlan(
        features: [],
        steps: [],
        target: target,
        task: options.task,
        dropNullTargets: options.dropNullTargets
      )
    }

    func inMemory() throws -> Made {
      var made = Made()
      do {
        let whole = try DataFrame.readCSV(paths, options: reading).frame
        var parts = [whole]
        if let split {
          parts = try targetPlan.labelled(whole)
            .split(into: split.fractions, by: split.division, seed: seed)
        }
        let plan = try Recipe.automatic(for: parts[0], target: target, options: options)
        let (recipe, matrix) = try plan.fitTransform(parts[0])
        (made.decisions, made.recipe) = (plan.decisions, try recipe.json())
        made.names = recipe.featureNames
        made.add(matrix, to: 0)
        for (part, frame) in parts.enumerated().dropFirst() {
          made.add(try recipe.applied(to: frame), to: part)
        }
      } catch {
        made = Made(refusal: "\(error)")
      }
      return made
    }

    func streamed(chunkBytes: Int, room: Int, keepsInput: Bool) throws -> Made {
      var made = Made()
      do {
        let passes = try CSVPasses(
          ofCSV: paths,
          options: reading,
          chunkBytes: chunkBytes,
          mayKeepInput: keepsInput
        )
        let rows = StreamedRows(passes, room: room)
        var sources: [any RowSource] = [rows]
        if let split {
          let parts = try rows.parts(
            into: split.fractions,
            by: split.division,
            seed: seed,
            target: targetPlan
          )
          sources = split.fractions.indices.map { PartOfRows(rows, parts: parts, part: $0) }
        }
        let look = try TableLook.look(at: sources[0], target: target, options: options)
        let plan = try Recipe.automatic(for: look, target: target, options: options)
        var fit = try RecipeFit(plan, sources[0], look: look)
        let recipe = try fit.run()
        (made.decisions, made.recipe) = (plan.decisions, try recipe.json())
        made.names = recipe.featureNames
        var report = TransformReport()
        for (part, source) in sources.enumerated() {
          try source.forEachChunk(columns: fit.columns) { chunk throws(PreprocessingError) in
            let matrix =
              part == 0
              ? try fit.matrix(of: chunk, by: recipe, as: Float.self, report: &report)
              : try recipe.applied(to: chunk, as: Float.self, report: &report)
            made.add(matrix, to: part)
          }
        }
      } catch {
        made = Made(refusal: "\(error)")
      }
      return made
    }
  }

  private static func options(_ table: RandomTable, hasTarget: Bool, _ random: inout SplitMix64)
    -> AutomaticRecipeOptions
  {
    var options = AutomaticRecipeOptions()
    options.encoding = random.pick([
      nil, nil, .onehot, .ordinal, .hash(5), hasTarget ? .target : nil,
    ])
    options.scaling = random.pick([.standard, .minmax, .robust, .none])
    options.imputation = random.pick([
      .with(.median), .with(.mean), .with(.mostFrequent), .with(.constant(-1)), .none,
    ])
    options.indicatesMissing = random.chance(1, in: 3)
    options.dropNullTargets = random.chance(2, in: 3)
    options.task = random.pick([nil, nil, nil, .classification, .regression])
    for (name, kind) in zip(table.names, table.kinds) {
      switch kind {
      case .sentence where random.chance(1, in: 2):
        options.texts[name] = random.pick([.count(3), .tfidf(10)])
      case .digit where random.chance(1, in: 3):
        options.encodings[name] = random.pick([.onehot, .ordinal, .hash(3)])
      case .longWords where random.chance(1, in: 3): options.encodings[name] = .hash(7)
      case .ascending, .shuffled, .constantNumber, .uniqueText:
        if random.chance(1, in: 3) { options.keep.append(name) }
      case .fraction where random.chance(1, in: 4): options.scalings[name] = .robust
      default: break
      }
    }
    return options
  }

  private static func division(_ table: RandomTable, _ random: inout SplitMix64) -> RowDivision {
    func column(_ kinds: Set<RandomTable.Kind>) -> String? {
      zip(table.names, table.kinds).first { kinds.contains($1) }?.0
    }
    switch random.below(5) {
    case 0: return .stratified(by: column([.fewWords, .flag, .constantText]) ?? "y")
    case 1: return .groups(by: column([.manyWords, .longWords, .shuffled]) ?? "y")
    case 2: return .time(by: column([.instant, .date, .ascending, .whole]) ?? "y")
    case 3: return .keys(of: column([.uniqueText, .manyWords, .ascending]) ?? "y")
    default: return .random
    }
  }

  /// One table in one or more files, packed or not, and how they are read.
  private static func files(_ table: RandomTable, _ work: Workdir, _ random: inout SplitMix64)
    throws
    -> (paths: [String], reading: CSVReadingOptions)
  {
    var reading = CSVReadingOptions()
    reading.threads = 1 + random.below(3)
    reading.chunkSize = random.pick([1000, 5000, 1 << 18])
    if random.chance(1, in: 5) { reading.limit = random.below(table.rows.count) + 1 }
    if random.chance(1, in: 6) { reading.skip = random.below(50) }
    let bad = random.chance(1, in: 3) ? 10 + random.below(300) : 0
    if bad > 0 { reading.badRows = random.pick([.skip(), .collect]) }
    if random.chance(1, in: 6) { reading.nullValues = ["w1", "3", "red"] }
    for (name, kind) in zip(table.names, table.kinds) where random.chance(1, in: 4) {
      switch kind {
      case .fewWords, .manyWords, .longWords, .digit: reading.types[name] = .category
      case .whole: reading.types[name] = .string
      default: break
      }
    }
    let count = random.chance(1, in: 4) ? 2 + random.below(2) : 1
    if count > 1, random.chance(1, in: 2) { reading.fileColumn = "file" }
    reading.unionByName = count > 1 && random.chance(1, in: 2)
    var paths: [String] = []
    for file in 0..<count {
      var order = Array(table.names.indices)
      if reading.unionByName { random.shuffle(&order) }
      let rows = table.rows.count * file / count..<table.rows.count * (file + 1) / count
      let bytes = Array(table.text(rows, order: order, badEvery: bad).utf8)
      let packing = random.below(6)
      let packed = packing == 0 ? gzipped(bytes) : packing == 1 ? zstandard(bytes) : bytes
      paths.append(try work.file("part-\(file).csv", packed))
    }
    return (paths, reading)
  }

  /// `TABULAR_LONG_TESTS=1`: many tables.
  private static let runs =
    ProcessInfo.processInfo.environment["TABULAR_LONG_TESTS"] == "1" ? 2_000 : 24

  @Test func equalRowsInMemory() throws {
    var made = 0
    for run in 0..<Self.runs {
      let seed = testSeed &+ UInt64(run)
      var random = SplitMix64(seed: seed)
      let table = RandomTable(rows: 300 + random.below(500), columns: 2 + random.below(5), &random)
      let work = try Workdir()
      let (paths, reading) = try Self.files(table, work, &random)
      let hasTarget = random.chance(3, in: 4)
      var task = Task(
        paths: paths,
        reading: reading,
        target: hasTarget ? "y" : nil,
        options: Self.options(table, hasTarget: hasTarget, &random),
        split: nil,
        seed: seed
      )
      if random.chance(1, in: 3) {
        let fractions = random.pick([[0.7, 0.3], [0.5, 0.25, 0.25]])
        task.split = (fractions, Self.division(table, &random))
      }
      let expected = try task.inMemory()
      made += expected.refusal == nil ? 1 : 0
      for room in [0, 3_000 + random.below(40_000), 1 << 24] {
        let found = try task.streamed(
          chunkBytes: 500,
          room: room,
          keepsInput: random.chance(1, in: 2)
        )
        let comment: Comment = "TABULAR_SEED=\(seed), room \(room), \(table.names), \(reading)"
        #expect(found.refusal == expected.refusal, comment)
        #expect(found.decisions == expected.decisions, comment)
        #expect(found.recipe == expected.recipe, comment)
        #expect(found.names == expected.names, comment)
        #expect(found.ids == expected.ids, comment)
        #expect(found.labels == expected.labels, comment)
        #expect(found.features == expected.features, comment)
      }
    }
    #expect(made > Self.runs / 3, "\(made) of \(Self.runs) conversions made something")
  }

  /// Types that a late row widens void the first pass, whatever was gathered till then.
  @Test(arguments: [0, 5_000, 1 << 24])
  func typesOfLateRowsAreThoseOfAll(room: Int) throws {
    let work = try Workdir()
    var random = SplitMix64(seed: testSeed)
    var text = "a,b,c,word\n"
    for row in 0..<2_000 {
      let isLast = row == 1_999
      text +=
        isLast ? "0.5,none,2024-01-01T00:00:00," : "\(random.below(99)),\(row % 7),2024-01-01,"
      text += "w\(random.below(300))\n"
    }
    let path = try work.file("t.csv", text)
    let passes = try CSVPasses(
      ofCSV: [path],
      options: CSVReadingOptions(),
      chunkBytes: 500,
      mayKeepInput: false
    )
    let rows = StreamedRows(passes, room: room)
    var (restarts, seen) = (0, 0)
    try rows.begin {
      restarts += 1
      seen = 0
    } _: { chunk in
      seen += chunk.rowCount
    }
    #expect(restarts == 1 && seen == 2_000 && rows.rowCount == 2_000)
    let whole = try DataFrame(contentsOfCSV: path)
    #expect(rows.types.map(\.name) == whole.types.map(\.name))
    #expect(rows.types.map(\.type) == whole.types.map(\.type))
    // Chunks may hold categories where the whole has text: the texts are the same.
    var words: [String?] = []
    try rows.forEachChunk(columns: nil) { chunk in
      guard let column = try? chunk["word"] else { return }
      for row in 0..<chunk.rowCount { words.append(column.isNull(row) ? nil : "\(column[row])") }
    }
    #expect(try words == whole["word", as: String.self].map { $0 })
  }
}
