import Foundation

/// The machine, the process, its container and its devices, as they are now.
public struct HostReport: Sendable, Equatable {
  /// The processors and how busy they are.
  public var processors: HostProcessors
  /// The machine's memory.
  public var memory: HostMemory
  /// What this process holds and may hold.
  public var process: ProcessUsage
  /// What the control groups of this process allow.
  public var container: ContainerLimits
  /// The NVIDIA devices, or why there are none.
  public var nvidia: Figure<NVIDIADevices>

  /// Looks at everything.
  ///
  /// Takes `interval` and what the driver takes; nothing that is missing makes it fail.
  ///
  /// - Parameters:
  ///   - root: The folder that holds `/proc` and `/sys`.
  ///   - library: The library to ask for NVIDIA devices, as in `NVIDIADevices.read(library:)`.
  ///   - interval: How long the processors are watched, in seconds.
  public init(root: String = "/", library: String? = nil, interval: Double = 0.2) {
    let interval = interval.isFinite ? max(0, interval) : 0.2
    self.init(root: root, library: library, interval: interval) {
      Thread.sleep(forTimeInterval: interval)
    }
  }

  init(root: String, library: String?, interval: Double, pause: () -> Void) {
    processors = HostProcessors(
      files: SystemFiles(root: root),
      interval: interval,
      pause: pause
    )
    memory = HostMemory(root: root)
    process = ProcessUsage(root: root)
    container = ContainerLimits(root: root)
    nvidia = NVIDIADevices.read(library: library)
  }

  /// How many processors this process can keep busy; more devices gain nothing.
  ///
  /// Those online, its affinity, its container's processors and its quota (rounded up), whichever
  /// is least.
  public var usableProcessors: Figure<Int> {
    let counts = [
      processors.online.value, processors.allowed.value?.count, container.allowed.value?.count,
      container.processors.value.map { Int(min(65536, $0.rounded(.up))) },
    ]
    guard let least = counts.compactMap({ $0 }).min() else { return processors.online }
    return .known(max(1, least))
  }

  /// Bytes that this process can still take: what the machine has available, or what the
  /// container's limit leaves, whichever is less.
  public var freeMemory: Figure<Int> {
    guard let free = container.memoryFree.value else { return memory.available }
    return .known(min(free, memory.available.value ?? free))
  }
}
