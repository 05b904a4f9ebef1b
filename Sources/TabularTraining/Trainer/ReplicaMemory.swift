/// The memory in which a device computes its shards.
///
/// The device holds what one shard needs, and the gradients that wait for their sums in the tree:
/// one more for each level. Where it has too little for those they wait in the host's memory, and the
/// device holds one shard's at a time: the same numbers are added in the same order.
final class ReplicaMemory {
  let scratch: DeviceMemory
  let outputs: DeviceMemory
  let outputGradient: DeviceMemory
  /// What the layers observe of each shard.
  let observations: DeviceMemory
  /// Room for gradients that wait.
  let gradients: [DeviceMemory]
  /// The one gradient that the device holds, where the others wait in the host's memory.
  let staging: DeviceMemory?

  private let device: any Device

  /// Takes the memory.
  ///
  /// - Throws: `OutOfMemory` when the device has not enough for one shard.
  init(
    device: any Device,
    scratch: Int,
    outputs: Int,
    observations: Int,
    gradient: Int,
    gradients count: Int
  ) throws(OutOfMemory) {
    self.device = device
    self.scratch = try device.allocate(scratch)
    self.outputs = try device.allocate(outputs)
    outputGradient = try device.allocate(outputs)
    self.observations = try device.allocate(observations)
    do throws(OutOfMemory) {
      gradients = try Self.allocate(count, of: gradient, on: device)
      staging = nil
    } catch {
      guard count > 1 else { throw error }
      staging = try device.allocate(gradient)
      gradients = try Self.allocate(count, of: gradient, on: CPUDevice())
    }
  }

  private static func allocate(
    _ count: Int,
    of size: Int,
    on device: any Device
  ) throws(OutOfMemory) -> [DeviceMemory] {
    var all: [DeviceMemory] = []
    for _ in 0..<count { all.append(try device.allocate(size)) }
    return all
  }

  /// Where a shard's gradient is computed, which then waits in `gradient`.
  func target(of gradient: DeviceMatrix) -> DeviceMatrix {
    staging?.matrix(rows: 1, columns: gradient.columns) ?? gradient
  }

  /// Copies the gradient that the device holds to where it waits.
  func fetch(into gradient: DeviceMatrix) {
    guard let staging else { return }
    device.copyColumns(
      0..<gradient.columns,
      of: staging.matrix(rows: 1, columns: gradient.columns),
      into: gradient,
      at: 0
    )
  }
}
