/// A cluster of Ray's, and what trials need there.
public struct RayCluster: Hashable, Sendable {
  /// `auto` for the cluster that this machine is part of, `HOST:PORT` of a head node, `ray://HOST:PORT`
  /// of a Ray client server; nil starts a Ray on this machine, which ends with the study.
  public var address: String?
  /// The Python that has Ray: of the version that the cluster's nodes have.
  public var python: String
  /// Processors that a trial takes of its node.
  public var cpus: Int
  /// What the nodes have of the files that trials use.
  public var files: Files

  /// How the nodes come by the program and the data.
  public enum Files: Hashable, Sendable {
    /// They have the same files under the same paths, such as on a shared disk, and a trial runs in
    /// this folder.
    case shared(folder: String)
    /// Ray copies this folder to each of them, but for what its `.gitignore` and `.rayignore` leave
    /// out, and a trial runs in the copy: what it needs has paths relative to the folder.
    case copied(folder: String)
  }

  /// Describes a cluster; fewer processors than 1 trap.
  public init(address: String? = nil, python: String = "python3", cpus: Int = 1, files: Files) {
    precondition(cpus >= 1, "a trial with \(cpus) processors")
    self.address = address
    self.python = python
    self.cpus = cpus
    self.files = files
  }

  /// What the driver is told.
  var settings: JSONValue {
    var options: [JSONValue.Member] = [.init("address", .text(address ?? "local"))]
    if address == nil {
      // Nothing of a trial's goes through the object store; 80 MB is near the least that Ray takes.
      options += [
        .init("include_dashboard", .bool(false)),
        .init("object_store_memory", .integer(80_000_000)),
      ]
    }
    var folder = JSONValue.null
    switch files {
    case .shared(let path): folder = .text(path)
    case .copied(let path): options.append(.init("runtime_env", ["working_dir": .text(path)]))
    }
    return ["cpus": .integer(cpus), "folder": folder, "init": .object(options)]
  }
}
