/// The NVIDIA devices of this machine, as its driver tells through NVML.
public struct NVIDIADevices: Sendable, Equatable {
  /// The driver's version, such as `580.95.05`.
  public var driver: Figure<String>
  /// The devices in the driver's order.
  public var devices: [NVIDIADevice]

  /// Asks the driver's library, which is loaded now; absent where there is none, or it fails.
  ///
  /// A figure that a device does not give is absent alone, with the driver's reason.
  ///
  /// - Parameter library: The library to load; where nil, the one that the environment variable
  ///   `TABULAR_NVML` names, else `libnvidia-ml.so.1` from where the loader looks.
  /// - Returns: The devices, which may be none, or the reason why nobody can tell.
  public static func read(library: String? = nil) -> Figure<NVIDIADevices> {
    NVML.open(library ?? NVML.usualLibrary).flatMap { nvml in
      nvml.count.map { count in
        NVIDIADevices(
          driver: nvml.driverVersion,
          devices: (0..<count).map { NVIDIADevice(index: $0, nvml.handle($0), nvml) }
        )
      }
    }
  }
}

/// One NVIDIA device, and what it does.
public struct NVIDIADevice: Sendable, Equatable {
  /// The driver's number of the device, from 0.
  public var index: Int
  /// The name of the product.
  public var name: Figure<String>
  /// The part of the last sample period in which the device worked, 0 to 1.
  public var use: Figure<Double>
  /// The part of that period in which its memory was read or written, 0 to 1.
  public var memoryUse: Figure<Double>
  /// Bytes of memory that are taken, what the driver reserves included.
  public var memoryUsed: Figure<Int>
  /// Bytes of memory in all.
  public var memoryTotal: Figure<Int>
  /// Degrees Celsius of the die.
  public var temperature: Figure<Double>
  /// Watts that the device takes.
  public var power: Figure<Double>
  /// The processes that compute on the device.
  public var processes: Figure<[DeviceProcess]>

  /// A process that computes on a device.
  public struct DeviceProcess: Sendable, Equatable {
    /// The process's number, as the driver counts: that of the host, for a container.
    public var id: Int
    /// Bytes of the device's memory that it takes.
    public var memory: Figure<Int>
  }

  init(index: Int, _ handle: Figure<NVML.Handle>, _ nvml: NVML) {
    self.index = index
    name = handle.flatMap(nvml.name)
    let rates = handle.flatMap(nvml.utilization)
    use = rates.map { Double($0.device) / 100 }
    memoryUse = rates.map { Double($0.memory) / 100 }
    let memory = handle.flatMap(nvml.memory)
    memoryUsed = memory.map(\.used)
    memoryTotal = memory.map(\.total)
    temperature = handle.flatMap(nvml.temperature)
    power = handle.flatMap(nvml.power).map { Double($0) / 1000 }
    processes = handle.flatMap(nvml.processes)
      .map { $0.map { DeviceProcess(id: $0.id, memory: $0.memory) } }
  }
}
