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
      standard error.
      """
  )

  @Argument(help: "CSV files or patterns, which make one table; - is standard input.")
  var inputs: [String]

  @Option(name: .shortAndLong, help: "The file to write.")
  var output: String

  @Option(help: "The type of the features.")
  var dtype: DTypeName = .float32

  @OptionGroup(title: "Features") var features: FeatureOptions
  @OptionGroup(title: "Reading") var reading: ReadingOptions

  private var ending: Ending? {
    output.split(separator: "/").last?.split(separator: ".").dropFirst().last
      .flatMap { Ending(rawValue: String($0)) }
  }

  func validate() throws {
    guard ending != nil else {
      throw ValidationError("'\(output)': the output must end in .safetensors, .npy or .csv")
    }
  }

  func run() throws {
    let frame = try reading.read(inputs)
    let plan = try features.plan(for: frame, console: reading.console)
    switch dtype {
    case .float32: try convert(frame, plan, as: Float.self)
    case .float64: try convert(frame, plan, as: Double.self)
    case .float16: try convert(frame, plan, as: Float16.self)
    }
  }

  private func convert<Scalar: FloatingTensorScalar>(
    _ frame: DataFrame,
    _ plan: RecipePlan,
    as type: Scalar.Type
  ) throws {
    let console = reading.console
    let (recipe, fitted) = try plan.fitTransform(frame, as: type)
    let matrix = try features.naming(fitted)
    console.note("fitted on all \(matrix.rowCount) rows")
    console.notes(features.describe(recipe))
    if let lost = matrix.lostToOverflow { console.note(lost) }
    if let path = features.saveRecipe { try recipe.save(to: path) }
    switch ending {
    case .safetensors, nil:
      let names = try expandGlobs(inputs).map {
        $0 == "-" ? "standard input" : String($0.split(separator: "/").last ?? "")
      }
      let name = names.joined(separator: ",")
      try matrix.safetensors(source: name, recipe: recipe).write(to: output)
    case .npy: try NPY.write(matrix.features, to: output)
    case .csv: try matrix.frame(target: recipe.target?.column).writeCSV(to: output)
    }
    let target = matrix.labels.map { _ in ", target [\(matrix.rowCount)]" } ?? ""
    console.note("\(output): features \(Scalar.dtype.rawValue) \(matrix.features.shape)\(target)")
  }
}
