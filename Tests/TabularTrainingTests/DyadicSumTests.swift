import TabularTensor
import Testing

@testable import TabularTraining

struct DyadicSumTests {
  /// The tree as its definition says it.
  static func oracle(_ shards: ArraySlice<[Float]>) -> [Float] {
    guard shards.count > 1, let first = shards.first else { return shards.first ?? [] }
    precondition(first.count > 0)
    let middle = shards.startIndex + shards.count / 2
    return zip(oracle(shards[..<middle]), oracle(shards[middle...])).map { $0 + $1 }
  }

  /// Runs that are computed from the front, and every second one or each from the back.
  @Test(arguments: [1, 2, 8, 64], [11, 12, 13] as [UInt64])
  func isTheSameForAnyCut(count: Int, seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let width = 17
    let shards = (0..<count).map { _ in
      // Of very different sizes, so that another order would give other bits.
      (0..<width).map { _ in
        Float.random(in: -1...1, using: &generator)
          * Float(Int.random(in: 1...100_000, using: &generator))
      }
    }
    let expected = Self.oracle(shards[...])
    let device = CPUDevice()
    var cuts = [1, 2, 3, 4, 5, 7, 8, 100].map { devices in
      (0..<devices).map { $0 * count / devices..<($0 + 1) * count / devices }
    }
    for _ in 0..<5 {
      let points = (0..<4).map { _ in Int.random(in: 0...count, using: &generator) }.sorted()
      cuts.append(zip([0] + points, points + [count]).map { $0..<$1 })
    }
    let ends: [[ShardRun.End]] = [[.front], [.front, .back], [.back]]
    for (cut, ends) in cuts.flatMap({ cut in ends.map { (cut, $0) } }) {
      // Keeps the memory that the nodes name.
      var memory: [DeviceMemory] = []
      var root = DyadicSum()
      for (place, run) in cut.enumerated() {
        let end = ends[place % ends.count]
        var (part, alive, most) = (DyadicSum(), 0, 0)
        for shard in end == .front ? Array(run) : run.reversed() {
          let slot = try device.allocate(width)
          memory.append(slot)
          for i in 0..<width { slot.base[i] = shards[shard][i] }
          alive += 1
          most = max(most, alive)
          let node = DyadicNode(
            position: .leaf(shard),
            gradient: slot.matrix(rows: 1, columns: width),
            loss: LossSum(sum: Double(shard), normaliser: 1)
          )
          switch end {
          case .front: part.append(node, on: device) { _ in alive -= 1 }
          case .back: part.prepend(node, on: device) { _ in alive -= 1 }
          }
        }
        #expect(most == DyadicSum.mostNodes(of: run, from: end))
        #expect(part.nodes.map(\.position) == DyadicSum.positions(of: run))
        for node in part.nodes { root.append(node, on: device) { _ in } }
      }
      let sum = try #require(root.nodes.first)
      #expect(root.nodes.count == 1)
      #expect(sum.loss == LossSum(sum: Double(count * (count - 1) / 2), normaliser: Double(count)))
      let result = (0..<width).map { sum.gradient.base[$0].bitPattern }
      #expect(result == expected.map(\.bitPattern), "seed \(seed), cut \(cut), from \(ends)")
      withExtendedLifetime(memory) {}
    }
  }

  @Test func leavesTheMaximalNodesOfARun() throws {
    let device = CPUDevice()
    let memory = try device.allocate(1)
    var sum = DyadicSum()
    for shard in 1..<63 {
      let node = DyadicNode(
        position: .leaf(shard),
        gradient: memory.matrix(rows: 1, columns: 1),
        loss: LossSum(sum: 0, normaliser: 1)
      )
      sum.append(node, on: device) { _ in }
    }
    #expect(sum.nodes.map(\.position.level) == [0, 1, 2, 3, 4, 4, 3, 2, 1, 0])
    #expect(
      sum.nodes.map { $0.position.index << $0.position.level } == [
        1, 2, 4, 8, 16, 32, 48, 56, 60, 62,
      ]
    )
  }
}
