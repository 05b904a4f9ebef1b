internal import Foundation
internal import Subprocess
internal import SystemPackage
internal import TabularTraining

extension RayExecutor {
  /// Connects to a cluster, which takes some seconds, for the time that a closure runs.
  ///
  /// - Parameters:
  ///   - cluster: The cluster, and what trials need there.
  ///   - command: What is run; the program's path is one of a node.
  ///   - trailing: What stands behind the parameters and has no effect on results.
  ///   - metric: The key of the objective.
  ///   - timeout: How long a trial may take from its start on a node; nil for ever.
  ///   - retries: How often a trial that failed is tried again; negative ones trap.
  ///   - onNotice: Called with what is worth telling.
  ///   - body: Uses the executor. When it ends, processes that still run are ended, and then the
  ///     connection.
  /// - Returns: What `body` returns.
  /// - Throws: ``TuningError`` of kind `configuration` when Python or Ray is not there, or the cluster
  ///   cannot be reached; what `body` throws; `CancellationError`.
  public static func connected<Result: Sendable>(
    to cluster: RayCluster,
    running command: TrialCommand,
    trailing: [String] = [],
    metric: String,
    timeout: Duration? = nil,
    retries: Int = 0,
    onNotice: @escaping @Sendable (String) -> Void = { _ in },
    _ body: (RayExecutor) async throws -> Result
  ) async throws -> Result {
    precondition(retries >= 0, "a trial that is tried again \(retries) times")
    let driver: RayDriver
    do {
      driver = try RayDriver()
    } catch {
      throw TuningError(.configuration, "no channel to Python: \(error)", underlying: error)
    }
    let executor = RayExecutor(
      command: command,
      trailing: trailing,
      metric: metric,
      timeout: timeout,
      retries: retries,
      onNotice: onNotice,
      driver: driver
    )
    return try await executor.connected(to: cluster, body).get()
  }

  private func connected<Value: Sendable>(
    to cluster: RayCluster,
    _ body: (RayExecutor) async throws -> Value
  ) async throws -> Result<Value, any Error> {
    let python = cluster.python
    do {
      return try await Subprocess.run(
        python.contains("/") ? .path(FilePath(python)) : .name(python),
        arguments: ["-u", "-c", RayDriver.source, cluster.settings.json],
        platformOptions: Self.options,
        input: .fileDescriptor(driver.input, closeAfterSpawningProcess: true),
        output: .sequence,
        error: .discarded
      ) { execution in
        // Tasks of their own: the driver is spoken to until its end, also when this task is cancelled.
        let reader = Task { [driver] in
          var lines = LineReader(execution.standardOutput)
          while let line = try? await lines.next() { driver.read(line) }
          driver.end()
        }
        let writer = Task { [driver] in await driver.write() }
        var patience = Duration.seconds(2)
        let outcome: Result<Value, any Error>
        do {
          try await greeted(cluster)
          patience = Self.patience
          outcome = .success(try await body(self))
        } catch {
          outcome = .failure(error)
        }
        driver.finish()
        let watch = Task { [patience] in
          try await Task.sleep(for: patience)
          try execution.send(signal: .kill)
        }
        await reader.value
        await writer.value
        watch.cancel()
        return outcome
      }.closureResult
    } catch {
      try Task.checkCancellation()
      throw TuningError(.configuration, "'\(python)' cannot be run: \(error)", underlying: error)
    }
  }

  /// How long the driver may take to end all processes and to leave the cluster.
  private static let patience = Duration.seconds(30)

  private static var options: PlatformOptions {
    var options = PlatformOptions()
    // Ctrl-C in a terminal reaches this process alone.
    options.processGroupID = 0
    // A task that is cancelled lets the driver end the processes: the first signal is one that is
    // ignored.
    options.teardownSequence = [
      .send(signal: .windowSizeChange, allowedDurationToNextStep: patience)
    ]
    return options
  }

  /// Waits until the driver is connected.
  private func greeted(_ cluster: RayCluster) async throws {
    let place = cluster.address.map { "the Ray cluster '\($0)'" } ?? "a Ray on this machine"
    switch await driver.greeting() {
    case .ready(let sizes):
      let total = sizes.reduce(0, +)
      let nodes = sizes.count == 1 ? "1 node" : "\(sizes.count) nodes"
      onNotice("Ray: \(nodes), \(Int(total)) processors; a trial takes \(cluster.cpus)")
      if sizes.allSatisfy({ $0 < Double(cluster.cpus) }) {
        onNotice("no node has \(cluster.cpus) processors: trials wait for one that has")
      }
    case .refused(let reason, lacksRay: true):
      throw TuningError(
        .configuration,
        "'\(cluster.python)' has no Ray (\(reason)); install it: \(cluster.python) -m pip install ray"
      )
    case .refused(let reason, lacksRay: false):
      throw TuningError(.configuration, "\(place) cannot be used: \(reason)")
    case nil:
      try Task.checkCancellation()
      throw TuningError(
        .configuration,
        "\(place) cannot be used: '\(cluster.python)' ended without a word when it connected"
      )
    }
  }
}
