import Foundation
import TabularTuning

/// Runs the trials of a study where `--engine` says.
struct TrialEngine: Sendable {
  let command: TrialCommand
  let trailing: [String]
  let options: TuningOptions
  let place: EngineOptions
  /// Processors of a trial.
  let devices: Int
  let log: TrialLog

  func optimize(_ study: Study, trials count: Int) async throws {
    let console = log.console
    switch place.engine {
    case .local:
      let executor = LocalExecutor(
        command,
        trailing: trailing,
        metric: options.metric,
        timeout: options.trialTimeout?.duration,
        retries: options.retries,
        onNotice: { console.note($0) }
      )
      try await optimize(study, count, executor)
    case .ray:
      try await RayExecutor.connected(
        to: cluster,
        running: commandOnNodes,
        trailing: trailing,
        metric: options.metric,
        timeout: options.trialTimeout?.duration,
        retries: options.retries,
        onNotice: { console.note($0) }
      ) { try await optimize(study, count, $0) }
    }
  }

  private func optimize(
    _ study: Study,
    _ count: Int,
    _ executor: some TrialExecutor
  ) async throws {
    try await study.optimize(
      trials: count,
      parallel: options.parallel,
      timeout: options.timeout?.duration,
      with: executor
    ) { log.write($0, of: count, best: study.bestTrial) }
  }

  private var folder: String { FileManager.default.currentDirectoryPath }

  private var cluster: RayCluster {
    RayCluster(
      address: place.rayAddress,
      python: place.python,
      cpus: devices,
      files: place.rayUpload ? .copied(folder: folder) : .shared(folder: folder)
    )
  }

  /// There `/proc/self/exe` is Python.
  private var commandOnNodes: TrialCommand {
    let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    var path = link ?? command.executable
    let inside = folder.hasSuffix("/") ? folder : folder + "/"
    if place.rayUpload, path.hasPrefix(inside) { path = "./" + path.dropFirst(inside.count) }
    return TrialCommand(executable: path, arguments: command.arguments, space: command.space)
  }
}
