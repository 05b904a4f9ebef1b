internal import Foundation
internal import TabularFiles

/// A journal that this process writes: locked, read once, and then appended to.
///
/// All state is touched by one thread at a time: that of the study's lock.
final class JournalFile {
  let path: String
  /// What was there when it was opened.
  let state: JournalState
  /// What had to be repaired, in one line.
  let repair: String?
  /// Whether the file held nothing.
  var isNew: Bool { state.studies.isEmpty }

  private let descriptor: Int32
  private let worker = "\(UUID().uuidString.lowercased())-\(getpid())"
  /// The first failure to write: after it the end of the file may be part of a line, which another
  /// line would make one that nobody can read.
  private var failure: TuningError?

  /// Opens a journal for one writer; a part of a line at its end, which a process left that was
  /// killed, is cut off.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - creating: whether it may be missing.
  /// - Throws: `TuningError` of kind `file` when it cannot be opened; of kind `journal` when another
  ///   process writes it, or a line is damaged.
  init(path: String, creating: Bool) throws(TuningError) {
    self.path = path
    let flags = O_RDWR | O_APPEND | O_CLOEXEC | (creating ? O_CREAT : 0)
    descriptor = open(path, flags, 0o666)
    guard descriptor >= 0 else { throw Self.failure(path, .open, errno) }
    do throws(TuningError) {
      try Self.checkKind(descriptor, path)
      try Self.lock(descriptor, path)
      let bytes = try Self.content(of: descriptor, path)
      let end = bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
      state = try JournalState(lines: bytes[..<end], path: path)
      let torn = bytes.count - end
      repair =
        torn == 0
        ? nil
        : "'\(path)': the last line was cut off after \(torn) bytes, as by a killed process; dropped it"
      if torn > 0, ftruncate(descriptor, off_t(end)) != 0 {
        throw Self.failure(path, .write, errno)
      }
    } catch {
      Self.close(descriptor)
      throw error
    }
  }

  deinit { Self.close(descriptor) }

  /// Unlocks the file, and closes it.
  ///
  /// A process that another thread starts just now has the descriptor too, until it runs its program:
  /// closing alone would leave the lock to it.
  private static func close(_ descriptor: Int32) {
    _ = flock(descriptor, LOCK_UN)
    _ = Foundation.close(descriptor)
  }

  /// Appends operations, all in one system call, so that a killed process leaves all or, rarely, the
  /// first ones.
  ///
  /// - Throws: `TuningError` of kind `file`; every time from then on.
  func append(_ records: [JournalRecord]) throws(TuningError) {
    if let failure { throw failure }
    let time = Self.time()
    var bytes = Array(records.map { $0.line(worker: worker, time: time) + "\n" }.joined().utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if written > 0 {
        bytes = bytes.dropFirst(written)
      } else if errno != EINTR {
        let error = Self.failure(path, .write, errno)
        failure = error
        throw error
      }
    }
  }

  /// Waits until all of it is on the disk.
  func synchronize() throws(TuningError) {
    // A file system that cannot (EINVAL), as of a pipe, has nothing to wait for.
    guard fdatasync(descriptor) != 0, errno != EINVAL, errno != EROFS else { return }
    throw Self.failure(path, .write, errno)
  }

  /// UTC with microseconds, as Python's `isoformat(timespec="microseconds")` has it.
  private static func time() -> String {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    var parts = tm()
    gmtime_r(&now.tv_sec, &parts)
    return String(
      format: "%04d-%02d-%02dT%02d:%02d:%02d.%06d+00:00",
      Int(parts.tm_year) + 1900,
      Int(parts.tm_mon) + 1,
      Int(parts.tm_mday),
      Int(parts.tm_hour),
      Int(parts.tm_min),
      Int(parts.tm_sec),
      now.tv_nsec / 1000
    )
  }
}

// Reading.
extension JournalFile {
  static func content(_ path: String) throws(TuningError) -> [UInt8] {
    do throws(FileError) {
      return try InputFile(path: path).readAll()
    } catch {
      throw TuningError(.file, "\(error)", underlying: error)
    }
  }

  private static func content(of descriptor: Int32, _ path: String) throws(TuningError) -> [UInt8] {
    var (bytes, part) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
    while true {
      let count = part.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress, $0.count, off_t(bytes.count))
      }
      if count == 0 { return bytes }
      if count > 0 {
        bytes += part[..<count]
      } else if errno != EINTR {
        throw failure(path, .read, errno)
      }
    }
  }

  /// Refuses devices and pipes, which cannot be read again.
  private static func checkKind(_ descriptor: Int32, _ path: String) throws(TuningError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure(path, .open, errno) }
    guard status.st_mode & S_IFMT != S_IFREG else { return }
    let error = FileError(path: path, operation: .open, reason: "a journal is a regular file")
    throw TuningError(.file, "\(error)", underlying: error)
  }

  private static func failure(
    _ path: String,
    _ operation: FileError.Operation,
    _ code: Int32
  ) -> TuningError {
    let error = FileError(path: path, operation: operation, errno: code)
    return TuningError(.file, "\(error)", underlying: error)
  }
}

// One writer at a time.
extension JournalFile {
  private static func lock(_ descriptor: Int32, _ path: String) throws(TuningError) {
    guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return }
    guard errno == EWOULDBLOCK else { throw failure(path, .open, errno) }
    let holder = holder(of: descriptor).map { "process \($0)" } ?? "another process"
    throw TuningError(
      .journal,
      "'\(path)' is being written by \(holder): wait for its end, or name another journal"
    )
  }

  /// The process that holds the lock, as the kernel's list of all has it.
  private static func holder(of descriptor: Int32) -> Int? {
    var status = stat()
    guard fstat(descriptor, &status) == 0,
      let locks = try? String(contentsOfFile: "/proc/locks", encoding: .utf8)
    else { return nil }
    // 1: FLOCK  ADVISORY  WRITE 708 08:01:1234 0 EOF
    for line in locks.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count >= 6, fields[1] == "FLOCK",
        fields[5].split(separator: ":").last == "\(status.st_ino)", let process = Int(fields[4])
      else { continue }
      return process
    }
    return nil
  }
}

extension JournalState {
  /// Applies all lines of a file, each with its end.
  ///
  /// - Throws: `TuningError` of kind `journal`, with the number of the damaged line.
  init(lines bytes: ArraySlice<UInt8>, path: String) throws(TuningError) {
    self.init()
    var (start, number) = (bytes.startIndex, 1)
    while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
      do throws(JournalFault) {
        apply(try JournalRecord(line: bytes[start..<end]))
      } catch {
        throw TuningError(
          .journal,
          "'\(path)', line \(number): \(error.reason); the line is damaged, or no journal of a study"
        )
      }
      (start, number) = (end + 1, number + 1)
    }
  }
}
