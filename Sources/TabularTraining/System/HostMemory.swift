/// The memory of this machine, in bytes; from `/proc/meminfo`, see proc(5).
public struct HostMemory: Sendable, Equatable {
  /// All of it.
  public var total: Figure<Int>
  /// What new work can have without swapping, by the kernel's estimate.
  public var available: Figure<Int>
  /// The room for what is swapped out.
  public var swapTotal: Figure<Int>
  /// How much of that room is free.
  public var swapFree: Figure<Int>

  /// Reads the files below `root`.
  public init(root: String = "/") {
    let files = SystemFiles(root: root)
    total = files.kilobytes("MemTotal:", of: "/proc/meminfo")
    available = files.kilobytes("MemAvailable:", of: "/proc/meminfo")
    swapTotal = files.kilobytes("SwapTotal:", of: "/proc/meminfo")
    swapFree = files.kilobytes("SwapFree:", of: "/proc/meminfo")
  }
}

/// What this process holds, and what it may; from `/proc/self/status` and `/proc/self/limits`.
public struct ProcessUsage: Sendable, Equatable {
  /// Bytes that are in memory now.
  public var resident: Figure<Int>
  /// The most bytes that were in memory at once.
  public var peak: Figure<Int>
  /// The limit of addresses in bytes (`ulimit -v`).
  public var addressSpaceLimit: Figure<Int>
  /// The limit of locked memory in bytes (`ulimit -l`), which pinned batches count against.
  public var lockedMemoryLimit: Figure<Int>
  /// The limit of open files (`ulimit -n`).
  public var openFilesLimit: Figure<Int>

  /// Reads the files below `root`.
  public init(root: String = "/") {
    let files = SystemFiles(root: root)
    resident = files.kilobytes("VmRSS:", of: "/proc/self/status")
    peak = files.kilobytes("VmHWM:", of: "/proc/self/status")
    func limit(_ name: String) -> Figure<Int> {
      let path = "/proc/self/limits"
      return files.line(name, of: path).flatMap { text in
        // The soft limit comes first; it is the one that holds.
        let soft = text.split(separator: " ").first ?? ""
        if soft == "unlimited" { return .absent(noLimit) }
        // More than an Int holds is more than there is.
        guard let number = UInt64(soft) else {
          return files.malformed(text, in: path, expected: "a limit after '\(name)'")
        }
        return .known(Int(clamping: number))
      }
    }
    addressSpaceLimit = limit("Max address space")
    lockedMemoryLimit = limit("Max locked memory")
    openFilesLimit = limit("Max open files")
  }
}
