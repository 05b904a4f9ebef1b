import ArgumentParser
import TabularFrame
import TabularPreprocessing

/// A part of the rows with the name of its output.
typealias Part = (name: String, fraction: Double)

/// How `convert` divides the rows.
struct SplitOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Divide the rows: one output a part, named before the ending (out.npy, out-train.npy), the "
        + "recipe fitted on train alone.",
      valueName: "train=0.8,valid=0.1,test=0.1"
    )
  )
  var split: String?

  @Option(help: ArgumentHelp("Each value of the column is in all parts alike.", valueName: "col"))
  var stratify: String?

  @Option(help: ArgumentHelp("Equal values of the column stay together.", valueName: "col"))
  var group: String?

  @Option(
    help: ArgumentHelp("The first part is the first in time by this column.", valueName: "col")
  )
  var time: String?

  @Option(
    help: ArgumentHelp(
      "A hash of the column's value decides: rows added later move nothing.",
      valueName: "col"
    )
  )
  var splitKey: String?

  @Option(help: "What the split is drawn from.")
  var seed: UInt64 = 0

  func validate() throws {
    _ = try parts()
    let given = [
      stratify.map { _ in "--stratify" }, group.map { _ in "--group" },
      time.map { _ in "--time" }, splitKey.map { _ in "--split-key" },
    ].compactMap(\.self)
    guard given.count < 2 else {
      throw ValidationError("\(given[0]) and \(given[1]) exclude each other: one decides the split")
    }
    if let option = given.first, split == nil {
      throw ValidationError("\(option) needs --split, such as --split train=0.8,test=0.2")
    }
  }

  /// The parts, train first; nil without a split.
  func parts() throws -> [Part]? {
    guard let split else { return nil }
    let parts = try pairs(split, option: "--split").map { name, text -> Part in
      guard let fraction = Double(text), fraction > 0, fraction < 1 else {
        throw ValidationError(
          "--split \(name)=\(text): expected a fraction above 0 and below 1"
        )
      }
      guard
        name.utf8.allSatisfy({ ascii in
          UInt8(ascii: "a")...UInt8(ascii: "z") ~= ascii | 0x20
            || UInt8(ascii: "0")...UInt8(ascii: "9") ~= ascii || ascii == UInt8(ascii: "_")
        })
      else {
        throw ValidationError("--split \(name)=\(text): a part is named by letters and digits")
      }
      return (name, fraction)
    }
    guard parts.first?.name == "train", parts.count > 1 else {
      throw ValidationError(
        "--split begins with train, on which the recipe is fitted, and has another part; "
          + "found '\(split)'"
      )
    }
    if let name = parts.map(\.name).first(where: { name in parts.count { $0.name == name } > 1 }) {
      throw ValidationError("--split has the part '\(name)' twice")
    }
    guard parts.count < 256 else {
      throw ValidationError("--split has \(parts.count) parts, expected 255 at most")
    }
    let sum = parts.reduce(0) { $0 + $1.fraction }
    guard abs(sum - 1) < 1e-9 else {
      throw ValidationError("--split: the fractions sum to \(shortest(sum)), expected 1")
    }
    return parts
  }

  var division: RowDivision {
    if let stratify { return .stratified(by: stratify) }
    if let group { return .groups(by: group) }
    if let time { return .time(by: time) }
    if let splitKey { return .keys(of: splitKey) }
    return .random
  }

  private func shortest(_ sum: Double) -> Double { (sum * 1e9).rounded() / 1e9 }
}
