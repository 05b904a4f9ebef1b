import Foundation

/// The group of this process for one of the kernel's controllers, with the groups around it.
///
/// A controller belongs to one hierarchy: to one of version 1, where that is mounted, else to
/// version 2. See cgroups(7) for the formats of `/proc/self/cgroup` and `/proc/self/mountinfo`.
struct ControlGroup: Equatable {
  let version: Int
  /// The kernel's name of the group.
  let path: String
  /// Its folder, then the folders around it up to the mount point.
  let folders: [String]

  static func of(_ controller: String, _ files: SystemFiles) -> Figure<ControlGroup> {
    let mounts = mounts(files)
    // Hierarchy, controllers, path; that of version 2 is number 0 without controllers.
    let lines = (files.text("/proc/self/cgroup").value ?? "").split(separator: "\n")
      .map { $0.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false) }
      .filter { $0.count == 3 }
    let candidates = [
      (mounts.first { $0.version == 1 && $0.controllers.contains(controller) }, controller),
      (mounts.first { $0.version == 2 }, ""),
    ]
    for case (let mount?, let name) in candidates {
      let line = lines.first { line in
        line[1].split(separator: ",", omittingEmptySubsequences: false).contains { $0 == name }
      }
      let path = line.map { String($0[2]) } ?? mount.root
      return .known(
        ControlGroup(
          version: mount.version,
          path: path,
          folders: folders(of: path, in: mount, files)
        )
      )
    }
    return .absent("no control group of '\(controller)' is mounted")
  }

  private struct Mount {
    var version: Int
    /// The group that the mount point shows.
    var root: String
    var point: String
    var controllers: [String]
  }

  private static func mounts(_ files: SystemFiles) -> [Mount] {
    guard case .known(let text) = files.text("/proc/self/mountinfo") else {
      // Without the list of mounts, where they use to be.
      let usual = "/sys/fs/cgroup"
      if files.exists("\(usual)/cgroup.controllers") {
        return [Mount(version: 2, root: "/", point: usual, controllers: [])]
      }
      return ["memory", "cpu", "cpuset"].filter { files.exists("\(usual)/\($0)") }
        .map { Mount(version: 1, root: "/", point: "\(usual)/\($0)", controllers: [$0]) }
    }
    return text.split(separator: "\n").compactMap { line in
      // Optional fields end with a dash; then file system, source and options.
      let fields = line.split(separator: " ")
      guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count > dash + 3 else {
        return nil
      }
      let versions: [Substring: Int] = ["cgroup": 1, "cgroup2": 2]
      guard let version = versions[fields[dash + 1]] else { return nil }
      return Mount(
        version: version,
        root: unescaped(fields[3]),
        point: unescaped(fields[4]),
        controllers: fields[dash + 3].split(separator: ",").map(String.init)
      )
    }
  }

  /// Spaces, tabs, line ends and backslashes stand as three octal digits.
  private static func unescaped(_ field: Substring) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
      .reduce(String(field)) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
  }

  private static func folders(of path: String, in mount: Mount, _ files: SystemFiles) -> [String] {
    var parts = path.split(separator: "/").map(String.init)
    let root = mount.root.split(separator: "/").map(String.init)
    // A group that the mount does not show (a container without a namespace of groups): what it
    // shows is the container's.
    parts = parts.starts(with: root) ? Array(parts.dropFirst(root.count)) : []
    if parts.contains("..") { parts = [] }
    var folders: [String] = []
    while !parts.isEmpty {
      folders.append(([mount.point] + parts).joined(separator: "/"))
      parts.removeLast()
    }
    return folders.filter { files.exists($0) } + [mount.point]
  }
}
