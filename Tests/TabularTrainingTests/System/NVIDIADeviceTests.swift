import Foundation
import Testing

@testable import TabularTraining

@Suite(.enabled(if: FakeNVML.compiler != nil, "no C compiler to build a library with"))
struct NVIDIADeviceTests {
  private func devices(_ library: FakeNVML) throws -> [NVIDIADevice] {
    let read = library.devices
    return try #require(read.value, "\(read.reason ?? "")").devices
  }

  @Test func twoDevices() throws {
    let library = try FakeNVML()
    let read = try #require(library.devices.value)
    #expect(read.driver == .known("580.95.05"))
    #expect(read.devices.map(\.index) == [0, 1])
    let (first, second) = (read.devices[0], read.devices[1])
    #expect(first.name == .known("Fake \"100\"") && second.name == .known("Fake \"101\""))
    #expect(first.use == .known(0.73) && second.use == .known(0.74))
    #expect(first.memoryUse == .known(0.12))
    #expect(first.memoryTotal == .known(85_899_345_920))
    #expect(first.memoryUsed == .known(10_000_000_000))
    #expect(second.memoryUsed == .known(10_000_000_001))
    #expect(first.temperature == .known(41))
    #expect(first.power == .known(123.45))
    #expect(
      first.processes.value
        == (0..<3).map {
          NVIDIADevice.DeviceProcess(id: 4000 + $0, memory: .known(1_000_000_000 * ($0 + 1)))
        }
    )
    // One figure fails; the others are there.
    #expect(second.temperature == .absent("nvmlDeviceGetTemperature: Not Supported (3)"))
    #expect(second.power == .known(123.451))
    #expect(second.processes.value == [.init(id: 4000, memory: .absent("not available"))])
    #expect(library.isShutDown)
  }

  /// The same figures from a library that has older names only, and from one whose rows are wider
  /// than the header says.
  @Test(arguments: ["OLD", "SECOND", "WIDE"])
  func otherVersionsGiveTheSame(_ version: String) throws {
    let expected = try devices(try FakeNVML())
    #expect(try devices(try FakeNVML(version)) == expected)
  }

  @Test func theNewerNameForTemperature() throws {
    let found = try devices(try FakeNVML("SENSOR"))
    #expect(found.map(\.temperature) == [.known(-4), .known(-5)])
  }

  @Test func moreProcessesThanThereWasRoomFor() throws {
    let library = try FakeNVML("MANY")
    let read = try #require(library.devices.value)
    let processes = try #require(read.devices[0].processes.value)
    #expect(processes.map(\.id) == Array(4000..<5000))
    #expect(processes.last?.memory == .known(1_000_000_000_000))
    // A text without an end is cut where its room ends.
    #expect(read.driver == .known(String(repeating: "5", count: 96)))
  }

  @Test func aLibraryThatLacksFunctions() throws {
    let library = try FakeNVML("FEW")
    let read = try #require(library.devices.value)
    #expect(read.driver == .absent("\(library.path) has no nvmlSystemGetDriverVersion"))
    let device = read.devices[0]
    #expect(device.name == .known("Fake \"100\""))
    #expect(device.use == .absent("\(library.path) has no nvmlDeviceGetUtilizationRates"))
    #expect(device.memoryUsed == .absent("\(library.path) has no nvmlDeviceGetMemoryInfo"))
    #expect(device.temperature == .absent("\(library.path) has no nvmlDeviceGetTemperature"))
    #expect(device.power == .absent("\(library.path) has no nvmlDeviceGetPowerUsage"))
    #expect(
      device.processes.reason
        == "\(library.path) has no nvmlDeviceGetComputeRunningProcesses_v3"
    )
  }

  @Test func aDeviceThatIsLost() throws {
    let found = try devices(try FakeNVML("LOST"))
    #expect(found[0].name.value != nil)
    let reason = "nvmlDeviceGetHandleByIndex_v2: GPU is lost (15)"
    #expect(found[1].name == .absent(reason) && found[1].processes == .absent(reason))
  }

  @Test func librariesThatCannotBeUsed() throws {
    let noInit = try FakeNVML("NOINIT")
    #expect(
      noInit.devices == .absent("\(noInit.path) has no nvmlInit_v2")
    )
    let refuses = try FakeNVML("REFUSES")
    #expect(
      refuses.devices
        == .absent("nvmlInit_v2: Driver Not Loaded (9)")
    )
    #expect(!noInit.isShutDown && !refuses.isShutDown)
    let crowded = try FakeNVML("CROWDED")
    #expect(
      crowded.devices
        == .absent("\(crowded.path) tells of 4000000000 devices")
    )
    #expect(crowded.isShutDown)
  }

  @Test func noLibrary() throws {
    let reason = try #require(NVIDIADevices.read(library: "/nowhere/libnvidia-ml.so.1").reason)
    #expect(reason.hasPrefix("/nowhere/libnvidia-ml.so.1: cannot open shared object file"))
    let tree = try SystemTree(["/text.so": "not a library"])
    let other = try #require(tree.read { NVIDIADevices.read(library: $0 + "/text.so").reason })
    #expect(other.contains("text.so") && !other.contains("\n"))
  }
}
