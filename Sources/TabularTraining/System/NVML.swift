import Foundation

/// NVIDIA's management library, loaded while the program runs: all unsafe code about it is here.
///
/// Names, signatures and layouts are those of NVIDIA's `nvml.h`, version 13; older names stand in
/// for those that a driver lacks. What keeps the calls sound:
/// - A symbol is called with the signature that the header gives its very name.
/// - A pointer that is handed out lives for the call, and has room for all that the header says the
///   call may write; a count that comes back is cut to the room there was.
/// - The library stays loaded, so that no address of it outlives it.
/// - A value is read only after a call said that it succeeded.
/// - One thread has the object, from `open` to the end of a reading.
final class NVML {
  /// The driver's own address of a device; nothing here looks behind it.
  struct Handle { fileprivate let address: UnsafeMutableRawPointer? }

  private typealias Plain = @convention(c) () -> UInt32
  private typealias Into = @convention(c) (UnsafeMutableRawPointer) -> UInt32
  private typealias Text = @convention(c) (UnsafeMutableRawPointer, UInt32) -> UInt32
  private typealias ByIndex = @convention(c) (UInt32, UnsafeMutableRawPointer) -> UInt32
  private typealias OfDevice =
    @convention(c) (UnsafeMutableRawPointer?, UnsafeMutableRawPointer) -> UInt32
  private typealias TextOfDevice =
    @convention(c) (UnsafeMutableRawPointer?, UnsafeMutableRawPointer, UInt32) -> UInt32
  private typealias SensorOfDevice =
    @convention(c) (UnsafeMutableRawPointer?, UInt32, UnsafeMutableRawPointer) -> UInt32
  private typealias ListOfDevice =
    @convention(c) (UnsafeMutableRawPointer?, UnsafeMutablePointer<UInt32>, UnsafeMutableRawPointer)
    -> UInt32
  private typealias ErrorText = @convention(c) (UInt32) -> UnsafePointer<CChar>?

  // Of nvmlReturn_t.
  private static let success: UInt32 = 0
  private static let insufficientSize: UInt32 = 7
  private static let functionNotFound: UInt32 = 13

  private let path: String
  private let library: UnsafeMutableRawPointer

  private init(path: String, library: UnsafeMutableRawPointer) {
    self.path = path
    self.library = library
  }

  deinit {
    // Only what was begun is here to be ended. A failure changes nothing any more.
    if case .known(let end) = symbol("nvmlShutdown", as: Plain.self) { _ = end() }
  }

  /// The library that is asked where nobody names one.
  static var usualLibrary: String {
    let named = ProcessInfo.processInfo.environment["TABULAR_NVML"] ?? ""
    return named.isEmpty ? "libnvidia-ml.so.1" : named
  }

