import ArgumentParser
import TabularCollectives
import TabularFiles
import TabularFrame
import TabularPreprocessing
import TabularTensor

/// Makes training tensors of a CSV.
struct Convert: ParsableCommand {
  enum DTypeName: String, ExpressibleByArgument, CaseIterable { case float32, float64, float16 }

  static let configuration = CommandConfiguration(
    abstract: "Make training tensors of a CSV.",
    discussion: """
      The ending of --output decides: .safetensors (features, target, names, recipe), .npz \
      (features and target), .npy (features alone), .arrow, .csv or .svm (libsvm's text, zeros left out); \
      name/ is a folder of shards with an index, and a conversion that was interrupted goes on \
      when it is run again. The recipe is decided from the columns; each decision is a line on \
      standard error. With --split there is a file for each part (out-train.npy, out-valid.npy), \
      and all of them appear, or none; what learns from the target is cross-fitted for train. \
      In a build with the trait MPI, mpirun -n R tabular convert divides the rows between R \
      processes, which write one folder of shards together, and begin anew where they were \
      interrupted.
      """
  )

  @Argument(help: "CSV files or patterns, which make one table; - is standard input.")
  var inputs: [String]

  @Option(name: .shortAndLong, help: "The file to write; only a dry run needs none.")
  var output: String?

  @Option(help: "The type of the features.")
  var dtype: DTypeName = .float32

  @Option(
    help: ArgumentHelp(
      "Stay below this: rows are read again rather than kept.",
      valueName: "512M"
    )
  )
  var memory = MemoryBudget.unlimited

  @Flag(
    help: """
      Take medians and quartiles from a sketch, right to 0.2 % of the rows, in memory that does not \
      grow with the rows.
      """
  )
  var approximate = false

  @Option(
    help: ArgumentHelp(
      "The rows of a part in a folder of shards; about 64 MB unless told.",
      valueName: "N"
    )
  )
  var shardRows: Int?

  @OptionGroup(title: "Split") var division: SplitOptions
  @OptionGroup(title: "Features") var features: FeatureOptions
  @OptionGroup(title: "Reading") var reading: ReadingOptions

  /// The output without its ending, and that; nil for a folder of shards.
  var ending: (stem: Substring, ending: FeatureFormat?)? {
    guard let output else { return nil }
    let name = output.split(separator: "/").last ?? ""
    if output.hasSuffix("/"), !name.isEmpty { return (output[..<name.endIndex], nil) }
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else {
      return name.isEmpty || name == "-" ? nil : (output[...], nil)
    }
    guard let ending = FeatureFormat(rawValue: String(name[name.index(after: dot)...])) else {
      return nil
    }
    return (output[..<dot], ending)
  }

  /// Where a dry run writes its plan.
  private var planOutput: String? {
    features.dryRun && output?.hasSuffix(".json") == true ? output : nil
  }

  func validate() throws {
    guard output != nil || features.dryRun else {
      throw ValidationError("name the file to write with --output (-o)")
    }
    if let output, ending == nil, planOutput == nil {
      throw ValidationError(
        "'\(output)': the output must end in "
          + FeatureFormat.allCases.map { ".\($0)" }.joined(separator: ", ")
          + ", in / for a folder of shards, or in .json for the plan of a --dry-run"
      )
    }
    if approximate, features.recipe != nil, (try? features.editedPlan()) == nil {
      throw ValidationError("--approximate is for a fit, and --recipe is fitted already")
    }
    if let shardRows {
      guard shardRows > 0 else {
        throw ValidationError("--shard-rows takes a number above 0, found \(shardRows)")
      }
      guard planOutput != nil || ending.map({ $0.ending == nil }) ?? true else {
        throw ValidationError("--shard-rows is for a folder of shards: --output name/")
      }
    }
    if let limit = memory.limit, limit < MemoryBudget.least {
      throw ValidationError(
        "--memory \(limit): at least \(MemoryBudget.least >> 20)M are needed"
      )
    }
  }

