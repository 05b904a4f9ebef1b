import Foundation
import Testing

@testable import TabularTuning

/// Clusters that cannot be used are found before the first trial.
@Suite struct RayConnectionTests {
  private let folder: Folder

  init() throws { folder = try Folder() }

  private func refusal(_ cluster: RayCluster) async throws -> TuningError? {
    let space = try SearchSpace([.init("rate", .uniform(0...1))])
    let command = TrialCommand(executable: "/bin/true", arguments: [], space: space)
    return await #expect(throws: TuningError.self) {
      try await RayExecutor.connected(to: cluster, running: command, metric: "loss") { _ in
        Issue.record("connected")
      }
    }
  }

  @Test func withoutRay() async throws {
    let ray = try FakeRay(in: folder, head: #"raise ImportError("No module named 'ray'")"#)
    let error = try await refusal(ray.cluster(folder))
    #expect(error?.kind == .configuration)
    #expect(
      error?.message == "'\(ray.python)' has no Ray (No module named 'ray'); "
        + "install it: \(ray.python) -m pip install ray"
    )
  }

  @Test func withoutPython() async throws {
    let cluster = RayCluster(python: "/no/such/python", files: .shared(folder: "/"))
    let error = try await refusal(cluster)
    #expect(error?.kind == .configuration)
    #expect(error?.message.hasPrefix("'/no/such/python' cannot be run: ") == true)
  }

  /// Nothing listens on port 1.
  @Test(arguments: ["127.0.0.1:1", "ray://127.0.0.1:1"])
  func aClusterThatIsNotThere(address: String) async throws {
    let error = try await refusal(FakeRay(in: folder).cluster(folder, address: address))
    #expect(
      error?.message
        == "the Ray cluster '\(address)' cannot be used: [Errno 111] Connection refused"
    )
  }

  @Test func aPythonThatIsNone() async throws {
    let error = try await refusal(RayCluster(python: "false", files: .shared(folder: "/")))
    #expect(
      error?.message
        == "a Ray on this machine cannot be used: 'false' ended without a word when it connected"
    )
  }

  @Test(arguments: [
    (
      RayCluster(address: "auto", cpus: 3, files: .shared(folder: "/a b")),
      #"{"cpus":3,"folder":"/a b","init":{"address":"auto"}}"#
    ),
    (
      RayCluster(files: .copied(folder: "/data")),
      #"{"cpus":1,"folder":null,"init":{"address":"local","include_dashboard":false,"#
        + #""object_store_memory":80000000,"runtime_env":{"working_dir":"/data"}}}"#
    ),
  ]) func settings(cluster: RayCluster, json: String) {
    #expect(cluster.settings.json == json)
  }

  @Test func theDriverIsSmall() {
    #expect(RayDriver.source.hasPrefix(#"""""#))
    #expect(RayDriver.source.split(separator: "\n", omittingEmptySubsequences: false).count <= 81)
  }
}
