import Testing

@testable import TabularTraining

struct HostReportTests {
  private func report(_ files: [String: String]) throws -> HostReport {
    try SystemTree(files).read { HostReport(root: $0, library: "/nowhere.so", interval: 0) {} }
  }

  private static let machine = [
    "/sys/devices/system/cpu/online": "0-7\n",
    "/proc/self/status": "Cpus_allowed_list:\t0-5\n",
    "/proc/meminfo": "MemTotal: 8000 kB\nMemAvailable: 4000 kB\n",
    "/sys/fs/cgroup/cgroup.controllers": "cpu memory\n",
  ]

  @Test(
    arguments: [
      ([:], 6),
      (["cpuset.cpus.effective": "0-3\n"], 4),
      (["cpuset.cpus.effective": "0-3\n", "cpu.max": "150000 100000"], 2),
      (["cpu.max": "10000 100000"], 1),
      (["cpu.max": "max 100000"], 6),
      (["cpu.max": "9000000000000000000 1"], 6),
    ] as [([String: String], Int)]
  )
  func theLeastOfAllProcessorsIsUsable(_ group: [String: String], _ expected: Int) throws {
    var files = Self.machine
    for (name, text) in group { files["/sys/fs/cgroup/\(name)"] = text }
    #expect(try report(files).usableProcessors == .known(expected))
  }

  @Test func freeMemoryIsTheLesserOfMachineAndContainer() throws {
    var files = Self.machine
    #expect(try report(files).freeMemory == .known(4000 * 1024))
    files["/sys/fs/cgroup/memory.max"] = "3000000\n"
    files["/sys/fs/cgroup/memory.current"] = "1000000\n"
    #expect(try report(files).freeMemory == .known(2_000_000))
    files["/sys/fs/cgroup/memory.max"] = "3000000000\n"
    #expect(try report(files).freeMemory == .known(4000 * 1024))
    files["/proc/meminfo"] = nil
    #expect(try report(files).freeMemory == .known(2_999_000_000))
  }

  @Test func nothingIsThere() throws {
    let report = try report([:])
    #expect(report.usableProcessors.value == nil && report.freeMemory.value == nil)
    #expect(report.nvidia.value == nil)
  }

  @Test func thisMachine() throws {
    let report = HostReport(interval: 0.05)
    #expect(try #require(report.usableProcessors.value) >= 1)
    #expect(try #require(report.freeMemory.value) > 0)
    #expect(try #require(report.memory.total.value) >= report.memory.available.value ?? 0)
    let load = try #require(report.processors.load.value)
    #expect(load.count == 3)
  }

  @Test func figuresReadAsTextTheirReasonToo() {
    let known = Figure.known(3)
    let absent = Figure<Int>.absent("no limit")
    #expect("\(known) \(absent)" == "3 (no limit)")
    #expect(known.map { $0 * 2 } == .known(6) && absent.map { $0 * 2 } == .absent("no limit"))
    #expect(known.flatMap { _ in absent } == absent && absent.flatMap { _ in known } == absent)
    #expect(known.reason == nil && absent.value == nil && absent.reason == "no limit")
  }
}