  func run() throws {
    try onAllRanks { try convert() }
  }

  private func convert() throws {
    switch dtype {
    case .float32: try convert(as: Float.self)
    case .float64: try convert(as: Double.self)
    case .float16: try convert(as: Float16.self)
    }
  }

  private func convert<Scalar: FloatingTensorScalar>(as type: Scalar.Type) throws {
    if let recipe = try features.fittedRecipe() {
      guard division.split == nil else {
        throw Failure("--recipe is fitted already, and --split fits one on a part")
      }
      try apply(recipe, as: type)
    } else {
      try fit(as: type)
    }
  }

  /// Fits a recipe to the rows, or to those of the first part, and makes each part a file.
  private func fit<Scalar: FloatingTensorScalar>(as type: Scalar.Type) throws {
    let rows = try reading.rows(inputs, memory: memory, ranks: ranks)
    let edited = try features.editedPlan(for: features.target)
    let parts = try division.parts()
    let target = edited?.target ?? features.target
    var sources: [any RowSource] = [rows]
    if let parts {
      let partOf = try rows.parts(
        into: parts.map(\.fraction),
        by: division.division,
        seed: division.seed,
        target: features.targetPlan(target)
      )
      try report(rows)
      sources = parts.indices.map { PartOfRows(rows, parts: partOf, part: $0) }
      let counts = parts.enumerated().map { part, name in
        "\(name.name) \(partOf.count { $0 == UInt8(part) })"
      }
      console.note("split, seed \(division.seed): \(counts.joined(separator: ", ")) rows")
    }
    let options = try edited.map { _ in AutomaticRecipeOptions() } ?? features.automatic()
    let limits = FitLimits(bytes: memory.roomForValues, approximates: approximate)
    let look = try TableLook.look(
      at: sources[0],
      target: target,
      options: options,
      plan: edited,
      limits: limits
    )
    if parts == nil { try report(rows) }
    guard look.rowCount > 0 else { throw Failure("there are no rows, only a header") }
    let plan = try edited ?? Recipe.automatic(for: look, target: target, options: options)
    guard !features.dryRun else {
      return try features.printPlan(plan, look, to: planOutput)
    }
    console.notes(plan.decisions)
    var fit = try RecipeFit(plan, sources[0], look: look, limits: limits)
    let recipe = try fit.run()
    console.note(
      "fitted on " + (parts == nil ? "all " : "the ") + "\(recipe.fittedRows) rows"
        + (parts == nil ? "" : " of train")
    )
    console.notes(features.describe(recipe))
    let fitted = fit
    try write(recipe, columns: fit.columns, hasTarget: plan.target != nil) { files in
      var report = TransformReport()
      try files.write(sources[0], part: parts?[0].name, rowCount: look.ownRowCount) {
        chunk throws(PreprocessingError) -> FeatureMatrix<Scalar> in
        try fitted.matrix(of: chunk, by: recipe, as: type, report: &report)
      }
      try report.sum(over: rows.ranks)
      console.notes(report.lostDigits)
      for (part, source) in zip(parts ?? [], sources).dropFirst() {
        var report = TransformReport()
        let count = try source.countRows()
        try files.write(source, part: part.name, rowCount: count) {
          chunk throws(PreprocessingError) -> FeatureMatrix<Scalar> in
          try recipe.applied(to: chunk, as: type, report: &report)
        }
        console.notes(report.notices.map { "\(part.name): \($0)" })
      }
    }
  }

