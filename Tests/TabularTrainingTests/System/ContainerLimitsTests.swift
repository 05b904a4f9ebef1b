import Testing

@testable import TabularTraining

/// Trees as Linux shows them to a process in a container, or outside one.
struct ContainerLimitsTests {
  private static let second = "/sys/fs/cgroup"
  /// One line of `/proc/self/mountinfo`.
  private static func mount(_ root: String, _ point: String, _ type: String, _ options: String)
    -> String
  {
    "31 23 0:28 \(root) \(point) rw,relatime shared:9 - \(type) \(type) rw,\(options)\n"
  }

  @Test func versionTwoInAContainersOwnView() throws {
    let tree = try SystemTree([
      "/proc/self/mountinfo": Self.mount("/", Self.second, "cgroup2", "nsdelegate"),
      "/proc/self/cgroup": "0::/\n",
      "\(Self.second)/memory.max": "1073741824\n",
      "\(Self.second)/memory.high": "max\n",
      "\(Self.second)/memory.current": "536870912\n",
      "\(Self.second)/memory.peak": "805306368\n",
      "\(Self.second)/memory.stat": "anon 1\nfile 2\ninactive_file 268435456\n",
      "\(Self.second)/memory.events":
        "low 0\nhigh 4\nmax 17\noom 3\noom_kill 2\noom_group_kill 0\n",
      "\(Self.second)/cpu.max": "150000 100000\n",
      "\(Self.second)/cpuset.cpus.effective": "0-2,7\n",
    ])
    let limits = tree.read(ContainerLimits.init(root:))
    #expect(limits.version == .known(2) && limits.group == .known("/"))
    #expect(limits.memoryLimit == .known(1 << 30))
    #expect(limits.memoryHigh == .absent("no limit"))
    #expect(limits.memoryInUse == .known(512 << 20) && limits.memoryPeak == .known(768 << 20))
    // 1 GiB less 512 MiB, of which 256 MiB are cached files that go when they must.
    #expect(limits.memoryFree == .known(768 << 20))
    #expect(limits.limitHits == .known(17) && limits.outOfMemory == .known(3))
    #expect(limits.kills == .known(2))
    #expect(limits.processors == .known(1.5) && limits.allowed == .known([0, 1, 2, 7]))
  }

  @Test func theSmallestLimitAroundCounts() throws {
    let (outer, inner) = ("\(Self.second)/user.slice", "\(Self.second)/user.slice/job")
    let tree = try SystemTree([
      "/proc/self/mountinfo": Self.mount("/", Self.second, "cgroup2", "nsdelegate"),
      "/proc/self/cgroup": "0::/user.slice/job\n",
      "\(inner)/memory.max": "4000\n", "\(outer)/memory.max": "3000\n",
      "\(inner)/memory.high": "2000\n", "\(outer)/memory.high": "max\n",
      "\(inner)/memory.current": "1000\n", "\(outer)/memory.current": "2500\n",
      "\(inner)/cpu.max": "max 100000\n", "\(outer)/cpu.max": "50000 100000\n",
      "\(outer)/memory.events": "oom 1\noom_kill 9\n",
      "\(inner)/memory.events": "oom 0\noom_kill 0\n",
    ])
    let limits = tree.read(ContainerLimits.init(root:))
    #expect(limits.group == .known("/user.slice/job"))
    #expect(limits.memoryLimit == .known(3000) && limits.memoryHigh == .known(2000))
    // The outer group leaves 500, though the inner one alone would have 3,000.
    #expect(limits.memoryInUse == .known(1000) && limits.memoryFree == .known(500))
    #expect(limits.processors == .known(0.5))
    #expect(limits.kills == .known(0))
    #expect(limits.allowed == .absent("no cpuset.cpus.effective"))
  }

  @Test func versionOneSeenFromAContainerWithoutItsOwnView() throws {
    let base = "/sys/fs/cgroup"
    let tree = try SystemTree([
      // What Docker mounts: each controller's own group in the place of the root.
      "/proc/self/mountinfo":
        Self.mount("/docker/ab", "\(base)/memory", "cgroup", "memory")
        + Self.mount("/docker/ab", "\(base)/cpu,cpuacct", "cgroup", "cpu,cpuacct")
        + Self.mount("/docker/ab", "\(base)/cpuset", "cgroup", "cpuset")
        + Self.mount("/", "\(base)/unified", "cgroup2", "nsdelegate"),
      "/proc/self/cgroup":
        "9:memory:/docker/ab\n4:cpu,cpuacct:/docker/ab\n3:cpuset:/docker/ab\n0::/docker/ab\n",
      "\(base)/memory/memory.limit_in_bytes": "2147483648\n",
      "\(base)/memory/memory.usage_in_bytes": "1073741824\n",
      "\(base)/memory/memory.max_usage_in_bytes": "1610612736\n",
      "\(base)/memory/memory.failcnt": "5\n",
      "\(base)/memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n",
      "\(base)/memory/memory.stat":
        "inactive_file 1\nhierarchical_memory_limit 1610612736\ntotal_inactive_file 1048576\n",
      "\(base)/cpu,cpuacct/cpu.cfs_quota_us": "250000\n",
      "\(base)/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
      "\(base)/cpuset/cpuset.cpus": "0-3\n",
      "\(base)/cpuset/cpuset.effective_cpus": "1,3\n",
    ])
    let limits = tree.read(ContainerLimits.init(root:))
    #expect(limits.version == .known(1) && limits.group == .known("/docker/ab"))
    // A group around it that it cannot see allows 1.5 GiB.
    #expect(limits.memoryLimit == .known(1536 << 20))
    #expect(limits.memoryHigh == .absent("version 1 has none"))
    #expect(limits.memoryInUse == .known(1 << 30) && limits.memoryPeak == .known(1536 << 20))
    #expect(limits.memoryFree == .known((1 << 30) + (1 << 20)))
    #expect(limits.limitHits == .known(5) && limits.kills == .known(4))
    #expect(limits.outOfMemory == .absent("version 1 does not count it"))
    #expect(limits.processors == .known(2.5) && limits.allowed == .known([1, 3]))
  }

