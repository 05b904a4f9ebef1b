import Foundation

/// Another reader of CSV, in a Python process of its own that reads whenever it is asked to.
///
/// The process stays, so that its allocator keeps its memory from run to run as ours does.
final class Peer {
  /// What one reading took, and what the process had taken at most after it.
  struct Run {
    var seconds: Double
    var peak: Int
  }

  static let names = ["polars", "polars-dates", "pyarrow", "duckdb", "pandas"]

  /// The name with the version.
  private(set) var name = ""
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()

  /// Starts the peer; nil where Python does not have it.
  init?(_ engine: String, python: String) {
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [python, "-u", "-c", Self.script, engine]
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil, let greeting = line(), !greeting.isEmpty else { return nil }
    name = greeting
  }

  deinit {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// Reads a file once.
  func read(_ path: String) throws -> Run {
    try input.fileHandleForWriting.write(contentsOf: Data((path + "\n").utf8))
    let parts = (line() ?? "").split(separator: " ")
    guard parts.count == 2, let seconds = Double(parts[0]), let peak = Int(parts[1]) else {
      throw Failure("\(name) could not read '\(path)'")
    }
    return Run(seconds: seconds, peak: peak)
  }

  private func line() -> String? {
    var bytes: [UInt8] = []
    while let data = try? output.fileHandleForReading.read(upToCount: 1), let byte = data.first {
      if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
      bytes.append(byte)
    }
    return nil
  }

  /// Each as an expert would use it.
  private static let script = """
    import gc, sys, time
    def peak():
        with open("/proc/self/status") as f:
            return next(int(l.split()[1]) // 1024 for l in f if l.startswith("VmHWM"))
    engine = sys.argv[1]
    if engine == "pandas":
        import pandas as m
        read = lambda p: m.read_csv(p)
    elif engine in ("polars", "polars-dates"):
        import polars as m
        read = lambda p: m.read_csv(p, try_parse_dates=engine == "polars-dates")
    elif engine == "pyarrow":
        import pyarrow as m, pyarrow.csv as c
        read = lambda p: c.read_csv(p)
    elif engine == "duckdb":
        import duckdb as m
        read = lambda p: m.sql("select * from read_csv('" + p.replace("'", "''") + "')").to_arrow_table()
    else:
        sys.exit(1)
    print(engine, m.__version__)
    for line in sys.stdin:
        p = line.rstrip("\\n")
        a = time.perf_counter(); r = read(p); s = time.perf_counter() - a
        most = peak()
        del r; gc.collect()
        print(s, most)
    """
}
