import ArgumentParser
import TabularFiles
import TabularFrame
import TabularPreprocessing
import TabularTensor

/// Makes training tensors of a CSV.
struct Convert: ParsableCommand {
  enum DTypeName: String, ExpressibleByArgument, CaseIterable { case float32, float64, float16 }
  enum Ending: String, CaseIterable { case safetensors, npy, csv }

  static let configuration = CommandConfiguration(
    abstract: "Make training tensors of a CSV.",
    discussion: """
      The ending of --output decides: .safetensors (features, target, names, recipe), .npy \
      (features alone) or .csv. The recipe is decided from the columns; each decision is a line on \
      standard error. With --split there is a file for each part (out-train.npy, out-valid.npy), \
      and all of them appear, or none; what learns from the target is cross-fitted for train.
      """
  )

  @Argument(help: "CSV files or patterns, which make one table; - is standard input.")
  var inputs: [String]

  @Option(name: .shortAndLong, help: "The file to write; only a dry run needs none.")
  var output: String?

  @Option(help: "The type of the features.")
  var dtype: DTypeName = .float32

  @OptionGroup(title: "Split") var division: SplitOptions
  @OptionGroup(title: "Features") var features: FeatureOptions
  @OptionGroup(title: "Reading") var reading: ReadingOptions

  /// Where the ending begins, and what it is.
  private var ending: (stem: Substring, ending: Ending)? {
    guard let output, let dot = output.lastIndex(of: "."), dot > output.startIndex,
      output[output.index(before: dot)] != "/",
      let ending = Ending(rawValue: String(output[output.index(after: dot)...]))
    else { return nil }
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
        "'\(output)': the output must end in .safetensors, .npy or .csv, or in .json for the plan "
          + "of a --dry-run"
      )
    }
  }

  func run() throws {
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
    } else if let parts = try division.parts() {
      try convert(parts, as: type)
    } else {
      let frame = try reading.read(inputs)
      guard !features.dryRun else { return try features.printPlan(for: frame, to: planOutput) }
      let plan = try features.plan(for: frame, console: reading.console)
      let (recipe, fitted) = try plan.fitTransform(frame, as: type)
      let matrix = try features.naming(fitted)
      reading.console.note("fitted on all \(matrix.rowCount) rows")
      reading.console.notes(features.describe(recipe))
      try write([(nil, matrix)], recipe)
    }
  }

  /// Makes each part a file; only the first one is learned from.
  private func convert<Scalar: FloatingTensorScalar>(
    _ parts: [Part],
    as type: Scalar.Type
  ) throws {
    let console = reading.console
    let rows = try features.labelled(reading.read(inputs))
    let frames = try rows.split(
      into: parts.map(\.fraction),
      by: division.division,
      seed: division.seed
    )
    let counts = zip(parts, frames).map { "\($0.name) \($1.rowCount)" }
    console.note("split, seed \(division.seed): \(counts.joined(separator: ", ")) rows")
    guard !features.dryRun else {
      return try features.printPlan(for: frames[0], to: planOutput)
    }
    let plan = try features.plan(for: frames[0], console: console)
    let (recipe, fitted) = try plan.fitTransform(frames[0], as: type)
    console.note("fitted on the \(fitted.rowCount) rows of train")
    console.notes(features.describe(recipe))
    var matrices = [(name: String?.some("train"), matrix: try features.naming(fitted))]
    for (part, frame) in zip(parts, frames).dropFirst() {
      var report = TransformReport()
      let matrix = try recipe.applied(to: frame, as: type, report: &report)
      console.notes(report.notices.map { "\(part.name): \($0)" })
      matrices.append((part.name, try features.naming(matrix)))
    }
    try write(matrices, recipe)
  }

  /// Makes features by a recipe that was fitted elsewhere.
  private func apply<Scalar: FloatingTensorScalar>(_ recipe: Recipe, as type: Scalar.Type) throws {
    let frame = try features.labelled(
      features.table(for: recipe) { try reading.read(inputs, types: $0) },
      by: recipe
    )
    var report = TransformReport()
    let matrix = try features.naming(recipe.applied(to: frame, as: type, report: &report))
    reading.console.notes(features.describe(applied: recipe, report))
    if let target = recipe.target, matrix.labels == nil {
      reading.console.note("the target '\(target.column)' is no column: features alone")
    }
    guard !features.dryRun else { return }
    try write([(nil, matrix)], recipe)
  }

  /// Writes a file for each matrix, and the recipe where it is wanted: all of them or none.
  private func write<Scalar: FloatingTensorScalar>(
    _ matrices: [(name: String?, matrix: FeatureMatrix<Scalar>)],
    _ recipe: Recipe
  ) throws {
    guard let (stem, ending) = ending else { return }
    let names = try expandGlobs(inputs).map {
      $0 == "-" ? "standard input" : String($0.split(separator: "/").last ?? "")
    }
    var staged = StagedFiles()
    var lines: [String] = []
    // Once for all files: the categories of many rows are many.
    let json = ending == .safetensors ? try recipe.json() : nil
    for (name, matrix) in matrices {
      let path = "\(stem)\(name.map { "-\($0)" } ?? "").\(ending)"
      let temporary = try staged.stage(path)
      switch ending {
      case .safetensors:
        var file = try matrix.safetensors(source: names.joined(separator: ","))
        file.metadata["recipe"] = json
        try file.write(to: temporary)
      case .npy: try NPY.write(matrix.features, to: temporary)
      case .csv: try matrix.frame(target: recipe.target?.column).writeCSV(to: temporary)
      }
      if let lost = matrix.lostToOverflow { lines.append("\(path): \(lost)") }
      let target = matrix.labels.map { _ in ", target [\(matrix.rowCount)]" } ?? ""
      lines.append(
        "\(path): features \(Scalar.dtype.rawValue) \(matrix.features.shape)\(target)"
      )
    }
    if let path = features.saveRecipe { try recipe.save(to: staged.stage(path)) }
    try staged.commit()
    reading.console.notes(lines)
  }
}
