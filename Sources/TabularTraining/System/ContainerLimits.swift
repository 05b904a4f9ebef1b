/// What the control groups of this process allow, such as a container's; sizes in bytes.
///
/// Limits hold for a group and all below it, so the smallest around this process counts. The files
/// and their meaning: `Documentation/admin-guide/cgroup-v2.rst` and `cgroup-v1/memory.rst` of Linux.
public struct ContainerLimits: Sendable, Equatable {
  /// The version of the groups that hold the memory, 1 or 2.
  public var version: Figure<Int>
  /// The kernel's name of the group that holds the memory.
  public var group: Figure<String>
  /// What the group may take; beyond it the kernel kills (`memory.max`).
  public var memoryLimit: Figure<Int>
  /// What the group may take before it is slowed down (`memory.high`; version 2).
  public var memoryHigh: Figure<Int>
  /// What the group takes, cached files included (`memory.current`).
  public var memoryInUse: Figure<Int>
  /// The most that the group took at once (`memory.peak`).
  public var memoryPeak: Figure<Int>
  /// What is left of the limit, counting cached files that were not used lately as free.
  public var memoryFree: Figure<Int>
  /// How often the limit was met (`max` in `memory.events`).
  public var limitHits: Figure<Int>
  /// How often there was no memory to be had (`oom` in `memory.events`; version 2).
  public var outOfMemory: Figure<Int>
  /// How many processes of the group were killed for it (`oom_kill` in `memory.events`).
  public var kills: Figure<Int>
  /// The processors' time that the group may take: 1.5 is one processor and a half (`cpu.max`).
  public var processors: Figure<Double>
  /// The numbers of the processors that the group may use (`cpuset.cpus.effective`).
  public var allowed: Figure<[Int]>

  /// Reads the files below `root`; what is missing or malformed is absent, with the reason.
  public init(root: String = "/") {
    let files = SystemFiles(root: root)
    let memory = ControlGroup.of("memory", files)
    version = memory.map(\.version)
    group = memory.map(\.path)
    func figure(_ read: (GroupFiles) -> Figure<Int>) -> Figure<Int> {
      memory.flatMap { read(GroupFiles(files: files, group: $0)) }
    }
    memoryLimit = figure(\.memoryLimit)
    memoryHigh = figure(\.memoryHigh)
    memoryInUse = figure(\.memoryInUse)
    memoryPeak = figure { $0.nearest($0.isSecond ? "memory.peak" : "memory.max_usage_in_bytes") }
    memoryFree = figure(\.memoryFree)
    limitHits = figure { $0.isSecond ? $0.event("max") : $0.nearest("memory.failcnt") }
    outOfMemory = figure { group in
      group.isSecond ? group.event("oom") : .absent("version 1 does not count it")
    }
    kills = figure { $0.event("oom_kill") }
    processors = ControlGroup.of("cpu", files)
      .flatMap { GroupFiles(files: files, group: $0).processors }
    allowed = ControlGroup.of("cpuset", files)
      .flatMap { GroupFiles(files: files, group: $0).allowed }
  }
}
