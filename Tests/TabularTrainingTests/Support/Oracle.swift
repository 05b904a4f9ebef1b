import Foundation
import TabularPreprocessing
import TabularTensor
import TabularTraining

/// The forward pass and the losses once more, in float64 and plain loops: what gradients and
/// outputs are compared with.
struct Oracle {
  var model: Sequential
  var loss: Loss
  var parameters: [Double]

  init(_ model: Sequential, _ loss: Loss) {
    self.model = model
    self.loss = loss
    parameters = model.parameters.scalars.map { Double($0) }
  }

  func outputs(_ row: [Double]) -> [Double] {
    var values = row
    for (position, layer) in model.layers.enumerated() {
      switch layer {
      case let linear as Linear:
        let weight = offset("\(position).weight")
        let bias = offset("\(position).bias")
        values = (0..<linear.outputs).map { output in
          (0..<linear.inputs).reduce(parameters[bias + output]) { sum, input in
            sum + parameters[weight + output * linear.inputs + input] * values[input]
          }
        }
      default:
        values = values.map { max($0, 0) }
      }
    }
    return values
  }

  func meanLoss(_ matrix: FeatureMatrix<Float>) -> Double {
    let width = model.inputWidth
    let scalars = matrix.features.scalars.map { Double($0) }
    let sum = (0..<matrix.rowCount).reduce(0.0) { sum, row in
      let z = outputs(Array(scalars[(row * width)..<((row + 1) * width)]))
      return sum + rowLoss(z, matrix.labels, row)
    }
    return sum / Double(matrix.rowCount)
  }

  /// The derivative by each parameter by central differences.
  mutating func gradient(_ matrix: FeatureMatrix<Float>, step: Double = 1e-6) -> [Double] {
    parameters.indices.map { position in
      let value = parameters[position]
      parameters[position] = value + step
      let above = meanLoss(matrix)
      parameters[position] = value - step
      let below = meanLoss(matrix)
      parameters[position] = value
      return (above - below) / (2 * step)
    }
  }

  private func rowLoss(_ z: [Double], _ labels: Labels<Float>?, _ row: Int) -> Double {
    switch (loss, labels) {
    case (.binaryCrossEntropyWithLogits, .classes(let classes)):
      // The textbook's -log of the probability, not the stable form of the kernel.
      -log(1 / (1 + exp(classes[row] == 1 ? -z[0] : z[0])))
    case (.crossEntropy, .classes(let classes)):
      -log(exp(z[Int(classes[row])]) / z.reduce(0) { $0 + exp($1) })
    case (.meanSquaredError, .values(let values)):
      (z[0] - Double(values[row])) * (z[0] - Double(values[row]))
    default: .nan
    }
  }

  private func offset(_ name: String) -> Int {
    model.layout.slices.first { $0.name == name }?.offset ?? -1
  }
}
