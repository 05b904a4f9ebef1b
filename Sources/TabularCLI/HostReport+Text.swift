import Foundation
import TabularFrame
import TabularTraining

// What `devices` prints for people: a heading a part, and what belongs to it behind.
extension HostReport {
  var lines: [String] {
    block("devices", deviceLines) + block("processors", processorLines)
      + block("memory", memoryLines) + block("process", processLines)
      + block("container", containerLines) + block("NVIDIA", nvidiaLines)
  }

  private func block(_ heading: String, _ lines: [String]) -> [String] {
    lines.enumerated().map { index, line in
      let start = index == 0 ? heading : ""
      return start + String(repeating: " ", count: 12 - start.count) + line
    }
  }

  private var deviceLines: [String] {
    guard let count = usableProcessors.value else {
      return ["cpu:0 and more, a thread each (processors: \(text(usableProcessors) { "\($0)" }))"]
    }
    let names = count == 1 ? "cpu:0, one thread" : "cpu:0 to cpu:\(count - 1), a thread each"
    return ["\(names) (train --devices \(count)); \(text(freeMemory, bytes)) free for them"]
  }

  private var processorLines: [String] {
    [
      text(processors.model, printable),
      "\(text(processors.online) { "\($0)" }) online, "
        + "\(text(processors.cores) { counted($0, "core") }); "
        + "\(text(processors.allowed) { "this process may use \($0.count)" })",
      text(processors.use) { "\(percent($0)) in use over \(processors.interval) s; " }
        + text(processors.load) { averages in
          "load " + averages.map { "\($0)" }.joined(separator: ", ") + " (1, 5, 15 minutes)"
        },
    ]
  }

  private var memoryLines: [String] {
    var line = "\(text(memory.total, bytes)) in all, \(text(memory.available, bytes)) available; "
    if memory.swapTotal.value == 0 {
      line += "no swap"
    } else {
      line += "\(text(memory.swapFree, bytes)) free of \(text(memory.swapTotal, bytes)) of swap"
    }
    return [line]
  }

  private var processLines: [String] {
    [
      "\(text(process.resident, bytes)) resident, at most \(text(process.peak, bytes)) so far",
      "limits of addresses: \(text(process.addressSpaceLimit, bytes)); "
        + "locked memory: \(text(process.lockedMemoryLimit, bytes)); "
        + "open: \(text(process.openFilesLimit) { counted($0, "file") })",
    ]
  }

  private var containerLines: [String] {
    let time =
      "processors' time: \(text(container.processors) { "that of \($0) processors" }); "
      + "it may use: \(text(container.allowed) { counted($0.count, "processor") })"
    guard let version = container.version.value else {
      return ["memory: \(text(container.version) { "\($0)" })", time]
    }
    return [
      "control groups version \(version), memory in \(text(container.group, printable))",
      "memory \(text(container.memoryInUse, bytes)) in use, "
        + "at most \(text(container.memoryPeak, bytes)) so far",
      "memory limit: \(text(container.memoryLimit, bytes)); "
        + "slowed down from: \(text(container.memoryHigh, bytes)); "
        + "left: \(text(container.memoryFree, bytes))",
      "limit met \(text(container.limitHits) { counted($0, "time") }), "
        + "out of memory \(text(container.outOfMemory) { counted($0, "time") }), "
        + "killed \(text(container.kills) { counted($0, "process", "processes") })",
      time,
    ]
  }

  private var nvidiaLines: [String] {
    guard case .known(let nvidia) = nvidia else {
      return ["none: \(nvidia.reason.map(printable) ?? "")"]
    }
    let heading =
      "\(counted(nvidia.devices.count, "device")), driver \(text(nvidia.driver, printable))"
    return [heading] + nvidia.devices.flatMap(lines(of:))
  }

  private func lines(of device: NVIDIADevice) -> [String] {
    let memory =
      device.memoryTotal.value.flatMap { total in
        device.memoryUsed.value.map { "\(bytes($0)) of \(bytes(total)) in use" }
      } ?? text(device.memoryUsed, bytes)
    let figures = [
      "\(text(device.use, percent)) in use (memory \(text(device.memoryUse, percent)))",
      "memory \(memory)", "temperature \(text(device.temperature) { "\(Int($0)) °C" })",
      "power \(text(device.power) { String(format: "%.1f W", $0) })",
    ]
    let processes = text(device.processes) { processes in
      processes.map { "process \($0.id): \(text($0.memory, bytes))" }.joined(separator: ", ")
    }
    return ["\(device.index): \(text(device.name, printable))"]
      + (figures + (processes.isEmpty ? ["no process"] : [processes])).map { "   " + $0 }
  }

  /// The figure as text, or why there is none.
  private func text<Value>(_ figure: Figure<Value>, _ show: (Value) -> String) -> String {
    guard let reason = figure.reason, reason != "no limit" else {
      return figure.value.map(show) ?? "no limit"
    }
    return "(\(printable(reason)))"
  }

  private func percent(_ part: Double) -> String { String(format: "%.0f %%", part * 100) }

  private func counted(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
    "\(count) \(count == 1 ? noun : plural ?? noun + "s")"
  }

  /// In units of 1,024.
  private func bytes(_ count: Int) -> String {
    var (amount, unit) = (Double(count), "B")
    for larger in ["KiB", "MiB", "GiB", "TiB"] where amount >= 1024 {
      (amount, unit) = (amount / 1024, larger)
    }
    return String(format: unit == "B" || amount >= 100 ? "%.0f %@" : "%.1f %@", amount, unit)
  }
}
