import Foundation
import TabularPreprocessing
import TabularTensor

@testable import TabularTraining

/// The forward pass and the losses once more, in float64 and plain loops: what gradients and
/// outputs are compared with.
struct Oracle {
  typealias Rows = [[Double]]

  var model: Sequential
  var loss: Loss
  var parameters: [Double]
  /// Shards, whose rows BatchNorm1d normalises together; nil for an evaluation.
  var shards: Int?
  /// What Dropout multiplies with, by the layer's name; nil where it keeps everything.
  var factors: ((_ layer: String, _ row: Int, _ column: Int) -> Double)?
  private let offsets: [String: Int]

  init(_ model: Sequential, _ loss: Loss, shards: Int? = nil) {
    self.model = model
    self.loss = loss
    self.shards = shards
    parameters = model.parameters.scalars.map { Double($0) }
    offsets = Dictionary(uniqueKeysWithValues: model.layout.slices.map { ($0.name, $0.offset) })
  }

  /// The outputs of one row in an evaluation.
  func outputs(_ row: [Double]) -> [Double] { outputs([row], from: 0)[0] }

  /// The outputs of rows of one shard, the first at `start` in the step.
  func outputs(_ rows: Rows, from start: Int) -> Rows {
    run(model.layers, "", rows, start)
  }

  func meanLoss(_ matrix: FeatureMatrix<Float>) -> Double {
    let width = model.inputWidth
    let scalars = matrix.features.scalars.map { Double($0) }
    let all = (0..<matrix.rowCount).map { Array(scalars[($0 * width)..<(($0 + 1) * width)]) }
    var (sum, normaliser) = (0.0, 0.0)
    let count = shards ?? 1
    for shard in 0..<count {
      let range = (shard * all.count / count)..<((shard + 1) * all.count / count)
      guard !range.isEmpty else { continue }
      let outputs = outputs(Array(all[range]), from: range.lowerBound)
      for (row, z) in zip(range, outputs) {
        sum += rowLoss(z, matrix.labels, row)
        normaliser += rowWeight(matrix.labels, row)
      }
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
}

// Layers, as their definitions say.
extension Oracle {
  private func run(_ layers: [any Module], _ path: String, _ rows: Rows, _ start: Int) -> Rows {
    layers.enumerated().reduce(rows) { rows, entry in
      apply(entry.element, "\(path)\(entry.offset)", rows, start)
    }
  }

  private func apply(_ layer: any Module, _ name: String, _ rows: Rows, _ start: Int) -> Rows {
    switch layer {
    case let layer as Linear:
      return rows.map { row in
        (0..<layer.outputs).map { output in
          (0..<layer.inputs).reduce(value("\(name).bias", output)) {
            $0 + value("\(name).weight", output * layer.inputs + $1) * row[$1]
          }
        }
      }
    case is ReLU: return rows.map { $0.map { max($0, 0) } }
    case let layer as GELU:
      return rows.map { $0.map { layer.approximate == .exact ? gelu($0) : tanhGELU($0) } }
    case is SiLU: return rows.map { $0.map { $0 / (1 + exp(-$0)) } }
    case is Sigmoid: return rows.map { $0.map { 1 / (1 + exp(-$0)) } }
    case is Tanh: return rows.map { $0.map { tanh($0) } }
    case let layer as LayerNorm:
      return rows.map { row in
        let (mean, variance) = moments(row)
        return scaled(
          row.map { ($0 - mean) / (variance + Double(layer.epsilon)).squareRoot() },
          name,
          layer.affine
        )
      }
    case let layer as BatchNorm1d: return batchNorm(layer, name, rows)
    case is Dropout:
      guard shards != nil, let factors else { return rows }
      return rows.enumerated().map { row, values in
        values.enumerated().map { $0.element * factors(name, start + row, $0.offset) }
      }
    case let layer as Embedding: return rows.map { vector(layer, name, $0[0]) }
    case let layer as TabularInput:
      let ids = layer.embeddings.map(\.column)
      return rows.map { row in
        layer.embeddings.enumerated().flatMap {
          vector($0.element.embedding, "\(name).embeddings.\($0.offset)", row[$0.element.column])
        } + row.indices.filter { !ids.contains($0) }.map { row[$0] }
      }
    case let layer as Residual:
      let inner = run(layer.layers, "\(name).inner.", rows, start)
      return zip(rows, inner).map { zip($0, $1).map { $0 + $1 } }
    case let layer as Summed:
      let all = layer.layers.enumerated().map {
        run($0.element, "\(name).branches.\($0.offset).", rows, start)
      }
      return all.dropFirst().reduce(all[0]) { sum, part in
        zip(sum, part).map { zip($0, $1).map { $0 + $1 } }
      }
    default: return rows.map { $0.map { _ in .nan } }
    }
  }

  private func batchNorm(_ layer: BatchNorm1d, _ name: String, _ rows: Rows) -> Rows {
    let all = (0..<layer.features).map { column -> (Double, Double) in
      guard shards == nil else { return moments(rows.map { $0[column] }) }
      return (buffer("\(name).running_mean", column), buffer("\(name).running_var", column))
    }
    return rows.map { row in
      let normal = zip(row, all).map {
        ($0 - $1.0) / ($1.1 + Double(layer.epsilon)).squareRoot()
      }
      return scaled(normal, name, layer.affine)
    }
  }

  private func scaled(_ row: [Double], _ name: String, _ affine: Bool) -> [Double] {
    guard affine else { return row }
    return row.enumerated().map {
      $0.element * value("\(name).weight", $0.offset) + value("\(name).bias", $0.offset)
    }
  }

  private func vector(_ layer: Embedding, _ name: String, _ id: Double) -> [Double] {
    (0..<layer.dimension).map { column in
      let position = Int(id) * layer.dimension + column
      // Its vector is not learned: the differences leave it as it is.
      guard Int(id) != layer.padding else {
        let start = offsets["\(name).weight"] ?? -1
        return Double(model.parameters[start + position])
      }
      return value("\(name).weight", position)
    }
  }

  private func moments(_ values: [Double]) -> (Double, Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count))
  }

  private func gelu(_ x: Double) -> Double { x * 0.5 * erfc(-x / 2.0.squareRoot()) }

  private func tanhGELU(_ x: Double) -> Double {
    x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
  }

  private func value(_ name: String, _ index: Int) -> Double {
    parameters[(offsets[name] ?? -1) + index]
  }

  private func buffer(_ name: String, _ index: Int) -> Double {
    let offset = model.bufferLayout.slices.first { $0.name == name }?.offset ?? -1
    return Double(model.buffers[offset + index])
  }
}

// Losses, as the textbooks have them.
extension Oracle {
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
}
