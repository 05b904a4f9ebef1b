internal import Foundation
internal import Subprocess
internal import SystemPackage

/// Some processes that compute a function of many inputs; Python's `Pool(5).map(f, inputs)`.
///
/// A function cannot be sent to another process, so both have it under a name: the children are the
/// same program, started again, and its `main` registers the functions and then lets a child serve.
/// What a child's function takes and gives goes through pipes as JSON; what it prints goes to
/// standard error. A child that is killed, by a kernel out of memory say, is an error and not the
/// end of the program. Children end with their parent, however that ends.
///
/// ```swift
/// ProcessPool.register("square") { (number: Int) in number * number }
/// ProcessPool.serveIfChild()  // a child process answers here, and goes no further
/// let squares: [Int] = try await ProcessPool(5).map("square", Array(1...100))
/// ```
public struct ProcessPool: Sendable {
  /// The most processes at a time.
  public let processes: Int
  /// The program that the children run; nil for this one.
  public let executable: String?

  /// Describes a pool, whose processes live as long as a `map`; fewer than one traps.
  ///
  /// - Parameters:
  ///   - processes: the most processes at a time.
  ///   - executable: the path of a program that calls `serveIfChild`; nil for this program.
  public init(_ processes: Int, executable: String? = nil) {
    precondition(processes >= 1, "a pool of \(processes) processes")
    self.processes = processes
    self.executable = executable
  }
}

extension ProcessPool {
  /// Computes a registered function of each input, each in one of the pool's processes.
  ///
  /// A process takes one input after the other, in their order. After a failure no more are handed
  /// out; those under way are finished, so that of several failures the first by position is
  /// reported, whatever the timing. The children are killed when the task is cancelled.
  ///
  /// - Parameters:
  ///   - name: what the function is registered as.
  ///   - inputs: what it is given, one at a time.
  /// - Returns: the outputs, in the order of the inputs.
  /// - Throws: `TrainingError` of kind `callback` when the function throws, of kind `process` when
  ///   there is none of that name, its types are others, or a child cannot be started or ends early.
  ///   The message names the input's position, from 0; `underlying` is a `ProcessFailure`.
  public func map<Input: Codable & Sendable, Output: Codable & Sendable>(
    _ name: String,
    _ inputs: [Input]
  ) async throws(TrainingError) -> [Output] {
    // Without this a program that forgot to serve would start children without end.
    guard !Self.isChild else {
      throw TrainingError(
        .process,
        "a child process of a pool asked for a pool: call ProcessPool.serveIfChild() first in main"
      )
    }
    let jobs = ProcessJobs<Input, Output>(name: name, inputs: inputs)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<min(processes, inputs.count) { group.addTask { await work(on: jobs) } }
    }
    guard !Task.isCancelled else {
      throw TrainingError(.process, "the pool was cancelled", underlying: CancellationError())
    }
    return try jobs.results()
  }

  /// One child from its start to its end.
  private func work<Input, Output>(on jobs: ProcessJobs<Input, Output>) async {
    // Claimed before the start, so that a failure to start has a position.
    guard let first = jobs.next() else { return }
    do {
      let channel = try ProcessChannel()
      let result = try await run(
        .path(FilePath(executable ?? "/proc/self/exe")),
        environment: .inherit.updating([Environment.Key(stringLiteral: Self.variable): "1"]),
        input: .fileDescriptor(channel.childEnd, closeAfterSpawningProcess: true),
        output: .sequence,
        error: .currentStandardError
      ) { execution in
        // What never greets is no child, and would be waited for without end.
        let watch = Task {
          try await Task.sleep(for: Self.patience)
          try execution.send(signal: .kill)
        }
        defer { watch.cancel() }
        let outcome = await serve(first, jobs, channel, execution.standardOutput) { watch.cancel() }
        if case .noChild = outcome { try? execution.send(signal: .kill) }
        return outcome
      }
      switch result.closureResult {
      case .answered: break
      case .unanswered(let position): jobs.fail(position, reason(result.terminationStatus))
      case .noChild: jobs.fail(first, .noChild)
      }
    } catch {
      jobs.fail(first, .notStarted("\(error)"))
    }
  }

  private enum Outcome {
    case answered
    /// The child ended before it answered this input.
    case unanswered(Int)
    case noChild
  }

  /// How long a child may take to start.
  private static let patience = Duration.seconds(120)

  /// Sends inputs and takes answers until there are no more.
  private func serve<Input, Output>(
    _ first: Int,
    _ jobs: ProcessJobs<Input, Output>,
    _ channel: borrowing ProcessChannel,
    _ output: SubprocessOutputSequence,
    onGreeting: () -> Void
  ) async -> Outcome {
    // The child ends when it has read all.
    defer { channel.finish() }
    var frames = FrameReader(output)
    var position = first
    do {
      guard try await frames.greeting() else { return .noChild }
      onGreeting()
      while true {
        try await channel.send(try jobs.request(position))
        guard let answer = try await frames.next() else { return .unanswered(position) }
        jobs.take(answer, for: position)
        guard let next = jobs.next() else { return .answered }
        position = next
      }
    } catch let failure as ProcessFailure {
      jobs.fail(position, failure.reason)
      return .answered
    } catch {
      // Its end says why it could not be read or written.
      return .unanswered(position)
    }
  }

  private func reason(_ status: TerminationStatus) -> ProcessFailure.Reason {
    switch status {
    case .exited(let code): .exited(code)
    case .signaled(let signal): .signaled(signal)
    }
  }
}
