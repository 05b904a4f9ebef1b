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
    var (sum, normaliser) = (0.0, 0.0)
    for row in 0..<matrix.rowCount {
      let z = outputs(Array(scalars[(row * width)..<((row + 1) * width)]))
      sum += rowLoss(z, matrix.labels, row)
      normaliser += rowWeight(matrix.labels, row)
    }
    return sum / normaliser
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
    switch (loss.kind, labels) {
    case (.binaryCrossEntropyWithLogits, .classes(let classes)):
      // The textbook's -log of the probability, not the stable form of the kernel.
      return classes[row] == 1
        ? -log(1 / (1 + exp(-z[0]))) * Double(loss.positiveWeight) : -log(1 / (1 + exp(z[0])))
    case (.crossEntropy, .classes(let classes)):
      // Cross-entropy against the smoothed distribution.
      let total = z.reduce(0) { $0 + exp($1) }
      let smoothing = Double(loss.labelSmoothing)
      return z.indices.reduce(0) { sum, column in
        let target = (column == Int(classes[row]) ? 1 - smoothing : 0) + smoothing / Double(z.count)
        return sum - target * classWeight(column) * log(exp(z[column]) / total)
      }
    case (.meanSquaredError, .values(let values)):
      return pow(z[0] - Double(values[row]), 2)
    case (.meanAbsoluteError, .values(let values)):
      return abs(z[0] - Double(values[row]))
    case (.huber, .values(let values)):
      let (distance, delta) = (abs(z[0] - Double(values[row])), Double(loss.delta))
      return distance < delta ? distance * distance / 2 : delta * distance - delta * delta / 2
    default: return .nan
    }
  }

  private func rowWeight(_ labels: Labels<Float>?, _ row: Int) -> Double {
    guard loss.kind == .crossEntropy, case .classes(let classes) = labels else { return 1 }
    return classWeight(Int(classes[row]))
  }

  private func classWeight(_ column: Int) -> Double {
    loss.classWeights.map { Double($0[column]) } ?? 1
  }

  private func offset(_ name: String) -> Int {
    model.layout.slices.first { $0.name == name }?.offset ?? -1
  }
}
