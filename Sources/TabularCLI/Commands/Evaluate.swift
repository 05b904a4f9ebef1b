import ArgumentParser
import Foundation
import TabularFrame
import TabularPreprocessing
import TabularTraining

/// Compares a saved model with labelled rows.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Loss and metrics of a saved model on labelled rows.",
    discussion: """
      The rows go through the model's recipe; classes are shown with how often each was taken for \
      which.
      """
  )

  @Argument(
    help: "A CSV file, - for standard input, or a .safetensors file that convert wrote."
  )
  var input: String

  @Option(help: ArgumentHelp("The model that train saved.", valueName: "file.safetensors"))
  var model: String

  @Option(
    help: ArgumentHelp(
      "Of two classes, take a row for the second where its probability is above.",
      valueName: "x"
    )
  )
  var threshold = 0.5

  @Flag(help: "Leave out rows whose target is null, instead of failing.")
  var dropNullTargets = false

  @Flag(help: "Print the result as a line of JSON.")
  var json = false

  @OptionGroup(title: "Reading") var reading: ReadingOptions

  func validate() throws {
    guard threshold > 0, threshold < 1 else {
      throw ValidationError(
        "--threshold takes a probability above 0 and below 1, found \(threshold)"
      )
    }
  }

  func run() throws {
    let saved = try SavedModel(contentsOf: model)
    let rows = try rows(for: saved)
    let found = try saved.model.evaluate(rows, loss: saved.loss, threshold: threshold)
    let names = try saved.classes() ?? rows.classes
    guard json else {
      for line in text(found, names) { Console.result(line) }
      return
    }
    var line = JSONObject()
    line.set("rows", found.rows)
    line.set("loss", found.loss)
    for (name, value) in found.figures { line.set(name, value) }
    line.set(found.accuracy == nil ? "rmse" : "accuracy", found.interval)
    if let confusion = found.classification?.confusion {
      let counts = (0..<confusion.classCount).map { truth in
        (0..<confusion.classCount).map { "\(Int(confusion[truth: truth, prediction: $0]))" }
      }
      line.set(
        "confusion",
        raw: "[\(counts.map { "[\($0.joined(separator: ","))]" }.joined(separator: ","))]"
      )
    }
    Console.result(line.text)
  }

  /// The rows as the model takes them, with their labels.
  private func rows(for saved: SavedModel) throws -> FeatureMatrix<Float> {
    if try isConverted(input) {
      let (matrix, _) = try FeatureMatrix<Float>.read(input)
      guard matrix.labels != nil else {
        throw Failure("'\(input)' holds no target: convert with --target")
      }
      return matrix
    }
    guard let recipe = try saved.recipe(), let target = recipe.target?.column else {
      throw Failure("'\(model)' holds no recipe: give a .safetensors file that convert wrote")
    }
    var frame = try reading.read(input, types: recipe.readingTypes)
    guard frame.columns.contains(target) else {
      throw Failure(
        "'\(input)' has no column '\(target)' to compare with; columns: "
          + frame.columns.joined(separator: ", ")
      )
    }
    if dropNullTargets { frame = try frame.dropNulls(columns: [target]) }
    var report = TransformReport()
    let matrix = try recipe.applied(to: frame, as: Float.self, report: &report)
    reading.console.notes(report.notices)
    return matrix
  }

  private func text(_ found: Evaluation, _ names: [String]?) -> [String] {
    func number(_ value: Double) -> String { String(format: "%.4f", value) }
    var rows = [["rows", "\(found.rows)", ""], ["loss", number(found.loss), ""]]
    rows += found.figures.map { [$0.name, number($0.value), ""] }
    if let interval = found.interval {
      rows[2][2] = "95 % interval \(number(interval.low)) to \(number(interval.high))"
    }
    var lines = aligned(rows)
    guard let confusion = found.classification?.confusion else { return lines }
    let classes = names ?? (0..<confusion.classCount).map(String.init)
    lines.append("")
    lines += aligned(
      [["taken for"] + classes]
        + classes.indices.map { truth in
          [classes[truth]]
            + classes.indices.map { "\(Int(confusion[truth: truth, prediction: $0]))" }
        }
    )
    return lines
  }
}