  @Test func versionOneWithoutLimits() throws {
    let base = "/sys/fs/cgroup"
    let tree = try SystemTree([
      "/proc/self/mountinfo": Self.mount("/", "\(base)/memory", "cgroup", "memory")
        + Self.mount("/", "\(base)/cpu", "cgroup", "cpu"),
      "/proc/self/cgroup": "4:memory:/jobs/1\n1:cpu:/\n",
      // The largest multiple of a page.
      "\(base)/memory/jobs/1/memory.limit_in_bytes": "9223372036854771712\n",
      "\(base)/memory/jobs/1/memory.usage_in_bytes": "14524416\n",
      "\(base)/memory/jobs/1/memory.stat": "hierarchical_memory_limit 9223372036854771712\n",
      "\(base)/cpu/cpu.cfs_quota_us": "-1\n",
      "\(base)/cpu/cpu.cfs_period_us": "100000\n",
    ])
    let limits = tree.read(ContainerLimits.init(root:))
    #expect(limits.memoryLimit == .absent("no limit") && limits.memoryFree == .absent("no limit"))
    #expect(limits.memoryInUse == .known(14_524_416))
    #expect(limits.processors == .absent("no limit"))
    #expect(limits.allowed == .absent("no control group of 'cpuset' is mounted"))
  }

  @Test func noGroupsAtAll() throws {
    for files in [[:], ["/proc/self/mountinfo": "1 1 0:1 / / rw - ext4 /dev/x rw\n"]] {
      let limits = try SystemTree(files).read(ContainerLimits.init(root:))
      let reason = "no control group of 'memory' is mounted"
      #expect(limits.version == .absent(reason) && limits.memoryLimit == .absent(reason))
      #expect(limits.kills == .absent(reason) && limits.memoryFree == .absent(reason))
      #expect(limits.processors == .absent("no control group of 'cpu' is mounted"))
    }
  }

  @Test func withoutAListOfMountsTheUsualPlace() throws {
    let second = try SystemTree([
      "\(Self.second)/cgroup.controllers": "cpu memory\n", "\(Self.second)/memory.max": "7\n",
    ])
    #expect(second.read(ContainerLimits.init(root:)).memoryLimit == .known(7))
    let first = try SystemTree(["\(Self.second)/memory/memory.limit_in_bytes": "8\n"])
    #expect(first.read { ContainerLimits(root: $0 + "/") }.memoryLimit == .known(8))
  }

  /// A group that the mount does not show, and one whose folder is not there, fall back to what is.
  @Test(arguments: ["/elsewhere", "/../../outside", "/inside/gone", "no slash"])
  func aPathThatCannotBeFollowed(_ path: String) throws {
    let tree = try SystemTree([
      "/proc/self/mountinfo": Self.mount("/inside", "/my\\040groups", "cgroup2", ""),
      "/proc/self/cgroup": "garbage\n0::\(path)\n",
      "/my groups/memory.max": "64\n",
      "/elsewhere/memory.max": "1\n",
    ])
    #expect(tree.read(ContainerLimits.init(root:)).memoryLimit == .known(64))
  }

  @Test(arguments: ["", "lots", "-5", "12 34", "99999999999999999999999", "1e9", "\u{FFFD}\0"])
  func malformedSizesAreSaidAndNeverTaken(_ value: String) throws {
    let tree = try SystemTree([
      "/proc/self/mountinfo": Self.mount("/", Self.second, "cgroup2", ""),
      "/proc/self/cgroup": "0::/a\n",
      "\(Self.second)/a/memory.max": "\(value)\n", "\(Self.second)/memory.max": "100\n",
      "\(Self.second)/a/memory.current": "\(value)\n",
      "\(Self.second)/a/memory.events": "oom \(value)\n",
      "\(Self.second)/a/cpu.max": "\(value)\n", "\(Self.second)/cpu.max": "100 100\n",
    ])
    let limits = tree.read(ContainerLimits.init(root:))
    let reason = "\(Self.second)/a/memory.max: expected a number or 'max', found '\(value)'"
    #expect(limits.memoryLimit == .absent(reason) && limits.memoryFree == .absent(reason))
    #expect(limits.memoryInUse.value == nil && limits.outOfMemory.value == nil)
    let isQuota = value == "12 34"
    #expect(limits.processors.value == (isQuota ? 12.0 / 34 : nil))
    #expect(limits.kills == .absent("\(Self.second)/a/memory.events has no 'oom_kill'"))
  }

  @Test(arguments: ["0 100000", "100000 0", "100000", "a b", "1 2 3"])
  func malformedQuotas(_ value: String) throws {
    let tree = try SystemTree([
      "\(Self.second)/cgroup.controllers": "cpu\n", "\(Self.second)/cpu.max": value,
    ])
    #expect(
      tree.read(ContainerLimits.init(root:)).processors
        == .absent("\(Self.second)/cpu.max: expected a quota and a period, found '\(value)'")
    )
  }
}
