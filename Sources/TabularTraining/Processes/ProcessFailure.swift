/// What became of an input that a `ProcessPool` has no output for.
public struct ProcessFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// What went wrong.
  public enum Reason: Sendable, Hashable {
    /// The function threw an error, of which this is the text.
    case threw(String)
    /// The child ended by a signal, such as 9 when it was killed.
    case signaled(Int32)
    /// The child ended with an exit code before it answered.
    case exited(Int32)
    /// The child has no function of the name, but these.
    case unknownFunction([String])
    /// The input or the output could not be written or read as JSON of the function's types.
    case notConvertible(String)
    /// The child could not be started.
    case notStarted(String)
    /// What was started does not call `ProcessPool.serveIfChild()`.
    case noChild
  }

  /// The name of the function.
  public let function: String
  /// The position of the input among all, from 0.
  public let position: Int
  /// What went wrong.
  public let reason: Reason

  /// One line with all of it.
  public var description: String {
    let place = "input \(position) of '\(function)'"
    switch reason {
    case .threw(let text): return "\(place): \(text)"
    case .signaled(let signal):
      let hint = signal == 9 ? ", as the kernel does when memory runs out" : ""
      return "\(place): its process was ended by \(Self.name(signal))\(hint)"
    case .exited(let code):
      return "\(place): its process ended with exit code \(code) before it answered"
    case .unknownFunction(let names):
      let known = names.isEmpty ? "none is" : names.map { "'\($0)'" }.joined(separator: ", ")
      return "\(place): no function of that name is registered; \(known)"
        + (names.isEmpty ? "" : names.count == 1 ? " is" : " are")
    case .notConvertible(let text): return "\(place): \(text)"
    case .notStarted(let text): return "\(place): no process could be started: \(text)"
    case .noChild:
      return "\(place): the program that was started is no child of a pool; "
        + "it has to call ProcessPool.serveIfChild() before it prints"
    }
  }

  private static func name(_ signal: Int32) -> String {
    let names: [Int32: String] = [
      1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS",
      8: "SIGFPE", 9: "SIGKILL", 11: "SIGSEGV", 13: "SIGPIPE", 15: "SIGTERM", 24: "SIGXCPU",
    ]
    return names[signal] ?? "signal \(signal)"
  }
}
