internal import Synchronization
internal import SystemPackage
internal import TabularTraining

/// What this process knows of the Python program that speaks to Ray: requests to it, and its answers,
/// told apart by their run.
final class RayDriver: Sendable {
  /// What the driver says of a run.
  enum Answer: Hashable, Sendable {
    case node(String)
    case output(String)
    case error(String)
    /// The last: the process ended.
    case exit(ProcessExit)
    /// The last: its node, or what Ray runs there, is gone.
    case lost(String)
    /// The last: it could not be started.
    case refused(String)
  }

  /// What it says first.
  enum Greeting: Hashable, Sendable {
    /// The processors of each node.
    case ready([Double])
    case refused(String, lacksRay: Bool)
  }

  private struct State {
    var last = 0
    var runs: [Int: AsyncStream<Answer>.Continuation] = [:]
    var isOver = false
  }
  private let state = Mutex(State())

  private let channel: ProcessChannel
  /// Lines for the driver, in order.
  private let requests: AsyncStream<String>
  private let request: AsyncStream<String>.Continuation
  private let greetings: AsyncStream<Greeting>
  private let greet: AsyncStream<Greeting>.Continuation

  /// The program.
  static var source: String { String(decoding: PackageResources.RayDriver_py, as: UTF8.self) }

  /// The end of the channel that becomes its standard input.
  var input: FileDescriptor { channel.childEnd }

  init() throws {
    channel = try ProcessChannel()
    (requests, request) = AsyncStream.makeStream()
    (greetings, greet) = AsyncStream.makeStream()
  }

  /// Waits until it can run trials, or cannot; nil when it ended without a word, or the task was
  /// cancelled.
  func greeting() async -> Greeting? {
    for await greeting in greetings { return greeting }
    return nil
  }

  /// Runs a process on some node; the answers end early when the driver does.
  func run(_ arguments: [String]) -> (run: Int, answers: AsyncStream<Answer>) {
    let (answers, answer) = AsyncStream.makeStream(of: Answer.self)
    let run = state.withLock { state in
      state.last += 1
      if state.isOver { answer.finish() } else { state.runs[state.last] = answer }
      return state.last
    }
    send(["run": .integer(run), "arguments": .array(arguments.map { .text($0) })])
    return (run, answers)
  }

  /// Ends the process of a run, whose last answer then comes.
  func stop(_ run: Int) { send(["stop": .integer(run)]) }

  /// Ends all, and the driver.
  func finish() { request.finish() }

  private func send(_ json: JSONValue) { request.yield(json.json + "\n") }

  /// Writes requests until ``finish()``, or until nobody reads them.
  func write() async {
    for await line in requests {
      guard (try? await channel.send(bytes: Array(line.utf8))) != nil else { break }
    }
    channel.finish()
  }

  /// Takes a line of the driver's.
  func read(_ line: [UInt8]) {
    guard let json = try? JSONValue(parsing: line) else { return }
    guard let run = json["run"]?.asInteger else {
      if let greeting = Greeting(json) { greet.yield(greeting) }
      return
    }
    guard let answer = Answer(json) else { return }
    state.withLock { state in
      state.runs[run]?.yield(answer)
      guard answer.isLast else { return }
      state.runs.removeValue(forKey: run)?.finish()
    }
  }

  /// The driver has ended: no answer comes any more.
  func end() {
    greet.finish()
    request.finish()
    state.withLock { state in
      state.isOver = true
      for run in state.runs.values { run.finish() }
      state.runs = [:]
    }
  }
}

extension RayDriver.Answer {
  var isLast: Bool {
    switch self {
    case .node, .output, .error: false
    case .exit, .lost, .refused: true
    }
  }

  init?(_ json: JSONValue) {
    if let code = json["exit"]?.asInteger {
      self = .exit(code < 0 ? .signal(-code) : .code(code))
      return
    }
    let kinds: [(String, (String) -> Self)] = [
      ("output", Self.output), ("error", Self.error), ("node", Self.node), ("lost", Self.lost),
      ("refused", Self.refused),
    ]
    for (key, kind) in kinds {
      if let text = json[key]?.asText {
        self = kind(text)
        return
      }
    }
    return nil
  }
}

extension RayDriver.Greeting {
  init?(_ json: JSONValue) {
    if let sizes = json["ready"]?.asArray {
      self = .ready(sizes.compactMap(\.asNumber))
    } else if let reason = json["refused"]?.asText {
      self = .refused(reason, lacksRay: json["missing"] == .bool(true))
    } else {
      return nil
    }
  }
}
