import ArgumentParser

/// Where trials run.
struct EngineOptions: ParsableArguments {
  enum EngineName: String, ExpressibleByArgument, CaseIterable { case local, ray }

  @Option(help: "Who runs trials: this machine, or a Ray cluster, through Python.")
  var engine: EngineName = .local

  @Option(
    help: ArgumentHelp(
      "The cluster: auto is this machine's; without it a Ray is started here.",
      valueName: "auto|host:port|ray://host:port"
    )
  )
  var rayAddress: String?

  @Flag(
    help: """
      Let Ray copy the current folder to its nodes, but for what .gitignore and .rayignore leave out; \
      trials run in the copy, so the input has a path relative to it, and tabular is in the folder, or \
      at the same path on each node. Without it the nodes share the files.
      """
  )
  var rayUpload = false

  @Option(help: "The Python that has Ray.")
  var python = "python3"

  func validate() throws {
    guard engine == .local else { return }
    if rayAddress != nil { throw ValidationError("--ray-address is of --engine ray: give it") }
    if rayUpload { throw ValidationError("--ray-upload is of --engine ray: give it") }
  }
}
