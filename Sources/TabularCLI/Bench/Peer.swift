import Foundation

/// Another library that does the same work, in a Python process of its own that works whenever it
/// is asked to.
///
/// The process stays, so that its allocator keeps its memory from run to run as ours does.
final class Peer {
  /// What one run took, and what the process had taken at most after it.
  struct Run {
    var seconds: Double
    var peak: Int
    /// What the work returned, where that is a text.
    var answer: String?
  }

  /// The name with the version.
  private(set) var name = ""
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()

  /// Starts the peer; nil where Python does not have it.
  ///
  /// - Parameters:
  ///   - engine: the peer's name, which the script finds as `engine`.
  ///   - python: the interpreter.
  ///   - script: Python that imports the peer as `m` and defines `work(request)`; a text of one line
  ///     that it returns is the answer.
  init?(_ engine: String, python: String, script: String) {
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [python, "-u", "-c", Self.head + script + "\n" + Self.loop, engine]
    process.standardInput = input
    process.standardOutput = output
    guard (try? process.run()) != nil, let greeting = line(), !greeting.isEmpty else { return nil }
    name = greeting
  }

  deinit {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// Does a piece of work once.
  func run(_ request: String) throws -> Run {
    try input.fileHandleForWriting.write(contentsOf: Data((request + "\n").utf8))
    let parts = (line() ?? "").split(separator: " ", maxSplits: 2)
    guard parts.count >= 2, let seconds = Double(parts[0]), let peak = Int(parts[1]) else {
      throw Failure("\(name) could not do '\(request)'")
    }
    return Run(seconds: seconds, peak: peak, answer: parts.count == 3 ? String(parts[2]) : nil)
  }

  private func line() -> String? {
    var bytes: [UInt8] = []
    while let data = try? output.fileHandleForReading.read(upToCount: 1), let byte = data.first {
      if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
      bytes.append(byte)
    }
    return nil
  }

  private static let head = """
    import gc, sys, time
    # A peer that is not there is no error; what another one fails with is shown.
    sys.excepthook = lambda kind, error, trace: None if kind is ImportError or kind is ModuleNotFoundError else print(kind.__name__, error, file=sys.stderr)
    def peak():
        with open("/proc/self/status") as f:
            return next(int(l.split()[1]) // 1024 for l in f if l.startswith("VmHWM"))
    engine = sys.argv[1]

    """

  private static let loop = """
    print(engine, m.__version__)
    for line in sys.stdin:
        request = line.rstrip("\\n")
        a = time.perf_counter(); r = work(request); s = time.perf_counter() - a
        most = peak()
        answer = r if type(r) is str else ""
        del r; gc.collect()
        print(s, most, answer)
    """
}
