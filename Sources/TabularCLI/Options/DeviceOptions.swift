import ArgumentParser
import TabularTraining

/// How the training is spread, and what feeds it.
struct DeviceOptions: ParsableArguments {
  enum StrategyName: String, ExpressibleByArgument, CaseIterable {
    case dataParallel = "data-parallel"
    case distributed
    case modelParallel = "model-parallel"

    var strategy: Strategy {
      switch self {
      case .dataParallel: .dataParallel
      case .distributed: .distributed
      case .modelParallel: .modelParallel
      }
    }
  }

  @Option(help: "Devices: threads of this processor.")
  var devices = 1

  @Option(
    help: ArgumentHelp(
      "How the work is spread: shards of a batch over the devices, or over the processes of mpirun "
        + "with theirs, or the model's layers over the devices."
    )
  )
  var strategy: StrategyName = .dataParallel

  @Option(
    help: ArgumentHelp(
      "The memory that each device may use for weights' gradients and activations.",
      valueName: "size"
    )
  )
  var deviceMemory: MemoryBudget?

  @Option(
    help: ArgumentHelp(
      "Logical shards of a batch, a power of two; by default as many as leave each 32 rows.",
      valueName: "L"
    )
  )
  var shards: Int?

  @Option(help: "Threads that make batches; 0 makes them in between.")
  var workers = 0

  @Option(help: "Batches that each worker may be ahead.")
  var prefetch: Int?

  @Option(help: "What the split, the order of the rows and the initial weights are drawn from.")
  var seed: UInt64 = 0

  func validate() throws {
    guard devices >= 1 else {
      throw ValidationError("--devices takes a number above 0, found \(devices)")
    }
    guard devices <= 1024 else {
      throw ValidationError("--devices takes 1024 at most, found \(devices)")
    }
    guard workers >= 0 else { throw ValidationError("--workers takes 0 or more, found \(workers)") }
    if prefetch != nil, workers == 0 { throw ValidationError("--prefetch needs --workers") }
    if let shards, shards < 1 || shards & (shards - 1) != 0 || shards > 1 << 16 {
      throw ValidationError("--shards takes a power of two up to 65536, found \(shards)")
    }
  }
}
