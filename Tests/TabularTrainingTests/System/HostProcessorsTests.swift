import Foundation
import Testing

@testable import TabularTraining

struct HostProcessorsTests {
  /// Two cores of two threads each, as Linux describes them.
  private static let cpuinfo = (0..<4).map {
    "processor\t: \($0)\nmodel name\t: Made Up 9000 @ 1.00GHz\nphysical id\t: 0\n"
      + "core id\t\t: \($0 % 2)\n"
  }.joined(separator: "\n")

  private func processors(
    _ tree: SystemTree,
    pause: () -> Void = {}
  ) -> HostProcessors {
    tree.read { HostProcessors(files: SystemFiles(root: $0), interval: 0, pause: pause) }
  }

  @Test func readsWhatTheKernelTells() throws {
    let tree = try SystemTree([
      "/proc/cpuinfo": Self.cpuinfo,
      "/proc/loadavg": "2.44 3.25 3.29 1/85 12614\n",
      "/proc/stat": "cpu  100 10 20 800 50 0 10 10 5 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n",
      "/proc/self/status": "Name:\tx\nCpus_allowed:\t7\nCpus_allowed_list:\t0-1,3\n",
      "/sys/devices/system/cpu/online": "0-3\n",
    ])
    let read = processors(tree) {
      // 60 ticks of user, system and interrupts; 20 idle, 12 waiting for a disk, 8 stolen.
      try? tree.write("/proc/stat", "cpu  130 10 40 820 62 4 16 18 5 0\n")
    }
    #expect(read.model == .known("Made Up 9000 @ 1.00GHz"))
    #expect(read.online == .known(4) && read.cores == .known(2))
    #expect(read.allowed == .known([0, 1, 3]))
    #expect(read.load == .known([2.44, 3.25, 3.29]))
    #expect(read.use == .known(0.6))
  }

  /// As on a virtual machine with a GPU: 4 processors, each alone on its core, of which
  /// `/proc/cpuinfo` says 0 and 1.
  @Test func countsCoresByTheirLists() throws {
    let tree = try SystemTree([
      "/proc/cpuinfo": Self.cpuinfo, "/sys/devices/system/cpu/online": "0-3\n",
    ])
    for cpu in 0..<3 {
      try tree.write("/sys/devices/system/cpu/cpu\(cpu)/topology/core_cpus_list", "\(cpu)\n")
    }
    // One list is missing: none counts.
    #expect(processors(tree).cores == .known(2))
    try tree.write("/sys/devices/system/cpu/cpu3/topology/core_cpus_list", "3\n")
    #expect(processors(tree).cores == .known(4))
    for cpu in 2...3 {
      try tree.write("/sys/devices/system/cpu/cpu\(cpu)/topology/core_cpus_list", "2-3\n")
    }
    #expect(processors(tree).cores == .known(3))
  }

  @Test func saysWhatIsMissing() throws {
    let read = processors(try SystemTree())
    #expect(read.model == .absent("there is no /proc/cpuinfo"))
    #expect(read.online == .absent("there is no /proc/cpuinfo"))
    #expect(read.load == .absent("there is no /proc/loadavg"))
    #expect(read.use == .absent("there is no /proc/stat"))
    #expect(read.allowed == .absent("there is no /proc/self/status"))
  }

  @Test func aSandboxWithoutSysCountsDescriptions() throws {
    let tree = try SystemTree(["/proc/cpuinfo": "processor : 0\n\nprocessor : 1\n"])
    let read = processors(tree)
    #expect(read.online == .known(2))
    #expect(read.model == .absent("/proc/cpuinfo has no 'model name'"))
    #expect(read.cores == .absent("/proc/cpuinfo does not name cores"))
  }

  @Test func aClockThatStandsGivesNoUse() throws {
    let read = processors(try SystemTree(["/proc/stat": "cpu  1 2 3 4\n"]))
    #expect(read.use == .absent("no time passed in /proc/stat"))
  }

  @Test(arguments: [
    "", "a", "0-", "-3", "3-1", "0,,1", "0-99999999999", "1-2-3", "0-4000000000000",
  ])
  func refusesMalformedLists(_ list: String) throws {
    let read = processors(try SystemTree(["/sys/devices/system/cpu/online": list + "\n"]))
    #expect(
      read.online.reason
        == "/sys/devices/system/cpu/online: expected a list of processors, found '\(list)'"
    )
  }

  @Test(arguments: ["1.0 2.0", "a b c", "nan 1 1", "-1 0 0"])
  func refusesMalformedLoads(_ text: String) throws {
    let read = processors(try SystemTree(["/proc/loadavg": text]))
    #expect(read.load.reason == "/proc/loadavg: expected three averages, found '\(text)'")
  }

  @Test(arguments: ["cpu  1 2 3", "cpu  x y z w"])
  func refusesMalformedTicks(_ text: String) throws {
    let read = processors(try SystemTree(["/proc/stat": text]))
    #expect(read.use.reason?.hasPrefix("/proc/stat: expected ticks after 'cpu', found '") == true)
  }
}
