import Foundation
import Testing

/// Two nodes of a real Ray on this machine, of one processor each, which end with the value.
final class LocalRayCluster: Sendable {
  /// The Python that has Ray: `TABULAR_PYTHON`, or `python3`.
  static let interpreter = ProcessInfo.processInfo.environment["TABULAR_PYTHON"] ?? "python3"

  /// Whether it can be used; starting a cluster takes some 20 seconds.
  static let isWanted: Bool = {
    guard ProcessInfo.processInfo.environment["TABULAR_LONG_TESTS"] == "1" else { return false }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [interpreter, "-c", "import ray"]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()

  /// A program that runs Python with what it needs to enter the cluster.
  let python: String
  /// The head node.
  let address: String
  private let folder: URL
  private let nodes: [Process]

  init() throws {
    // Short, for sockets lie in it.
    let name = "ray\(getpid())-\(Int.random(in: 0..<10_000))"
    folder = FileManager.default.temporaryDirectory.appending(path: name)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    python = folder.appending(path: "python").path
    // Ray asks for a token by default, at least for nodes that join.
    let token = UUID().uuidString + UUID().uuidString
    try """
    #!/bin/sh
    export RAY_AUTH_MODE=token RAY_AUTH_TOKEN=\(token) RAY_USAGE_STATS_ENABLED=0
    exec \(Self.interpreter) "$@"

    """.write(toFile: python, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: python)
    let temporary = folder.appending(path: "t").path
    let head = try Self.start(
      python,
      ["--head", "--port", "\(try freePort())", "--include-dashboard", "false"]
        + ["--temp-dir", temporary],
      log: folder.appending(path: "head.log")
    )
    address = try String(contentsOfFile: temporary + "/ray_current_cluster", encoding: .utf8)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    do {
      let log = folder.appending(path: "node.log")
      nodes = [head, try Self.start(python, ["--address", address], log: log)]
    } catch {
      head.terminate()
      throw error
    }
  }

  deinit {
    for node in nodes.reversed() where node.isRunning {
      node.terminate()
      node.waitUntilExit()
    }
    try? FileManager.default.removeItem(at: folder)
  }

  /// The process of the second node's that starts what runs there.
  var raylet: Int32 {
    get throws {
      let pid = nodes[1].processIdentifier
      let path = "/proc/\(pid)/task/\(pid)/children"
      let children = try String(contentsOfFile: path, encoding: .utf8)
      let raylet = children.split(separator: " ").compactMap { Int32($0) }.first { child in
        let words = try? String(contentsOfFile: "/proc/\(child)/cmdline", encoding: .utf8)
        return words?.contains("raylet/raylet") == true
      }
      return try #require(raylet)
    }
  }

  /// Ends the second node as if its machine had gone, with what runs there: by itself a worker would
  /// go on for a second or two, and might end its trial.
  func loseNode() throws {
    let raylet = try raylet
    let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(raylet)/task")
    let workers = threads.flatMap { thread -> [Int32] in
      let path = "/proc/\(raylet)/task/\(thread)/children"
      let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
      return text.split(separator: " ").compactMap { Int32($0) }
    }
    for process in [raylet] + workers { kill(process, SIGKILL) }
  }

  /// The command `ray`; threads of tests have signals blocked, and SIGTERM is to end it.
  private static let program = """
    import signal
    from ray.scripts.scripts import main
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    main()
    """

  private static func start(_ python: String, _ more: [String], log: URL) throws -> Process {
    try Data().write(to: log)
    let process = Process()
    process.executableURL = URL(filePath: python)
    process.arguments =
      ["-c", program, "start"] + more
      + ["--num-cpus", "1", "--object-store-memory", "80000000", "--block"]
    process.standardOutput = try FileHandle(forWritingTo: log)
    process.standardError = process.standardOutput
    try process.run()
    for _ in 0..<1200 where process.isRunning {
      let text = try String(contentsOf: log, encoding: .utf8)
      if text.contains("block forever") { return process }
      Thread.sleep(forTimeInterval: 0.1)
    }
    process.terminate()
    let text = try String(contentsOf: log, encoding: .utf8)
    throw NoCluster(description: "ray start: \(text.suffix(500))")
  }
}

struct NoCluster: Error, CustomStringConvertible { let description: String }

/// A port that was free a moment ago.
private func freePort() throws -> UInt16 {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let isBound = withUnsafeMutablePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
    }
  }
  guard isBound else { throw NoCluster(description: "no free port") }
  return UInt16(bigEndian: address.sin_port)
}
