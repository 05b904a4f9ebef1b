import Foundation
import TabularTensor
import Testing

@testable import TabularTraining

/// Losses and their derivatives by each output, as torch 2.15.0 computes them.
///
/// ```python
/// import torch, torch.nn.functional as F
/// z = torch.tensor([[0.5], [-1.5], [3.0], [0.0]], requires_grad=True)
/// y = torch.tensor([[1.0], [0.0], [1.0], [0.25]])
/// v = torch.tensor([[0.25], [-3.0], [3.0], [0.5]])
/// x = torch.tensor([[1., 2., 3.], [.5, -.5, 0.], [-2., 4., 1.]], requires_grad=True)
/// c, w = torch.tensor([2, 0, 2]), torch.tensor([1.0, 0.25, 3.0])
/// l = F.binary_cross_entropy_with_logits(z, y)  # and so on, as the cases below say
/// print(l.item(), torch.autograd.grad(l, z))
/// ```
struct LossPyTorchTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let loss: Loss
    let call: String
    let value: Double
    let gradient: [Double]
    var testDescription: String { call }
  }

  static let ofOneOutput: [Case] = [
    Case(
      loss: .binaryCrossEntropyWithLogits,
      call: "binary_cross_entropy_with_logits(z, y)",
      value: 0.3543061912059784,
      gradient: [-0.094385162, 0.0456063822, -0.0118564665, 0.0625]
    ),
    Case(
      loss: .binaryCrossEntropyWithLogits(positiveWeight: 2.5),
      call: "binary_cross_entropy_with_logits(z, y, pos_weight=torch.tensor([2.5]))",
      value: 0.6152878999710083,
      gradient: [-0.235962898, 0.0456063822, -0.0296411514, 0.015625]
    ),
    Case(
      loss: .meanAbsoluteError,
      call: "l1_loss(z, v)",
      value: 0.5625,
      gradient: [0.25, 0.25, 0.0, -0.25]
    ),
    Case(
      loss: .huber,
      call: "huber_loss(z, v)",
      value: 0.2890625,
      gradient: [0.0625, 0.25, 0.0, -0.125]
    ),
    Case(
      loss: .huber(delta: 0.3),
      call: "huber_loss(z, v, delta=0.3)",
      value: 0.1353125125169754,
      gradient: [0.0625, 0.075000003, 0.0, -0.075000003]
    ),
    Case(
      loss: .meanSquaredError,
      call: "mse_loss(z, v)",
      value: 0.640625,
      gradient: [0.125, 0.75, 0.0, -0.25]
    ),
  ]

  static let ofThreeOutputs: [Case] = [
    Case(
      loss: .crossEntropy,
      call: "cross_entropy(x, c)",
      value: 1.3796072006225586,
      gradient: [
        0.0300101936, 0.0815761685, -0.111586332, -0.16450654, 0.0621079057, 0.102398627,
        0.000785211043, 0.316776752, -0.317561954,
      ]
    ),
    Case(
      loss: .crossEntropy(classWeights: [1, 0.25, 3]),
      call: "cross_entropy(x, c, weight=w)",
      value: 1.5794179439544678,
      gradient: [
        0.0385845378, 0.104883648, -0.143468156, -0.0705028027, 0.0266176742, 0.0438851267,
        0.00100955716, 0.407284439, -0.408293962,
      ]
    ),
    Case(
      loss: .crossEntropy(labelSmoothing: 0.1),
      call: "cross_entropy(x, c, label_smoothing=0.1)",
      value: 1.4296071529388428,
      gradient: [
        0.0188990813, 0.0704650506, -0.089364104, -0.142284304, 0.0509967916, 0.0912875086,
        -0.0103259003, 0.305665612, -0.295339704,
      ]
    ),
    Case(
      loss: .crossEntropy(classWeights: [1, 0.25, 3], labelSmoothing: 0.1),
      call: "cross_entropy(x, c, weight=w, label_smoothing=0.1)",
      value: 1.5349998474121094,
      gradient: [
        0.031786222, 0.0981576368, -0.129943818, -0.0579642206, 0.0265362673, 0.0314279571,
        -0.00380563014, 0.384598345, -0.380792677,
      ]
    ),
  ]

  @Test(arguments: ofOneOutput)
  func agreesOfOneOutput(_ expected: Case) throws {
    let isBinary = expected.loss.kind == .binaryCrossEntropyWithLogits
    let labels: Tensor<Float> = isBinary ? Tensor([1, 0, 1, 0.25]) : Tensor([0.25, -3, 3, 0.5])
    let outputs = Tensor<Float>([[0.5], [-1.5], [3], [0]])
    #expect(abs(try expected.loss(outputs, labels) - expected.value) < 1e-6)
    labels.withUnsafeScalars { labels in
      guard let base = labels.baseAddress else { return }
      Self.check(expected, outputs, .values(base))
    }
  }

  @Test(arguments: ofThreeOutputs)
  func agreesOfThreeOutputs(_ expected: Case) throws {
    let outputs = Tensor<Float>([[1, 2, 3], [0.5, -0.5, 0], [-2, 4, 1]])
    let classes = Tensor<Int64>([2, 0, 2])
    #expect(abs(try expected.loss(outputs, classes) - expected.value) < 1e-6)
    classes.withUnsafeScalars { classes in
      guard let base = classes.baseAddress else { return }
      Self.check(expected, outputs, .classes(base))
    }
  }

  private static func check(_ expected: Case, _ outputs: Tensor<Float>, _ targets: Targets) {
    var gradient = Tensor<Float>(zeros: outputs.shape)
    let (rows, columns) = (outputs.shape[0], outputs.shape[1])
    gradient.withUnsafeMutableScalars { gradient in
      outputs.withUnsafeScalars { outputs in
        guard let g = gradient.baseAddress, let z = outputs.baseAddress else { return }
        let sum = CPUDevice().lossSum(
          expected.loss,
          outputs: DeviceMatrix(reading: z, rows: rows, columns: columns),
          targets: targets,
          weights: nil,
          gradient: DeviceMatrix(base: g, rows: rows, columns: columns)
        )
        #expect(abs(sum.mean - expected.value) < 1e-6)
        let worst = zip(gradient, expected.gradient).map { value, expected in
          abs(Double(value) / sum.normaliser - expected)
        }
        #expect((worst.max() ?? 1) < 1e-7, "derivatives of \(expected.call)")
      }
    }
  }
}
