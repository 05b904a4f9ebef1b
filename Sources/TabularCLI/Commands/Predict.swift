import ArgumentParser
import TabularFrame
import TabularPreprocessing
import TabularTensor
import TabularTraining

/// Applies a saved model to rows that may lack the target.
struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Apply a saved model, with its recipe, to the rows of a CSV.",
    discussion: """
      Writes the columns row (or --id COL), prediction and probability_<class>, and counts nulls, \
      unseen categories and values outside the fitted range on standard error.
      """
  )

  @Argument(help: "A CSV file, - for standard input, or a .safetensors file that convert wrote.")
  var input: String

  @Option(help: ArgumentHelp("The model that train saved.", valueName: "file.safetensors"))
  var model: String

  @Option(name: .shortAndLong, help: "The CSV to write; - is standard output.")
  var output = "-"

  @Option(
    help: ArgumentHelp("The column that names the rows, instead of their number.", valueName: "col")
  )
  var id: String?

  @OptionGroup(title: "Reading") var reading: ReadingOptions

  func run() throws {
    let saved = try SavedModel(contentsOf: model)
    let (matrix, ids) = try rows(for: saved)
    let predictions = try saved.model.predict(matrix.features, loss: saved.loss)
    var columns: [(name: String, column: Column)] = [(name: id ?? "row", column: ids)]
    if let classes = predictions.classes, let probabilities = predictions.probabilities {
      let count = probabilities.shape[1]
      let names = try saved.classes() ?? (0..<count).map(String.init)
      guard names.count == count else {
        throw Failure("'\(model)' names \(names.count) classes and predicts \(count)")
      }
      columns.append((name: "prediction", column: Column(classes.scalars.map { names[Int($0)] })))
      let scalars = probabilities.scalars
      for (position, name) in names.enumerated() {
        let values = stride(from: position, to: scalars.count, by: count).map { scalars[$0] }
        columns.append((name: "probability_\(name)", column: Column(shortest: values)))
      }
    } else {
      columns.append((name: "prediction", column: Column(shortest: predictions.outputs.scalars)))
    }
    try DataFrame(columns).writeCSV(to: output)
    reading.console.note("\(matrix.rowCount) predictions in \(output)")
  }

  /// The features of the input, and what names its rows.
  private func rows(for saved: SavedModel) throws -> (FeatureMatrix<Float>, Column) {
    if try isConverted(input) {
      guard id == nil else { throw Failure("--id names a column, and '\(input)' is converted") }
      let (matrix, _) = try FeatureMatrix<Float>.read(input)
      return (matrix, Column(matrix.rowIDs.map(\.record)))
    }
    guard let recipe = try saved.recipe() else {
      throw Failure("'\(model)' holds no recipe: give a .safetensors file that convert wrote")
    }
    let frame = try reading.read(input, types: recipe.readingTypes)
    var report = TransformReport()
    let matrix = try recipe.features(of: frame, as: Float.self, report: &report)
    reading.console.notes(report.notices)
    let ids = try id.map { try frame[$0] } ?? Column(frame.rowIDs.map(\.record))
    return (matrix, ids)
  }
}
