/// A device has less memory left than was asked for.
///
/// It can be caught, and training can go on: with fewer rows at a time, after `emptyCache()`, or on
/// another device.
public struct OutOfMemory: Error, Sendable, Equatable, CustomStringConvertible {
  /// The name of the device.
  public let device: String
  /// The bytes that were asked for.
  public let requested: Int
  /// The bytes in use.
  public let inUse: Int
  /// The bytes that the device may use.
  public let limit: Int

  /// The bytes that are left.
  public var free: Int { limit - inUse }

  /// Says what was asked for, and what there is; for devices of one's own.
  public init(device: String, requested: Int, inUse: Int, limit: Int) {
    (self.device, self.requested, self.inUse, self.limit) = (device, requested, inUse, limit)
  }

  /// One line with all figures.
  public var description: String {
    "\(device) is out of memory: \(Self.words(requested)) were asked for, \(Self.words(inUse)) of "
      + "\(Self.words(limit)) are in use, \(Self.words(free)) are free"
  }

  private static func words(_ bytes: Int) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB"]
    var (value, unit) = (Double(bytes), 0)
    while abs(value) >= 10_000, unit < units.count - 1 {
      value /= 1_000
      unit += 1
    }
    return unit == 0 ? "\(bytes) bytes" : "\(Int(value.rounded())) \(units[unit])"
  }
}

/// What a device's memory is used for, in bytes.
public struct DeviceMemoryUse: Sendable, Equatable {
  /// What is in use.
  public var inUse = 0
  /// What was given back and is kept for the next who asks.
  public var cached = 0
  /// The most that was in use at once.
  public var peak = 0
  /// What may be in use and cached at most; nil for as much as there is.
  public var limit: Int?

  /// Nothing is used yet.
  public init(limit: Int? = nil) { self.limit = limit }
}
