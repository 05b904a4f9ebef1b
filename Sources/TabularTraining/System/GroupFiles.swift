import Foundation

/// The reason where nothing limits.
let noLimit = "no limit"

/// The files of a group and of those around it.
struct GroupFiles {
  let files: SystemFiles
  let group: ControlGroup

  var isSecond: Bool { group.version == 2 }

  var memoryLimit: Figure<Int> {
    guard !isSecond else { return smallest("memory.max") }
    // Also tells of groups that this process cannot see.
    let around = value("hierarchical_memory_limit", in: "memory.stat")
    guard case .known(let around) = around, around < Self.unlimited else {
      return smallest("memory.limit_in_bytes")
    }
    return smallest("memory.limit_in_bytes", and: around)
  }

  var memoryHigh: Figure<Int> {
    isSecond ? smallest("memory.high") : .absent("version 1 has none")
  }

  var memoryInUse: Figure<Int> {
    nearest(isSecond ? "memory.current" : "memory.usage_in_bytes")
  }

  /// The least that any group around leaves.
  var memoryFree: Figure<Int> {
    let limit = memoryLimit
    guard case .known = limit else { return limit }
    let name = isSecond ? "memory.max" : "memory.limit_in_bytes"
    var least: Int?
    for folder in group.folders {
      guard case .known(let limit) = bytes("\(folder)/\(name)") else { continue }
      let use = bytes("\(folder)/\(isSecond ? "memory.current" : "memory.usage_in_bytes")")
      guard case .known(let use) = use else { return use }
      let word = isSecond ? "inactive_file " : "total_inactive_file "
      let cached = files.line(word, of: "\(folder)/memory.stat").value.flatMap { Int($0) } ?? 0
      least = min(least ?? .max, max(0, limit - use + min(max(0, cached), use)))
    }
    return least.map { .known($0) } ?? .absent("the limit is of a group that cannot be seen")
  }

  func event(_ name: String) -> Figure<Int> {
    value(name, in: isSecond ? "memory.events" : "memory.oom_control")
  }

  var processors: Figure<Double> {
    var least: Double?
    var reason = noLimit
    for folder in group.folders {
      let quota = isSecond ? quota("\(folder)/cpu.max") : quotaOfFirst(folder)
      switch quota {
      case .known(let quota): least = min(least ?? .infinity, quota)
      case .absent(noLimit): break
      case .absent(let found): reason = found
      }
    }
    // Never a larger limit than one that could not be read.
    guard reason == noLimit, let least else { return .absent(reason) }
    return .known(least)
  }

  var allowed: Figure<[Int]> {
    let names =
      isSecond ? ["cpuset.cpus.effective"] : ["cpuset.effective_cpus", "cpuset.cpus"]
    for folder in group.folders {
      for path in names.map({ "\(folder)/\($0)" }) where files.exists(path) {
        return files.text(path).flatMap { files.processors($0, in: path) }
      }
    }
    return .absent("no \(names[0])")
  }

  /// Version 1 writes the largest multiple of a page for no limit.
  private static let unlimited = 1 << 62

  /// A number of bytes or events; `max` and what stands for it is no limit.
  private func bytes(_ path: String) -> Figure<Int> {
    files.text(path).flatMap { text in
      let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
      if text == "max" { return .absent(noLimit) }
      guard let number = Int(text), number >= 0 else {
        return files.malformed(text, in: path, expected: "a number or 'max'")
      }
      return number < Self.unlimited ? .known(number) : .absent(noLimit)
    }
  }

  /// The figure of the closest group that has the file; the outermost has few.
  func nearest(_ name: String) -> Figure<Int> {
    guard let folder = group.folders.first(where: { files.exists("\($0)/\(name)") }) else {
      return .absent("no \(name)")
    }
    return bytes("\(folder)/\(name)")
  }

  private func smallest(_ name: String, and other: Int? = nil) -> Figure<Int> {
    var least = other
    for path in group.folders.map({ "\($0)/\(name)" }) where files.exists(path) {
      switch bytes(path) {
      case .known(let number): least = min(least ?? .max, number)
      case .absent(noLimit): break
      // Never a larger limit than one that could not be read.
      case .absent(let reason): return .absent(reason)
      }
    }
    return least.map { .known($0) } ?? .absent(noLimit)
  }

  /// A number behind a word in the closest group that has the file.
  private func value(_ word: String, in name: String) -> Figure<Int> {
    guard let folder = group.folders.first(where: { files.exists("\($0)/\(name)") }) else {
      return .absent("no \(name)")
    }
    let path = "\(folder)/\(name)"
    return files.line("\(word) ", of: path).flatMap { text in
      guard let number = Int(text), number >= 0 else {
        return files.malformed(text, in: path, expected: "a number after '\(word)'")
      }
      return .known(number)
    }
  }

  /// `150000 100000`: microseconds of work in each period of so many.
  private func quota(_ path: String) -> Figure<Double> {
    guard files.exists(path) else { return .absent(noLimit) }
    return files.text(path).flatMap { text in
      let parts = text.split(whereSeparator: \.isWhitespace)
      if parts.first == "max" { return .absent(noLimit) }
      guard parts.count == 2, let work = Int(parts[0]), let period = Int(parts[1]),
        work > 0, period > 0
      else { return files.malformed(text, in: path, expected: "a quota and a period") }
      return .known(Double(work) / Double(period))
    }
  }

  private func quotaOfFirst(_ folder: String) -> Figure<Double> {
    let (quota, period) = ("\(folder)/cpu.cfs_quota_us", "\(folder)/cpu.cfs_period_us")
    guard files.exists(quota) else { return .absent(noLimit) }
    return files.text(quota).flatMap { text in
      let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
      guard let work = Int(text), work != 0 else {
        return files.malformed(text, in: quota, expected: "microseconds or -1")
      }
      if work < 0 { return .absent(noLimit) }
      return bytes(period).flatMap { period in
        period > 0
          ? .known(Double(work) / Double(period)) : .absent("\(folder): a period of 0")
      }
    }
  }
}
