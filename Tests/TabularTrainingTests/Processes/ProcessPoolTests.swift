import Foundation
import TabularTraining
import Testing

/// Pools of `Tests/PoolProgram`, whose functions are in its Functions.swift.
struct ProcessPoolTests {
  private static let program = URL(filePath: CommandLine.arguments[0])
    .deletingLastPathComponent().appending(path: "PoolProgram").path
  private let five = ProcessPool(5, executable: program)

  @Test func keepsTheOrder() async throws {
    let squares: [Int] = try await five.map("square", Array(0..<200))
    #expect(squares == (0..<200).map { $0 * $0 })
    let none: [Int] = try await five.map("square", [Int]())
    #expect(none.isEmpty)
  }

  @Test func computesInFiveProcesses() async throws {
    let workers: [Int32] = try await five.map("process", [Int](repeating: 1, count: 5))
    #expect(Set(workers).count == 5)
    #expect(!workers.contains(getpid()))
    // Two inputs need two, and a process takes one input after the other.
    let two: [Int32] = try await ProcessPool(2, executable: Self.program)
      .map("process", [Int](repeating: 1, count: 20))
    #expect((1...2).contains(Set(two).count))
    for worker in Set(workers + two) { #expect(kill(worker, 0) == -1, "\(worker) is still there") }
  }

  /// Two megabytes, which no buffer of a pipe holds, and floats that JSON does not have.
  @Test func sendsLargeValues() async throws {
    struct Sample: Codable, Equatable {
      var text: String
      var numbers: [Double]
    }
    let sample = Sample(
      text: String(repeating: "ä\"\n\u{0}", count: 400_000),
      numbers: [.infinity, -.infinity, 0.1, .greatestFiniteMagnitude, .leastNonzeroMagnitude]
    )
    let echoes: [Sample] = try await five.map("echo", [sample, sample, sample])
    #expect(echoes == [sample, sample, sample])
    let missing: [Sample] = try await five.map("echo", [Sample(text: "", numbers: [.nan])])
    #expect(missing[0].numbers[0].isNaN)
  }

  @Test func namesTheInputWhoseFunctionThrew() async throws {
    // 3 and all after it fail, later ones sooner: the first by position is reported.
    for _ in 0..<3 {
      let error = await #expect(throws: TrainingError.self) {
        let _: [Int] = try await five.map("fail from", (0..<8).map { [$0, 3] })
      }
      #expect(error?.kind == .callback)
      #expect(error?.message == "input 3 of 'fail from': 3 is too much")
      let failure = error?.underlying as? ProcessFailure
      #expect(failure?.position == 3 && failure?.reason == .threw("3 is too much"))
    }
  }

