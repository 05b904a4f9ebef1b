import Foundation
import Synchronization
import TabularTensor
import Testing

@testable import TabularTraining

struct CPUDeviceTests {
  @Test func listsDevices() throws {
    let devices: [any Device] = .cpu(count: 3)
    #expect(devices.map(\.name) == ["cpu:0", "cpu:1", "cpu:2"])
    #expect("\(devices[1])" == "cpu:1")
    let one: any Device = .cpu(7)
    #expect(one.name == "cpu:7")
  }

  @Test func runsWorkInOrderOnItsThread() throws {
    final class Log: @unchecked Sendable {
      var entries: [Int] = []
      var threads: Set<ObjectIdentifier> = []
    }
    let log = Log()
    let device = CPUDevice(0)
    for round in 0..<20 {
      var ticket = 0
      for entry in 0..<5 {
        ticket = device.start {
          log.entries.append(round * 5 + entry)
          log.threads.insert(ObjectIdentifier(Thread.current))
        }
      }
      device.wait(for: ticket)
      // The wait orders: no lock is needed here.
      #expect(log.entries == Array(0..<((round + 1) * 5)))
    }
    #expect(log.threads.count == 1)
    #expect(!log.threads.contains(ObjectIdentifier(Thread.current)))
  }

  /// Work that finds the thread looking for it, about to sleep (after some 5 ms), and asleep.
  @Test(arguments: [0, 1, 5, 40])
  func wakesForWork(afterMilliseconds pause: UInt32) {
    let count = Atomic(0)
    let device = CPUDevice(0)
    for round in 1...5 {
      device.wait(for: device.start { count.wrappingAdd(1, ordering: .relaxed) })
      #expect(count.load(ordering: .relaxed) == round)
      usleep(pause * 1_000)
    }
  }

  @Test func looksNoLongerThanItsPatience() {
    let count = Atomic(2)
    Patience.look(at: count, until: 2)
    // Nobody raises the count: the look ends all the same.
    Patience.look(at: count, until: 3)
    #expect(count.load(ordering: .relaxed) == 2)
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func multipliesAsPlainLoopsDo(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let device = CPUDevice()
    let (m, n, k) = (
      Int.random(in: 1...70, using: &generator), Int.random(in: 1...40, using: &generator),
      Int.random(in: 1...50, using: &generator)
    )
    for (turnLeft, turnRight, adding) in [
      (false, false, false), (false, true, true), (true, false, false), (true, true, true),
    ] {
      let left = try Loaded(generator.tensor(turnLeft ? [k, m] : [m, k]), device)
      let right = try Loaded(generator.tensor(turnRight ? [n, k] : [k, n]), device)
      let result = try Loaded(generator.tensor([m, n]), device)
      device.multiply(
        turnLeft ? .transposed(left.matrix) : .plain(left.matrix),
        turnRight ? .transposed(right.matrix) : .plain(right.matrix),
        into: result.matrix,
        accumulating: adding
      )
      var worst = 0.0
      for i in 0..<m {
        for j in 0..<n {
          var sum = adding ? Double(result.before[i, j]) : 0
          for l in 0..<k {
            let a = turnLeft ? left.before[l, i] : left.before[i, l]
            let b = turnRight ? right.before[j, l] : right.before[l, j]
            sum += Double(a) * Double(b)
          }
          worst = max(worst, abs(sum - Double(result.after[i, j])))
        }
      }
      #expect(worst < 1e-4, "seed \(seed): [\(m), \(k)] · [\(k), \(n)]")
    }
  }

  @Test func computesElementwise() throws {
    let device = CPUDevice()
    let x = try Loaded(Tensor([[-1, 2, .nan], [0, -0.5, 3]]), device)
    let y = try Loaded(Tensor(zeros: [2, 3]), device)
    device.rectify(x.matrix, into: y.matrix)
    #expect(y.after.bits == Tensor<Float>([[0, 2, .nan], [0, 0, 3]]).bits)

    let g = try Loaded(Tensor([[1, 2, 3], [4, 5, 6]]), device)
    device.rectifyGradient(g.matrix, where: y.matrix, into: y.matrix)
    #expect(y.after == Tensor([[0, 2, 0], [0, 0, 6]]))

    device.add(g.matrix, to: y.matrix)
    #expect(y.after == Tensor([[1, 4, 3], [4, 5, 12]]))

    let row = try Loaded(Tensor([[7, 8, 9]]), device)
    device.sumRows(of: g.matrix, into: row.matrix)
    #expect(row.after == Tensor([[5, 7, 9]]))
    device.broadcast(row.matrix, into: y.matrix)
    #expect(y.after == Tensor([[5, 7, 9], [5, 7, 9]]))
    device.clear(y.matrix)
    #expect(y.after == Tensor(zeros: [2, 3]))
  }
}

/// A tensor copied into a device's memory.
private struct Loaded {
  let before: Tensor<Float>
  let memory: DeviceMemory

  init(_ tensor: Tensor<Float>, _ device: any Device) throws(OutOfMemory) {
    before = tensor
    memory = try device.allocate(tensor.count)
    tensor.withUnsafeScalars { scalars in
      for i in 0..<scalars.count { memory.base[i] = scalars[i] }
    }
  }

  var matrix: DeviceMatrix { memory.matrix(rows: before.shape[0], columns: before.shape[1]) }

  var after: Tensor<Float> {
    Tensor(shape: before.shape, (0..<before.count).map { memory.base[$0] })
  }
}
