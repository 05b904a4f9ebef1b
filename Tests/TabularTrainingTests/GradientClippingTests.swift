import TabularLoading
import TabularTensor
import Testing

@testable import TabularTraining

/// Clipped gradients as torch 2.15.0 leaves them.
///
/// ```python
/// import torch
/// ps = [torch.nn.Parameter(torch.zeros(2)), torch.nn.Parameter(torch.zeros(1))]
/// for p, v in zip(ps, [[3.0, -4.0], [12.0]]): p.grad = torch.tensor(v)
/// print(torch.nn.utils.clip_grad_norm_(ps, 2.0), [p.grad for p in ps])
/// ```
struct GradientClippingTests {
  static func gradient(_ values: [Float]) -> Gradient {
    var gradient = Gradient(zeros: Sequential(Linear(2, 1)).layout)
    gradient.values = Tensor(values)
    return gradient
  }

  @Test func shortensAsPyTorch() {
    var gradient = Self.gradient([3, -4, 12])
    #expect(gradient.norm == 13)
    #expect(gradient.clip(norm: 2) == 13)
    let worst = zip(gradient.values.scalars, [0.461538434, -0.615384579, 1.84615374])
      .map { abs(Double($0) - $1) }.max()
    #expect((worst ?? 1) < 2e-7)
    var short = Self.gradient([3, -4, 12])
    #expect(short.clip(norm: 20) == 13)
    #expect(short.values == Tensor([3, -4, 12]))
  }

  @Test func cutsValuesAsPyTorch() {
    // clip_grad_value_(ps, 2.0) of [[3, -4], [0.5]].
    var gradient = Self.gradient([3, -4, 0.5])
    gradient.clip(value: 2)
    #expect(gradient.values == Tensor([2, -2, 0.5]))
    var broken = Self.gradient([.nan, -.infinity, 1])
    broken.clip(value: 2)
    #expect(broken.values.bits == Tensor<Float>([.nan, -2, 1]).bits)
  }

  @Test func passesOnWhatIsNotFinite() {
    var gradient = Self.gradient([.nan, 1, 2])
    #expect(gradient.clip(norm: 1).isNaN)
    #expect(gradient.values.scalars.allSatisfy { $0.isNaN })
  }

  @Test func addsAndScales() {
    var gradient = Self.gradient([1, 2, 3])
    gradient.add(Self.gradient([1, 0, -1]))
    gradient.scale(by: 0.5)
    #expect(gradient.values == Tensor([1, 1, 1]))
  }

  /// The trainer clips what the hand-written loop clips.
  @Test(arguments: [.norm(0.05), .value(0.01)] as [GradientClipping])
  func clipsBeforeTheStep(_ clipping: GradientClipping) throws {
    var generator = SeededGenerator(seed: 4)
    let matrix = generator.matrix(rows: 24, columns: 4, loss: .meanSquaredError)
    let batches = InOrder(matrix, batchSize: 8)
    func trainer(_ clipping: GradientClipping?) -> Trainer {
      Trainer(
        model: GradientTests.model(.meanSquaredError, seed: 2),
        loss: .meanSquaredError,
        optimizer: .sgd(learningRate: 0.1),
        clipping: clipping
      )
    }
    let clipped = trainer(clipping)
    _ = try clipped.fit(batches, epochs: 1)

    var model = GradientTests.model(.meanSquaredError, seed: 2)
    var optimizer = Optimizer(.sgd(learningRate: 0.1))
    try batches.forEachBatch(epoch: 0) { batch in
      var (_, gradient) = try model.valueAndGradient(
        batch.features,
        batch.target,
        loss: .meanSquaredError
      )
      gradient.clip(clipping)
      optimizer.step(&model, gradient)
    }
    #expect(clipped.model.weightsSHA256 == model.weightsSHA256)
    let free = trainer(nil)
    _ = try free.fit(batches, epochs: 1)
    #expect(free.model.weightsSHA256 != model.weightsSHA256)
  }
}
