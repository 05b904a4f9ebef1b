import Foundation
import TabularCollectives
import TabularPreprocessing
import TabularTensor
import TestRanks
import Testing

@testable import TabularTraining

struct GradientBucketsTests {
  @Test func areCutFromTheLastParameterOn() {
    #expect(GradientBuckets(count: 10).ranges == [0..<10])
    let million = 1_000_000
    // 1 MiB and 25 MiB are 262,144 and 6,553,600 floats.
    #expect(
      GradientBuckets(count: 10 * million).ranges
        == [9_737_856..<10_000_000, 3_184_256..<9_737_856, 0..<3_184_256]
    )
    let small = GradientBuckets(count: 10, first: 2, others: 3)
    #expect(small.ranges == [8..<10, 5..<8, 2..<5, 0..<2])
    #expect(
      [10, 9, 8, 6, 5, 2, 1, 0].map { small.complete(from: $0) } == [0, 0, 1, 1, 2, 3, 3, 4]
    )
  }

  /// The backward pass waits in its middle until the last layer's gradients have been sent.
  @Test func leaveWhileTheBackwardPassGoesOn() throws {
    let model = Sequential(Linear(3, 4), WaitingLayer(), Linear(4, 1), seed: 1)
    let features = Tensor<Float>(shape: [4, 3], (0..<12).map { Float($0) / 7 })
    let labels = Tensor<Float>([1, 2, 3, 4])
    @Sendable func gradient(_ world: any Communicator) throws -> [UInt32] {
      let step = try TrainingStep(
        model: model,
        loss: .meanSquaredError,
        devices: .cpu(count: 2),
        // One a device, so that each backward pass is a device's last.
        sharding: Sharding(count: 4),
        ranks: world,
        buckets: GradientBuckets(count: model.layout.count, first: 5, others: 6)
      )
      _ = try step.run(model, features, .values(labels), rowIDs: nil)
      return step.gradient.values.bits
    }
    WaitingLayer.sent.reset(expecting: 2)
    let all = try ThreadRank.run(2, filled: { WaitingLayer.sent.tell() }) { try gradient($0) }
    #expect(all[0] == all[1])
    #expect(WaitingLayer.sent.wasInTime)
  }
}

/// Passes all on, and waits on the way back until enough messages have been sent.
private struct WaitingLayer: Module {
  static let kind = "Waiting"
  static let sent = Sent()

  var parameters: [ParameterDeclaration] { [] }
  var inputWidth: Int? { nil }
  func outputWidth(forInputWidth width: Int) -> Int { width }

  func forward(_ input: DeviceMatrix, into output: DeviceMatrix, _ context: LayerContext) {
    context.device.copyColumns(0..<input.columns, of: input, into: output, at: 0)
  }

  func backward(
    _ outputGradient: DeviceMatrix,
    input: DeviceMatrix,
    output: DeviceMatrix,
    into parameterGradients: ParameterViews,
    inputGradient: DeviceMatrix?,
    _ context: LayerContext
  ) {
    Self.sent.wait()
    guard let inputGradient else { return }
    forward(outputGradient, into: inputGradient, context)
  }

  /// Counts messages; all state is touched under `condition` alone.
  final class Sent: @unchecked Sendable {
    private let condition = NSCondition()
    private var (count, expected, late) = (0, 0, false)

    func reset(expecting expected: Int) {
      condition.withLock { (count, self.expected, late) = (0, expected, false) }
    }

    func tell() {
      condition.withLock {
        count += 1
        condition.broadcast()
      }
    }

    func wait() {
      condition.lock()
      defer { condition.unlock() }
      let end = Date(timeIntervalSinceNow: 30)
      while count < expected, !late { late = !condition.wait(until: end) }
    }

    var wasInTime: Bool { condition.withLock { count >= expected && !late } }
  }
}
