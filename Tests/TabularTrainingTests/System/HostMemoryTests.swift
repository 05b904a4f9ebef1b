import Testing

@testable import TabularTraining

struct HostMemoryTests {
  @Test func readsMemoryInBytes() throws {
    let tree = try SystemTree([
      "/proc/meminfo":
        "MemTotal:       24684092 kB\nMemFree: 1 kB\nMemAvailable:   24118348 kB\n"
        + "SwapTotal:    2048 kB\nSwapFree:    1024 kB\n"
    ])
    let memory = tree.read(HostMemory.init(root:))
    #expect(memory.total == .known(24_684_092 * 1024))
    #expect(memory.available == .known(24_118_348 * 1024))
    #expect(memory.swapTotal == .known(2 << 20) && memory.swapFree == .known(1 << 20))
  }

  @Test(
    arguments: [
      "12", "12 MB", "x kB", "-1 kB", "9223372036854775807 kB", "99999999999999999999 kB",
    ]
  )
  func refusesMalformedSizes(_ size: String) throws {
    let tree = try SystemTree(["/proc/meminfo": "MemTotal: \(size)\n"])
    let memory = tree.read(HostMemory.init(root:))
    #expect(
      memory.total.reason == "/proc/meminfo: expected kB after 'MemTotal:', found '\(size)'"
    )
    #expect(memory.available == .absent("/proc/meminfo has no 'MemAvailable:'"))
  }

  @Test func readsTheProcessAndItsLimits() throws {
    let tree = try SystemTree([
      "/proc/self/status": "VmPeak:\t   900 kB\nVmHWM:\t   200 kB\nVmRSS:\t   100 kB\n",
      "/proc/self/limits": """
      Limit                     Soft Limit           Hard Limit           Units
      Max address space         unlimited            unlimited            bytes
      Max locked memory         65536                131072               bytes
      Max open files            lots                 524288               files
      """,
    ])
    let process = tree.read(ProcessUsage.init(root:))
    #expect(process.resident == .known(102_400) && process.peak == .known(204_800))
    #expect(process.addressSpaceLimit == .absent("no limit"))
    #expect(process.lockedMemoryLimit == .known(65_536))
    #expect(
      process.openFilesLimit.reason
        == "/proc/self/limits: expected a limit after 'Max open files', found "
        + "'lots                 524288               files'"
    )
  }

  @Test func thisProcessIsResident() throws {
    let process = ProcessUsage()
    let resident = try #require(process.resident.value)
    #expect(resident > 1 << 20)
    #expect(try #require(process.peak.value) >= resident)
  }
}
