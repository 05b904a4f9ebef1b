import Foundation

/// The processors of this machine, and how busy they are.
///
/// Read from `/proc/cpuinfo`, `/proc/loadavg`, `/proc/stat`, `/proc/self/status` and
/// `/sys/devices/system/cpu`; see proc(5).
public struct HostProcessors: Sendable, Equatable {
  /// The model's name, of the first processor.
  public var model: Figure<String>
  /// How many processors are online; hardware threads count one each.
  public var online: Figure<Int>
  /// How many cores those are.
  public var cores: Figure<Int>
  /// The numbers of the processors that this process may run on (its affinity).
  public var allowed: Figure<[Int]>
  /// How many processes ran or waited for a processor or a disk: averages of 1, 5 and 15 minutes.
  public var load: Figure<[Double]>
  /// The part of all processors' time that was worked, 0 to 1, over `interval`.
  ///
  /// Time that another guest of the machine took, and time spent waiting for a disk, is not work.
  public var use: Figure<Double>
  /// How long `use` was looked at, in seconds.
  public var interval: Double

  init(files: SystemFiles, interval: Double, pause: () -> Void) {
    let before = Self.times(files)
    let description = files.text("/proc/cpuinfo")
    model = description.flatMap { text in
      guard let name = Self.values("model name", in: text).first else {
        return .absent("/proc/cpuinfo has no 'model name'")
      }
      return .known(name)
    }
    online = Self.online(files, description: description)
    cores = Self.cores(files, description: description)
    let status = "/proc/self/status"
    allowed = files.line("Cpus_allowed_list:", of: status)
      .flatMap { files.processors($0, in: status) }
    load = Self.load(files)
    self.interval = interval
    guard case .known = before else {
      use = before.map { $0.busy }
      return
    }
    pause()
    use = before.flatMap { first in Self.times(files).flatMap { Self.use(from: first, to: $0) } }
  }

  /// What each processor says under a name.
  private static func values(_ name: String, in text: String) -> [String] {
    text.split(separator: "\n").compactMap { line in
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == name else {
        return nil
      }
      return parts[1].trimmingCharacters(in: .whitespaces)
    }
  }

  private static func online(
    _ files: SystemFiles,
    description: Figure<String>
  ) -> Figure<Int> {
    let path = "/sys/devices/system/cpu/online"
    if case .known(let text) = files.text(path) {
      return files.processors(text, in: path).map(\.count)
    }
    // Sandboxes often show no /sys.
    return description.flatMap { text in
      let count = values("processor", in: text).count
      return count > 0 ? .known(count) : .absent("/proc/cpuinfo has no 'processor'")
    }
  }

  /// Processors that share a core are told in each other's lists.
  ///
  /// Virtual machines number their cores in `/proc/cpuinfo` as they like, so it comes second: one
  /// of 16 processors said 0 and 1 there.
  private static func cores(
    _ files: SystemFiles,
    description: Figure<String>
  ) -> Figure<Int> {
    let folder = "/sys/devices/system/cpu"
    if case .known(let online) = files.text("\(folder)/online"),
      case .known(let numbers) = files.processors(online, in: folder)
    {
      let lists = numbers.compactMap { number -> String? in
        guard
          case .known(let list) = files.text("\(folder)/cpu\(number)/topology/core_cpus_list")
        else { return nil }
        return list
      }
      if !lists.isEmpty && lists.count == numbers.count { return .known(Set(lists).count) }
    }
    return description.flatMap { text in
      let pairs = zip(values("physical id", in: text), values("core id", in: text))
      let cores = Set(pairs.map { "\($0) \($1)" }).count
      return cores > 0 ? .known(cores) : .absent("/proc/cpuinfo does not name cores")
    }
  }

  private static func load(_ files: SystemFiles) -> Figure<[Double]> {
    files.text("/proc/loadavg").flatMap { text in
      let numbers = text.split(separator: " ").prefix(3).compactMap { Double($0) }
      guard numbers.count == 3, numbers.allSatisfy({ $0.isFinite && $0 >= 0 }) else {
        return files.malformed(text, in: "/proc/loadavg", expected: "three averages")
      }
      return .known(numbers)
    }
  }

  /// Time since the start of the machine, in the kernel's ticks, of all processors together.
  private struct Times {
    var busy: Double
    var total: Double
  }

  private static func times(_ files: SystemFiles) -> Figure<Times> {
    files.line("cpu ", of: "/proc/stat").flatMap { text in
      // user nice system idle iowait irq softirq steal; what guests took is in user already.
      let ticks = text.split(separator: " ").prefix(8).compactMap { UInt64($0) }.map(Double.init)
      guard ticks.count >= 4 else {
        return files.malformed(text, in: "/proc/stat", expected: "ticks after 'cpu'")
      }
      let idle = [3, 4, 7].filter { $0 < ticks.count }.reduce(0) { $0 + ticks[$1] }
      let total = ticks.reduce(0, +)
      return .known(Times(busy: total - idle, total: total))
    }
  }

  private static func use(from first: Times, to second: Times) -> Figure<Double> {
    let total = second.total - first.total
    guard total > 0 else { return .absent("no time passed in /proc/stat") }
    return .known(min(1, max(0, (second.busy - first.busy) / total)))
  }
}
