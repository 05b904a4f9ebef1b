import Foundation
import Testing

@testable import TabularTuning

/// A folder that goes away with the value.
final class Folder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "tuning-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appending(path: name).path }
}

/// A space with a parameter of each kind, one of them in a branch.
let mixedSpace: SearchSpace = {
  do {
    return try SearchSpace([
      .init("lr", .log(1e-4...1e-1)),
      .init("batch_size", .int(16...256, log: true)),
      .init("optimizer", .choice([.text("sgd"), .text("adam")])),
      .init("momentum", .uniform(0...0.99), when: "optimizer", is: .text("sgd")),
      .init("flag", .choice([.bool(true), .bool(false), .integer(3), .number(0.5)])),
    ])
  } catch {
    preconditionFailure("\(error)")
  }
}()

/// A sampler that learns from its fifth trial on.
let mixedSampler: TPESampler = {
  do {
    return try TPESampler(startupTrials: 4)
  } catch {
    preconditionFailure("\(error)")
  }
}()

/// A study of that space whose trials are told apart by their values.
func mixedStudy(
  seed: UInt64 = 3,
  lag: Int = 2,
  direction: Direction = .minimize,
  pruner: (any Pruner)? = MedianPruner(startupTrials: 2)
) -> StudyConfiguration {
  StudyConfiguration(
    name: "mixed",
    space: mixedSpace,
    direction: direction,
    sampler: mixedSampler,
    pruner: pruner,
    seed: seed,
    lag: lag,
    attributes: [("command", "f(x)")]
  )
}

/// An objective in six steps, which ends differently for several trials.
@Sendable func mixedObjective(_ trial: RunningTrial) throws -> Double {
  if trial.number % 7 == 6 { throw Broken() }
  if trial.number % 11 == 10 { return .nan }
  let rate = try trial.double("lr")
  var value = 0.0
  for step in 1...6 {
    let size = Double(try trial.int("batch_size"))
    value = abs(log10(rate) + 2) + size / 256 / Double(step)
    if trial.parameters["momentum"] != nil { value += try trial.double("momentum") / 10 }
    try trial.report(trial.number == 4 && step == 2 ? .nan : value, step: step)
  }
  return value
}

struct Broken: Error, CustomStringConvertible { let description = "broken on purpose" }

/// A journal's lines without times and worker ids: those of the study under -1, the others by trial.
func grouped(_ path: String) throws -> [Int: [String]] {
  var groups: [Int: [String]] = [:]
  var created = 0
  for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
    let json = try JSONValue(parsing: line.utf8)
    var key = json["trial_id"]?.asInteger ?? -1
    if json["op_code"] == .integer(4) { (key, created) = (created, created + 1) }
    let times = ["worker_id", "datetime_start", "datetime_complete"]
    let members = try #require(json.asMembers).filter { !times.contains($0.key) }
    groups[key, default: []].append(JSONValue.object(members).json)
  }
  return groups
}
