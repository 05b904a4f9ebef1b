import Foundation
import TabularLoading
import TabularPreprocessing
import TabularTensor
import Testing

@testable import TabularTraining

struct DeviceMemoryTests {
  @Test func countsAndReusesWhatIsGivenBack() throws {
    let device = CPUDevice(3, memoryLimit: 1 << 20)
    #expect(device.memory == DeviceMemoryUse(limit: 1 << 20))
    var first: DeviceMemory? = try device.allocate(1_000)
    #expect(device.memory.inUse == 4_096 && device.memory.cached == 0)
    first?.base[7] = 5
    let address = first.map { UnsafeMutableRawPointer($0.base) }
    first = nil
    #expect(device.memory.inUse == 0 && device.memory.cached == 4_096)
    #expect(device.memory.peak == 4_096)
    // As much again is the same memory, all zero.
    let second = try device.allocate(1_001)
    #expect(UnsafeMutableRawPointer(second.base) == address && second.base[7] == 0)
    #expect(device.memory.cached == 0)
    device.resetPeakMemory()
    _ = try device.allocate(2_000)
    #expect(device.memory.peak == 4_096 + 8_192 && device.memory.cached == 8_192)
    device.emptyCache()
    #expect(device.memory.cached == 0 && device.memory.inUse == 4_096)
    withExtendedLifetime(second) {}
  }

  @Test func refusesMoreThanItsLimit() throws {
    let device = CPUDevice(1, memoryLimit: 10_000)
    let held = try device.allocate(1_000)
    // What is cached makes room.
    _ = try device.allocate(1_200)
    _ = try device.allocate(1_400)
    let error = #expect(throws: OutOfMemory.self) { try device.allocate(1_500) }
    #expect(
      error == OutOfMemory(device: "cpu:1", requested: 6_144, inUse: 4_096, limit: 10_000)
    )
    #expect(
      error?.description
        == "cpu:1 is out of memory: 6144 bytes were asked for, 4096 bytes of 10 kB are in use, "
        + "5904 bytes are free"
    )
    #expect(error?.free == 5_904)
    withExtendedLifetime(held) {}
  }

  /// The notes' way: what does not fit is caught, the cache is emptied, and fewer rows are tried.
  @Test func canBeCaughtAndGoneOnFrom() throws {
    let matrix = TabularModelTests.matrix(512, seed: 9)
    let device = CPUDevice(0, memoryLimit: 100_000)
    let model = TabularModelTests.everything().sequential(seed: 1)
    var (rows, tries) = (512, 0)
    func fits() throws -> Bool {
      tries += 1
      do {
        _ = try model.valueAndGradient(
          matrix.features.rows(0..<rows),
          matrix.labels?.rows(0..<rows),
          loss: .crossEntropy,
          step: 0,
          on: device
        )
        return true
      } catch {
        guard error.kind == .outOfMemory, error.underlying is OutOfMemory else { throw error }
        return false
      }
    }
    while try !fits() {
      device.emptyCache()
      rows /= 2
    }
    #expect(tries > 1 && rows >= 8, "\(rows) rows after \(tries) tries")
    #expect(device.memory.inUse == 0)
  }

  private static func train(_ devices: [any Device]) throws -> (hash: String, notices: [String]) {
    let trainer = Trainer(
      model: TabularModelTests.everything().sequential(),
      loss: .crossEntropy,
      optimizer: .adamw(learningRate: 0.02),
      devices: devices,
      seed: 7,
      shards: 16
    )
    let notices = Notices()
    trainer.onNotice = { notices.lines.append($0) }
    let matrix = TabularModelTests.matrix(333, seed: 3)
    let loader = try DataLoader(matrix, batchSize: 128, shuffle: true, seed: 5)
    _ = try trainer.fit(loader, epochs: 3)
    return (trainer.model.weightsSHA256, notices.lines)
  }

  private final class Notices { var lines: [String] = [] }

  /// Little memory: the same bits, said once; too little: an error with the figures.
  @Test func littleMemoryGivesTheSameBits() throws {
    let whole = try Self.train(.cpu(count: 1))
    #expect(whole.notices.isEmpty)
    let free = CPUDevice()
    _ = try Self.train([free])
    let peak = free.memory.peak
    let gradient = TabularModelTests.everything().sequential().layout.count * 4
    // Sixteen shards have up to five gradients that wait, and one of two devices may take nearly all.
    let enough = CPUDevice(0, memoryLimit: peak)
    let found = try Self.train([enough, CPUDevice(1)])
    #expect(found.hash == whole.hash && found.notices.isEmpty)
    let tight = CPUDevice(0, memoryLimit: peak - gradient)
    let little = try Self.train([tight, CPUDevice(1)])
    #expect(little.hash == whole.hash && little.notices.count == 1)
    let alone = CPUDevice(0, memoryLimit: peak - gradient)
    let frugal = try Self.train([alone])
    #expect(frugal.hash == whole.hash)
    #expect(frugal.notices.count == 1)
    #expect(frugal.notices[0].hasPrefix("cpu:0 holds one shard's gradient at a time: "))
    #expect(alone.memory.peak <= peak - gradient)
    let error = #expect(throws: TrainingError.self) {
      try Self.train([CPUDevice(0, memoryLimit: gradient)])
    }
    #expect(error?.kind == .outOfMemory)
    #expect(error?.message.hasPrefix("cpu:0 is out of memory: ") == true)
    #expect(error?.message.contains("; take smaller batches, more shards") == true)
  }

  /// An evaluation holds what one layer takes and gives of 256 rows, however many rows and layers
  /// there are.
  @Test func anEvaluationHoldsNoHistory() throws {
    var random = SeededGenerator(seed: 3)
    let widest = 64
    func peak(layers: Int, rows: Int) throws -> Int {
      let model = Sequential.multilayerPerceptron(
        inputs: 8,
        hidden: Array(repeating: widest, count: layers),
        outputs: 2,
        seed: 1
      )
      let device = CPUDevice()
      _ = try model(random.tensor([rows, 8]), on: device)
      return device.memory.peak
    }
    let one = 256 * widest * MemoryLayout<Float>.size
    #expect(try peak(layers: 2, rows: 300) <= 2 * one + 512)
    #expect(try peak(layers: 12, rows: 5_000) == peak(layers: 2, rows: 300))
  }
}