  @Test(arguments: [
    (SIGKILL, "SIGKILL, as the kernel does when memory runs out"), (SIGTERM, "SIGTERM"),
  ])
  func namesTheSignalThatEndedAChild(_ signal: Int32, _ name: String) async throws {
    let error = await #expect(throws: TrainingError.self) {
      let _: [Int32] = try await five.map("die", [0, 0, 0, 0, 0, 0, signal, 0, 0])
    }
    #expect(error?.kind == .process)
    #expect(error?.message == "input 6 of 'die': its process was ended by \(name)")
    #expect((error?.underlying as? ProcessFailure)?.reason == .signaled(signal))
  }

  /// Killed from outside, while it computes what would take ten minutes.
  @Test func noticesThatAChildWasKilled() async throws {
    try await withFolder { folder in
      let task = Task {
        let _: [Bool] = try await ProcessPool(1, executable: Self.program)
          .map("linger", [folder.path])
      }
      let child = try #require(try await children(in: folder, count: 1).first)
      kill(child, SIGKILL)
      let error = await #expect(throws: TrainingError.self) { try await task.value }
      #expect((error?.underlying as? ProcessFailure)?.reason == .signaled(SIGKILL))
    }
  }

  @Test func namesTheExitCodeOfAChild() async throws {
    let error = await #expect(throws: TrainingError.self) {
      let _: [Int32] = try await five.map("exit", [-1, 7])
    }
    #expect(
      error?.message == "input 1 of 'exit': its process ended with exit code 7 before it answered"
    )
  }

  @Test func refusesWhatIsNotRegistered() async throws {
    let unknown = await #expect(throws: TrainingError.self) {
      let _: [Int] = try await five.map("sqare", [1, 2])
    }
    #expect(unknown?.kind == .process)
    #expect(
      unknown?.message.hasPrefix(
        "input 0 of 'sqare': no function of that name is registered; 'die', 'echo', 'exit', "
      ) ?? false
    )
    let input = await #expect(throws: TrainingError.self) {
      let _: [Int] = try await five.map("square", ["two"])
    }
    #expect(input?.message.hasPrefix("input 0 of 'square': the input is no Int: ") ?? false)
    let output = await #expect(throws: TrainingError.self) {
      let _: [String] = try await five.map("square", [2])
    }
    #expect(output?.message.hasPrefix("input 0 of 'square': the output is no String: ") ?? false)
  }

  /// What a function prints is not taken for its answer; nor does it read the next input.
  @Test func letsFunctionsPrint() async throws {
    let found: [String] = try await five.map("print", ["{\"output\": 1}", "b", "c"])
    #expect(found == ["no input", "no input", "no input"])
  }

  @Test func refusesProgramsThatAreNoChildren() async throws {
    let silent = await #expect(throws: TrainingError.self) {
      let _: [Int] = try await ProcessPool(2, executable: "/bin/true").map("square", [1])
    }
    #expect((silent?.underlying as? ProcessFailure)?.reason == .noChild)
    let missing = await #expect(throws: TrainingError.self) {
      let _: [Int] = try await ProcessPool(2, executable: "/is/not/there").map("square", [1])
    }
    #expect(missing?.message.contains("no process could be started") ?? false)
  }

  /// A program that does not let its children serve: an error, and not children without end.
  @Test(arguments: ["silent", "prints"])
  func endsProgramsThatForgetToServe(_ how: String) throws {
    let (status, errors) = try run(["FORGETS_TO_SERVE": how])
    #expect(status != 0)
    #expect(errors.contains("it has to call ProcessPool.serveIfChild() before it prints"))
  }

  @Test func killsChildrenOfACancelledTask() async throws {
    try await withFolder { folder in
      let task = Task {
        let _: [Bool] = try await ProcessPool(2, executable: Self.program)
          .map("linger", [folder.path, folder.path])
      }
      let pids = try await children(in: folder, count: 2)
      task.cancel()
      let error = await #expect(throws: TrainingError.self) { try await task.value }
      #expect(error?.message == "the pool was cancelled")
      for pid in pids { #expect(kill(pid, 0) == -1) }
    }
  }

  /// However the parent ends, its children do not stay, not even those that compute.
  @Test(arguments: [SIGKILL, SIGTERM])
  func endsWithTheParent(_ signal: Int32) async throws {
    try await withFolder { folder in
      let parent = Process()
      parent.executableURL = URL(filePath: Self.program)
      parent.environment = ["FORGETS_TO_SERVE": "no", "LINGERS_IN": folder.path]
      parent.standardError = FileHandle.nullDevice
      try parent.run()
      let pids = try await children(in: folder, count: 3)
      kill(parent.processIdentifier, signal)
      parent.waitUntilExit()
      // At once, but for the time that the system takes.
      for _ in 0..<1_000 where pids.contains(where: isRunning) {
        try await Task.sleep(for: .milliseconds(10))
      }
      for pid in pids { #expect(!isRunning(pid)) }
    }
  }
}

/// Whether a process is there and not just waiting to be asked for its end.
private func isRunning(_ pid: Int32) -> Bool {
  let text = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
  guard let state = text.split(separator: ")").last?.split(separator: " ").first else {
    return false
  }
  return state != "Z" && state != "X"
}

private func withFolder(_ body: (URL) async throws -> Void) async throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: "pool-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try await body(folder)
}

/// The processes that "linger" in a folder, as soon as there are so many.
private func children(in folder: URL, count: Int) async throws -> [Int32] {
  for _ in 0..<6_000 {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    let pids = names.compactMap { Int32($0) }
    if pids.count == count { return pids }
    try await Task.sleep(for: .milliseconds(10))
  }
  throw CancellationError()
}

/// Runs the program by itself.
private func run(_ environment: [String: String]) throws -> (Int32, String) {
  let process = Process()
  process.executableURL = URL(filePath: CommandLine.arguments[0])
    .deletingLastPathComponent().appending(path: "PoolProgram")
  process.environment = environment
  let errors = Pipe()
  process.standardError = errors
  process.standardOutput = FileHandle.nullDevice
  try process.run()
  let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  return (process.terminationStatus, text)
}
