import ArgumentParser
import TabularFiles
import TabularTraining

/// Compares two runs by what each kept of itself.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare two runs, and name the first difference.",
    discussion: """
      A run is a model that train saved, or a folder of checkpoints, of which the newest is taken. Each \
      keeps hashes of the input's bytes, of the columns as they were typed, of the division of the rows, \
      the recipe, the settings, the rows and the loss of each step, and the weights. The exit code is 1 \
      when they differ.
      """
  )

  @Argument(help: "A model, or a folder of checkpoints.")
  var runA: String

  @Argument(help: "Another one.")
  var runB: String

  @Flag(help: "Print the result as a line of JSON.")
  var json = false

  func run() throws {
    let (left, right) = (try record(runA), try record(runB))
    let difference = left.firstDifference(from: right)
    if json {
      var line = JSONObject()
      line.set("equal", difference == nil)
      line.set("steps", min(left.steps.losses.count, right.steps.losses.count))
      if let difference {
        line.set("stage", difference.stage.rawValue)
        line.set("place", difference.place)
      }
      Console.result(line.text)
    } else {
      Console.result(
        difference.map { "different in \($0.description)" }
          ?? "the same from the bytes of the input to the weights, \(left.steps.losses.count) steps"
      )
    }
    if difference != nil { throw ExitCode(1) }
  }

  private func record(_ path: String) throws -> RunRecord {
    let record: RunRecord?
    if isFolder(path) {
      guard let checkpoint = try CheckpointFolder(path).latest() else {
        throw Failure("'\(path)' is a folder without checkpoints")
      }
      record = try checkpoint.run()
    } else {
      record = try SavedModel(contentsOf: path).run()
    }
    guard let record else {
      throw Failure("'\(path)' keeps no record of its run: train --save or --checkpoint writes one")
    }
    return record
  }
}