  /// Makes features by a recipe that was fitted elsewhere.
  private func apply<Scalar: FloatingTensorScalar>(_ recipe: Recipe, as type: Scalar.Type) throws {
    let (rows, labelled) = try features.table(for: recipe) { types in
      let rows = try reading.rows(inputs, types: types, memory: memory, ranks: ranks)
      let dropsNulls = features.dropNullTargets
      return (rows, try LabelledRows(rows, recipe: recipe, dropsNulls: dropsNulls))
    }
    try self.report(rows)
    guard labelled.allRowCount > 0 else { throw Failure("there are no rows, only a header") }
    var report = TransformReport()
    guard !features.dryRun else {
      // What the rows hold is to be seen, and no file to be made.
      try labelled.forEachChunk(columns: nil) { chunk throws(PreprocessingError) in
        _ = try recipe.applied(to: chunk, as: type, report: &report)
      }
      return console.notes(features.describe(applied: recipe, report))
    }
    let columns = recipe.inputs.map(\.name) + (labelled.target.map { [$0] } ?? [])
    try write(recipe, columns: columns, hasTarget: labelled.target != nil) { files in
      try files.write(labelled, rowCount: labelled.rowCount) {
        chunk throws(PreprocessingError) -> FeatureMatrix<Scalar> in
        try recipe.applied(to: chunk, as: type, report: &report)
      }
      try report.sum(over: rows.ranks)
      console.notes(features.describe(applied: recipe, report))
      if let target = recipe.target, labelled.target == nil {
        console.note("the target '\(target.column)' is no column: features alone")
      }
    }
  }

  /// Writes files, and the recipe where it is wanted: all of them or none.
  private func write(
    _ recipe: Recipe,
    columns: [String],
    hasTarget: Bool,
    _ body: (inout ConvertedFiles) throws -> Void
  ) throws {
    guard let (stem, ending) = ending else { return }
    let names = try expandGlobs(inputs).map {
      $0 == "-" ? "standard input" : String($0.split(separator: "/").last ?? "")
    }
    var layout = try FeatureLayout(
      recipe,
      hasTarget: hasTarget,
      classNames: features.classNames.map { list($0) },
      source: names.joined(separator: ",")
    )
    try check(layout.categories, ending)
    // Once for all files: the categories of many rows are many.
    let json = ending == .safetensors || ending == .arrow || ending == nil ? try recipe.json() : nil
    if ending == .safetensors || ending == .arrow { layout.metadata["recipe"] = json }
    let shards = try json.flatMap { json in
      try ending == nil ? self.shards(layout, recipe: json) : nil
    }
    var files = ConvertedFiles(
      stem: stem,
      format: ending,
      layout: layout,
      columns: columns,
      shards: shards
    )
    try body(&files)
    try files.commit(recipe, savedTo: isFirstRank ? features.saveRecipe : nil)
    console.notes(files.lines)
  }

  /// Refuses files that cannot hold rows of embedding tables.
  private func check(_ categories: CategoryColumns, _ ending: FeatureFormat?) throws {
    guard !categories.isEmpty else { return }
    let names = categories.names.joined(separator: ", ")
    guard ending?.holdsCategories ?? true else {
      throw Failure(
        "the ids of embeddings (\(names)) are a tensor of their own, which .safetensors, .npz and "
          + "folders of shards hold; found .\(ending.map { "\($0)" } ?? "")"
      )
    }
    // Float16 holds whole numbers up to 2^11, float32 those up to 2^24.
    let largest = categories.cardinalities.max() ?? 0
    let limit = dtype == .float16 ? 1 << 11 : 1 << 24
    guard largest <= limit else {
      throw Failure(
        "--dtype \(dtype.rawValue) makes ids up to \(limit), and there are \(largest) categories"
      )
    }
  }

  /// What a folder of shards needs to know.
  private func shards(_ layout: FeatureLayout, recipe: String) throws -> ConvertedFiles.Shards {
    let stamps = try expandGlobs(inputs).map { "\($0) \(FileStamp(path: $0))" }
    let options = CommandLine.arguments.dropFirst().filter { !$0.hasPrefix("--quiet") }
    let rowBytes = max(1, layout.featureNames.count * 4)
    return ConvertedFiles.Shards(
      rows: shardRows ?? max(1, (64 << 20) / rowBytes),
      key: (stamps + options).joined(separator: "\n"),
      recipe: recipe
    )
  }
}