  /// Loads the library, and begins.
  static func open(_ path: String) -> Figure<NVML> {
    guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
      return .absent(dlerror().map { String(cString: $0) } ?? "\(path) cannot be loaded")
    }
    return begin(path, library)
  }

  private static func begin(_ path: String, _ library: UnsafeMutableRawPointer) -> Figure<NVML> {
    for name in ["nvmlInit_v2", "nvmlInit"] {
      guard let address = dlsym(library, name) else { continue }
      let code = unsafeBitCast(address, to: Plain.self)()
      if code == success { return .known(NVML(path: path, library: library)) }
      return .absent(message(name, code, library))
    }
    return .absent("\(path) has no nvmlInit_v2")
  }

  var count: Figure<Int> {
    numbers(1, of: UInt32.self, by: ["nvmlDeviceGetCount_v2", "nvmlDeviceGetCount"], as: Into.self)
    {
      $0($1)
    }
    // More than any machine has is not believed.
    .flatMap { $0[0] <= 4096 ? .known(Int($0[0])) : .absent("\(path) tells of \($0[0]) devices") }
  }

  var driverVersion: Figure<String> {
    text(by: "nvmlSystemGetDriverVersion", as: Text.self) { $0($1, $2) }
  }

  func handle(_ index: Int) -> Figure<Handle> {
    let names = ["nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetHandleByIndex"]
    return numbers(1, of: UInt.self, by: names, as: ByIndex.self) { $0(UInt32(index), $1) }
      .map { Handle(address: UnsafeMutableRawPointer(bitPattern: $0[0])) }
  }

  func name(_ device: Handle) -> Figure<String> {
    text(by: "nvmlDeviceGetName", as: TextOfDevice.self) { $0(device.address, $1, $2) }
  }

  /// Percents.
  func utilization(_ device: Handle) -> Figure<(device: Int, memory: Int)> {
    numbers(2, of: UInt32.self, by: ["nvmlDeviceGetUtilizationRates"], as: OfDevice.self) {
      $0(device.address, $1)
    }
    .map { (Int($0[0]), Int($0[1])) }
  }

  /// Bytes.
  func memory(_ device: Handle) -> Figure<(total: Int, used: Int)> {
    // Total, free, used.
    numbers(3, of: UInt64.self, by: ["nvmlDeviceGetMemoryInfo"], as: OfDevice.self) {
      $0(device.address, $1)
    }
    .map { (Int(clamping: $0[0]), Int(clamping: $0[2])) }
  }

  /// Degrees Celsius of sensor 0, the die.
  func temperature(_ device: Handle) -> Figure<Double> {
    let old = numbers(1, of: UInt32.self, by: ["nvmlDeviceGetTemperature"], as: SensorOfDevice.self)
    {
      $0(device.address, 0, $1)
    }
    // Deprecated since version 13: where it is no more, its successor has version, sensor, degrees.
    guard case .absent = old, dlsym(library, "nvmlDeviceGetTemperatureV") != nil else {
      return old.map { Double($0[0]) }
    }
    let version = UInt32(3 * MemoryLayout<UInt32>.size) | 1 << 24
    return numbers(
      3,
      of: UInt32.self,
      first: version,
      by: ["nvmlDeviceGetTemperatureV"],
      as: OfDevice.self
    ) { $0(device.address, $1) }
    .map { Double(Int32(bitPattern: $0[2])) }
  }

  /// Milliwatts.
  func power(_ device: Handle) -> Figure<Int> {
    numbers(1, of: UInt32.self, by: ["nvmlDeviceGetPowerUsage"], as: OfDevice.self) {
      $0(device.address, $1)
    }
    .map { Int($0[0]) }
  }

  /// The processes that compute on a device, with their bytes.
  func processes(_ device: Handle) -> Figure<[(id: Int, memory: Figure<Int>)]> {
    // A row is the id and, at byte 8, the memory. The newer have two more numbers.
    let versions = [("_v3", 24), ("_v2", 24), ("", 16)]
    for (version, rowBytes) in versions {
      let name = "nvmlDeviceGetComputeRunningProcesses" + version
      guard case .known(let function) = symbol(name, as: ListOfDevice.self) else { continue }
      let (code, rows) = list(rowBytes) { function(device.address, $0, $1) }
      if code == Self.functionNotFound { continue }
      return code == Self.success ? .known(rows) : .absent(Self.message(name, code, library))
    }
    return .absent("\(path) has no nvmlDeviceGetComputeRunningProcesses_v3")
  }

  private func list(
    _ rowBytes: Int,
    by call: (UnsafeMutablePointer<UInt32>, UnsafeMutableRawPointer) -> UInt32
  ) -> (code: UInt32, rows: [(id: Int, memory: Figure<Int>)]) {
    // Early drivers 535 write rows of 32 bytes under the newest name (nvitop, pull request 79): there
    // is room for them, and they are known by having written into what was filled with a mark.
    let (widest, mark) = (32, UInt8(0xA5))
    var room: UInt32 = 32
    var code = Self.success
    // New processes may start between a call that says how many there are and the next.
    for _ in 0..<4 {
      var bytes = [UInt8](repeating: mark, count: Int(room) * widest)
      var count = room
      code = bytes.withUnsafeMutableBytes { buffer in
        guard let base = buffer.baseAddress else { return Self.insufficientSize }
        return call(&count, base)
      }
      guard code == Self.insufficientSize else {
        guard code == Self.success else { return (code, []) }
        let rows = Int(min(count, room))
        let wide = bytes[rows * rowBytes..<rows * widest].contains { $0 != mark }
        let stride = wide ? widest : rowBytes
        return (
          code,
          bytes.withUnsafeBytes { buffer in
            (0..<rows).map { row in
              let id = buffer.loadUnaligned(fromByteOffset: row * stride, as: UInt32.self)
              let used = buffer.loadUnaligned(fromByteOffset: row * stride + 8, as: UInt64.self)
              // NVML_VALUE_NOT_AVAILABLE
              return (
                Int(id), used == .max ? .absent("not available") : .known(Int(clamping: used))
              )
            }
          }
        )
      }
      room = min(max(room, count), 1 << 16) + 16
    }
    return (code, [])
  }

  /// Calls the first function that there is; it writes `count` numbers where the last argument says.
  private func numbers<Number: FixedWidthInteger, Function>(
    _ count: Int,
    of type: Number.Type,
    first: Number = 0,
    by names: [String],
    as function: Function.Type,
    call: (Function, UnsafeMutableRawPointer) -> UInt32
  ) -> Figure<[Number]> {
    for name in names {
      guard case .known(let function) = symbol(name, as: function) else { continue }
      var numbers = [Number](repeating: 0, count: count)
      numbers[0] = first
      let code = numbers.withUnsafeMutableBytes { bytes in
        bytes.baseAddress.map { call(function, $0) } ?? Self.insufficientSize
      }
      guard code == Self.success else { return .absent(Self.message(name, code, library)) }
      return .known(numbers)
    }
    return .absent("\(path) has no \(names[0])")
  }

  /// Calls a function that writes a text, given its room.
  private func text<Function>(
    by name: String,
    as function: Function.Type,
    call: (Function, UnsafeMutableRawPointer, UInt32) -> UInt32
  ) -> Figure<String> {
    symbol(name, as: function).flatMap { function in
      // The header's longest is 96; the byte behind the room ends a text that fills it.
      let room = 96
      var bytes = [UInt8](repeating: 0, count: room + 1)
      let code = bytes.withUnsafeMutableBytes { buffer in
        buffer.baseAddress.map { call(function, $0, UInt32(room)) } ?? Self.insufficientSize
      }
      guard code == Self.success else { return .absent(Self.message(name, code, library)) }
      return .known(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
    }
  }

  private func symbol<Function>(_ name: String, as type: Function.Type) -> Figure<Function> {
    guard let address = dlsym(library, name) else { return .absent("\(path) has no \(name)") }
    return .known(unsafeBitCast(address, to: type))
  }

  /// What a call answered, in the library's words.
  private static func message(
    _ name: String,
    _ code: UInt32,
    _ library: UnsafeMutableRawPointer
  ) -> String {
    var words = "error"
    if let address = dlsym(library, "nvmlErrorString"),
      let text = unsafeBitCast(address, to: ErrorText.self)(code)
    {
      words = String(cString: text).split(whereSeparator: \.isNewline).joined(separator: " ")
    }
    return "\(name): \(words) (\(code))"
  }
}
