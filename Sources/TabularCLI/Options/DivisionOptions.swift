import ArgumentParser
import TabularFrame
import TabularPreprocessing

/// Which rows `train` does not learn from.
struct DivisionOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The part of the rows to validate with; 0 for none.", valueName: "x"))
  var valid = 0.2

  @Option(help: ArgumentHelp("Validate with the rows of another file.", valueName: "file"))
  var validInput: String?

  @Option(
    help: ArgumentHelp(
      "The part of the rows to score once, at the end; 0 for none.",
      valueName: "x"
    )
  )
  var test = 0.0

  @Option(
    help: ArgumentHelp(
      "Score by cross-validation instead: each of K parts of the rows once by a model of the others.",
      valueName: "k"
    )
  )
  var folds: Int?

  @Option(
    help: ArgumentHelp("Equal values of the column stay together.", valueName: "col")
  )
  var group: String?

  @Option(
    help: ArgumentHelp("Validate with the last rows in time by this column.", valueName: "col")
  )
  var time: String?

  func validate() throws {
    for (name, part) in [("--valid", valid), ("--test", test)] {
      guard part >= 0, part < 1 else {
        throw ValidationError("\(name) takes 0 or a part below 1, found \(part)")
      }
    }
    let held = (validInput == nil ? valid : 0) + test
    guard held < 1 else {
      throw ValidationError("--valid \(valid) and --test \(test) leave no row to learn from")
    }
    if let folds {
      guard folds >= 2 else {
        throw ValidationError("--folds takes 2 or more, found \(folds)")
      }
      guard validInput == nil, test == 0 else {
        throw ValidationError(
          "--folds scores every row of the input: --valid-input and --test do not go with it"
        )
      }
    }
    if let option = group.map({ _ in "--group" }) ?? time.map({ _ in "--time" }) {
      guard group == nil || time == nil else {
        throw ValidationError("--group and --time exclude each other: one decides the split")
      }
      guard folds != nil || test > 0 || (valid > 0 && validInput == nil) else {
        throw ValidationError(
          "\(option) splits off the validation rows, of which --valid 0 and --valid-input have none"
        )
      }
    }
  }

  /// Splits a part of the rows off.
  func split(_ rows: DataFrame, _ part: Double, stratify: String?, seed: UInt64) throws -> (
    train: DataFrame, test: DataFrame
  ) {
    if let group { return try rows.groupSplit(by: group, testFraction: part, seed: seed) }
    if let time { return try rows.timeSplit(by: time, testFraction: part) }
    return try rows.trainTestSplit(testFraction: part, stratify: stratify, seed: seed)
  }

  /// The parts of a cross-validation.
  func folds(_ rows: DataFrame, _ count: Int, stratify: String?, seed: UInt64) throws -> [Fold] {
    if let group { return try rows.groupKFold(count, by: group) }
    if let time { return try rows.timeSeriesSplit(count, by: time) }
    if let stratify { return try rows.stratifiedKFold(count, by: stratify, seed: seed) }
    return try rows.kFold(count, seed: seed)
  }
}
