import ArgumentParser
import Foundation
import TabularFrame
import TabularTuning

// What would make each trial fail is found before the first one.
extension Tune {
  /// Refuses options that neither tune nor train has, and those that are not of a search.
  func checkOptions() throws {
    let known = try Self.optionsOfTrain()
    for name in given where !known.contains(name) {
      let own = try Self.options(of: Tune._dumpHelp())
      throw ValidationError(
        "neither tune nor train has an option '--\(name)'; "
          + suggestion(for: name, among: (known + own).sorted())
      )
    }
    if let name = given.first(where: { Self.ofOneRun.contains($0) }) {
      throw ValidationError(
        "--\(name) is of a single training: give it to the command that the end prints"
      )
    }
    do {
      let command = try Train.parse(train)
      guard command.input != "-" else {
        throw ValidationError("each trial reads the input: it cannot be standard input")
      }
    } catch {
      throw ValidationError(Train.message(for: error))
    }
  }

  /// Names of train's options on the command line.
  private var given: [String] {
    train.filter { $0.hasPrefix("--") && $0 != "--" }.map {
      String($0.dropFirst(2).prefix { $0 != "=" })
    }
  }

  /// Refuses a space that train cannot follow, and data that it cannot read.
  ///
  /// - Returns: the arguments that all trials share.
  func check(_ space: SearchSpace) throws -> [String] {
    let known = try Self.optionsOfTrain()
    for parameter in space.parameters { try check(parameter.name, known) }
    let searched = space.parameters.map { TrialCommand.option($0.name) }
    for (index, option) in searched.enumerated() where searched[..<index].contains(option) {
      throw Failure("'\(self.space)': two names stand for the option \(option): choose one")
    }
    if let name = given.first(where: { searched.contains("--\($0)") }) {
      throw Failure("--\(name) is given, and searched in '\(self.space)': choose one")
    }
    var shared = ["train"] + train
    if !searched.contains("--seed") { shared += ["--seed", "\(seed)"] }
    for point in Self.corners(of: space) { try check(point, shared, space) }
    try readData(shared)
    return shared
  }

  /// Options with which trials would write one file.
  private static let ofOneRun = [
    "save", "checkpoint", "worst", "report", "save-recipe", "dry-run", "help", "version",
  ]

  /// Options of tune itself, which are not to be searched.
  private static let ofTune = ["json", "quiet", "target", "resume"]

  private func check(_ name: String, _ known: [String]) throws {
    let option = name.replacing("_", with: "-")
    let refused = Self.ofOneRun + Self.ofTune
    guard known.contains(option), !refused.contains(option) else {
      let names = known.filter { !refused.contains($0) }.map { $0.replacing("-", with: "_") }
      throw Failure(
        "'\(space)': '\(name)' is no option of train that can be searched; "
          + suggestion(for: name.replacing("-", with: "_"), among: names.sorted())
      )
    }
  }

  private func check(
    _ point: [String: ParameterValue],
    _ shared: [String],
    _ space: SearchSpace
  ) throws {
    let options = TrialCommand.options(point, in: space)
    do {
      _ = try Train.parse(Array(shared.dropFirst()) + options)
    } catch {
      throw Failure(
        "'\(self.space)': train does not take \(shell(options)): \(Train.message(for: error))"
      )
    }
  }

  /// Points in which each parameter has each choice, or each bound, where it exists.
  static func corners(of space: SearchSpace) -> [[String: ParameterValue]] {
    space.parameters.flatMap { parameter in
      ends(of: parameter.distribution).map { value in
        var forced = [parameter.name: value]
        var child = parameter
        while let condition = child.condition, let parent = space.parameter(named: condition.parent)
        {
          forced[parent.name] = condition.value
          child = parent
        }
        var point: [String: ParameterValue] = [:]
        for other in space.parameters where space.exists(other, in: point) {
          point[other.name] = forced[other.name] ?? ends(of: other.distribution)[0]
        }
        return point
      }
    }
  }

  private static func ends(of distribution: Distribution) -> [ParameterValue] {
    switch distribution {
    case .uniform(let range), .log(let range):
      [.number(range.lowerBound), .number(range.upperBound)]
    case .int(let range, _): [.integer(range.lowerBound), .integer(range.upperBound)]
    case .choice(let values): values
    }
  }
}

// What train knows.
extension Tune {
  static func optionsOfTrain() throws -> [String] { try options(of: Train._dumpHelp()) }

  private static func options(of help: String) throws -> [String] {
    struct Tool: Decodable {
      struct Command: Decodable { let arguments: [Argument]? }
      struct Argument: Decodable { let names: [Name]? }
      struct Name: Decodable {
        let kind: String
        let name: String
      }
      let command: Command
    }
    let tool = try JSONDecoder().decode(Tool.self, from: Data(help.utf8))
    return (tool.command.arguments ?? []).flatMap { $0.names ?? [] }.filter { $0.kind == "long" }
      .map(\.name)
  }

  /// Lets train read the data once, and plan its features.
  private func readData(_ shared: [String]) throws {
    let command = try Train.parse(Array(shared.dropFirst()))
    guard try !isConverted(command.input) else { return }
    guard command.features.target != nil || command.features.recipe != nil else {
      throw Failure("--target is missing: the column to learn")
    }
    let process = Process()
    process.executableURL = URL(filePath: executable)
    process.arguments = shared + ["--dry-run", "--quiet"]
    let errors = Pipe()
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    try process.run()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      let line = text.split(separator: "\n").first { $0.hasPrefix("Error: ") }
      throw Failure(line.map { String($0.dropFirst("Error: ".count)) } ?? "train cannot be run")
    }
  }
}
