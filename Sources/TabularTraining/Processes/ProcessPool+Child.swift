internal import Foundation

// What the program does in its role as a child.
extension ProcessPool {
  /// Gives a function a name, by which children find it; call this before `serveIfChild`.
  ///
  /// Input and output go through JSON; floats may be NaN or infinite. A name that is taken already
  /// traps.
  ///
  /// - Parameters:
  ///   - name: what `map` calls it by.
  ///   - function: computed in a child, one call at a time; an error that it throws is reported with
  ///     the input's position.
  public static func register<Input: Codable & Sendable, Output: Codable & Sendable>(
    _ name: String,
    _ function: @escaping @Sendable (Input) throws -> Output
  ) {
    ProcessFunctions.shared.add(name) { request in
      func answer(_ answer: ProcessAnswer<Output>) throws -> Data { try ProcessJSON.encode(answer) }
      let input: Input
      do {
        input = try ProcessJSON.decode(ProcessRequest<Input>.self, from: request).input
      } catch {
        return try answer(.failure(.notConvertible("the input is no \(Input.self): \(error)")))
      }
      do {
        let output = try function(input)
        do {
          return try answer(.output(output))
        } catch {
          let text = "the output cannot be written as JSON: \(error)"
          return try answer(.failure(.notConvertible(text)))
        }
      } catch {
        return try answer(.failure(.threw("\(error)")))
      }
    }
  }

  /// Serves the parent and ends the process, when this is a child of a pool; returns at once
  /// otherwise.
  ///
  /// A program whose pools run itself calls this first in `main`, after its functions are registered.
  public static func serveIfChild() {
    guard isChild else { return }
    // A pool within a function is no mistake.
    unsetenv(variable)
    // The protocol keeps the descriptors to itself: what a function prints goes to standard error,
    // and what it reads is empty.
    let (requests, answers) = (dup(STDIN_FILENO), dup(STDOUT_FILENO))
    let null = open("/dev/null", O_RDONLY)
    guard requests >= 0, answers >= 0, null >= 0 else { exit(EXIT_FAILURE) }
    for descriptor in [requests, answers] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    dup2(null, STDIN_FILENO)
    dup2(STDERR_FILENO, STDOUT_FILENO)
    close(null)

    let inbox = ProcessInbox(descriptor: requests)
    inbox.start()
    write(ProcessFrame.greeting, to: answers)
    while let request = inbox.next() {
      do {
        write(try ProcessFrame.framed(try ProcessFunctions.shared.answer(request)), to: answers)
      } catch {
        FileHandle.standardError.write(Data("no answer of a child: \(error)\n".utf8))
        exit(EXIT_FAILURE)
      }
    }
    exit(EXIT_SUCCESS)
  }

  /// What a child finds in its environment.
  static let variable = "TABULAR_PROCESS_POOL"

  /// Whether a pool started this process, which has not begun to serve.
  static var isChild: Bool { getenv(variable) != nil }

  /// Writes all of it; without a reader the process ends, by SIGPIPE or here.
  private static func write(_ bytes: [UInt8], to descriptor: Int32) {
    var left = bytes[...]
    while !left.isEmpty {
      let written = left.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if written > 0 {
        left = left.dropFirst(written)
      } else if errno != EINTR {
        exit(EXIT_FAILURE)
      }
    }
  }
}

/// The functions of this program, by name.
///
/// All state is touched under `lock` alone, which is what makes this `Sendable`.
private final class ProcessFunctions: @unchecked Sendable {
  static let shared = ProcessFunctions()
  private let lock = NSLock()
  private var functions: [String: @Sendable (Data) throws -> Data] = [:]

  func add(_ name: String, _ function: @escaping @Sendable (Data) throws -> Data) {
    let isNew = lock.withLock {
      if functions[name] != nil { return false }
      functions[name] = function
      return true
    }
    precondition(isNew, "two functions of a pool are named '\(name)'")
  }

  func answer(_ request: Data) throws -> Data {
    let name = try ProcessJSON.decode(ProcessRequestName.self, from: request).name
    let (function, names) = lock.withLock { (functions[name], functions.keys.sorted()) }
    if let function { return try function(request) }
    return try ProcessJSON.encode(ProcessAnswer<Bool>.failure(.unknownFunction(names)))
  }
}

/// What the parent asks for, read by a thread of its own, which notices the parent's end at once.
///
/// All state is touched under `condition` alone, which is what makes this `Sendable`.
private final class ProcessInbox: @unchecked Sendable {
  private let descriptor: Int32
  private let condition = NSCondition()
  private var requests: [Data] = []
  private var isBusy = false
  private var isAtEnd = false

  init(descriptor: Int32) { self.descriptor = descriptor }

  func start() { Thread.detachNewThread { self.read() } }

  /// The next request; nil when the parent wants no more.
  func next() -> Data? {
    condition.lock()
    defer { condition.unlock() }
    isBusy = false
    while requests.isEmpty && !isAtEnd { condition.wait() }
    guard !requests.isEmpty else { return nil }
    isBusy = true
    return requests.removeFirst()
  }

  private func read() {
    while let head = take(4), let content = take(ProcessFrame.length(head)) {
      condition.lock()
      requests.append(content)
      condition.signal()
      condition.unlock()
    }
    condition.lock()
    // Nobody waits for what is computed: the parent has ended.
    if isBusy || !requests.isEmpty { _exit(EXIT_FAILURE) }
    isAtEnd = true
    condition.signal()
    condition.unlock()
  }

  /// So many bytes; nil at the end of all.
  private func take(_ count: Int) -> Data? {
    var bytes = Data(count: count)
    var filled = 0
    while filled < count {
      let found = bytes.withUnsafeMutableBytes { memory in
        Foundation.read(descriptor, memory.baseAddress?.advanced(by: filled), count - filled)
      }
      if found > 0 {
        filled += found
      } else if found == 0 || errno != EINTR {
        return nil
      }
    }
    return bytes
  }
}
