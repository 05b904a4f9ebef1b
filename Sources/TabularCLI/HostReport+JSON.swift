import TabularTensor
import TabularTraining

// What `devices --json` prints: names carry the unit; a figure that is absent is null.
extension HostReport {
  var json: JSONObject {
    var whole = JSONObject()
    whole.set("usable_processors", raw: usableProcessors.value.map { "\($0)" } ?? "null")
    whole.set("free_memory_bytes", raw: freeMemory.value.map { "\($0)" } ?? "null")
    whole.set("processors", raw: processors.json.text)
    whole.set("memory", raw: memory.json.text)
    whole.set("process", raw: process.json.text)
    whole.set("container", raw: container.json.text)
    whole.set("nvidia", raw: Self.json(nvidia).text)
    return whole
  }

  private static func json(_ nvidia: Figure<NVIDIADevices>) -> JSONObject {
    var part = FiguresObject()
    part.set("driver", nvidia.flatMap(\.driver)) { jsonString($0) }
    part.set("devices", nvidia.map(\.devices)) { devices in
      "[\(devices.map(\.json.text).joined(separator: ","))]"
    }
    return part.finished
  }
}

extension HostProcessors {
  fileprivate var json: JSONObject {
    var part = FiguresObject()
    part.set("model", model) { jsonString($0) }
    part.set("online", online)
    part.set("cores", cores)
    part.set("allowed", allowed) { "\($0)" }
    part.set("load_1_5_15_min", load) { "\($0)" }
    part.set("use_fraction", use)
    part.set("interval_s", .known(interval))
    return part.finished
  }
}

extension HostMemory {
  fileprivate var json: JSONObject {
    var part = FiguresObject()
    part.set("total_bytes", total)
    part.set("available_bytes", available)
    part.set("swap_total_bytes", swapTotal)
    part.set("swap_free_bytes", swapFree)
    return part.finished
  }
}

extension ProcessUsage {
  fileprivate var json: JSONObject {
    var part = FiguresObject()
    part.set("resident_bytes", resident)
    part.set("peak_bytes", peak)
    part.set("address_space_limit_bytes", addressSpaceLimit)
    part.set("locked_memory_limit_bytes", lockedMemoryLimit)
    part.set("open_files_limit", openFilesLimit)
    return part.finished
  }
}

extension ContainerLimits {
  fileprivate var json: JSONObject {
    var part = FiguresObject()
    part.set("version", version)
    part.set("group", group) { jsonString($0) }
    part.set("memory_limit_bytes", memoryLimit)
    part.set("memory_high_bytes", memoryHigh)
    part.set("memory_in_use_bytes", memoryInUse)
    part.set("memory_peak_bytes", memoryPeak)
    part.set("memory_free_bytes", memoryFree)
    part.set("limit_hits", limitHits)
    part.set("out_of_memory", outOfMemory)
    part.set("kills", kills)
    part.set("processors", processors)
    part.set("allowed", allowed) { "\($0)" }
    return part.finished
  }
}

extension NVIDIADevice {
  fileprivate var json: JSONObject {
    var part = FiguresObject()
    part.set("index", .known(index))
    part.set("name", name) { jsonString($0) }
    part.set("use_fraction", use)
    part.set("memory_use_fraction", memoryUse)
    part.set("memory_used_bytes", memoryUsed)
    part.set("memory_total_bytes", memoryTotal)
    part.set("temperature_c", temperature)
    part.set("power_w", power)
    part.set("processes", processes) { processes in
      let objects = processes.map { process in
        var object = FiguresObject()
        object.set("pid", .known(process.id))
        object.set("memory_bytes", process.memory)
        return object.finished.text
      }
      return "[\(objects.joined(separator: ","))]"
    }
    return part.finished
  }
}

/// A JSON object of figures; under `absent` it tells why some are null.
private struct FiguresObject {
  private var object = JSONObject()
  private var absent = JSONObject()
  private var hasAbsent = false

  mutating func set<Value>(_ key: String, _ figure: Figure<Value>, _ text: (Value) -> String) {
    switch figure {
    case .known(let value): object.set(key, raw: text(value))
    case .absent(let reason):
      object.set(key, raw: "null")
      absent.set(key, reason)
      hasAbsent = true
    }
  }

  mutating func set<Value: Numeric>(_ key: String, _ figure: Figure<Value>) {
    set(key, figure) { "\($0)" }
  }

  var finished: JSONObject {
    var whole = object
    if hasAbsent { whole.set("absent", raw: absent.text) }
    return whole
  }
}
