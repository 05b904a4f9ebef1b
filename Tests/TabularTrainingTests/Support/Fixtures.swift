import TabularFrame
import TabularLoading
import TabularPreprocessing
import TabularTensor
import TabularTraining

/// Batches of a matrix in the order of its rows.
struct InOrder: BatchSource {
  let matrix: FeatureMatrix<Float>
  let batchSize: Int
  var rowCount: Int { matrix.rowCount }

  init(_ matrix: FeatureMatrix<Float>, batchSize: Int) {
    self.matrix = matrix
    self.batchSize = batchSize
  }

  func forEachBatch(
    epoch: Int,
    _ body: (Batch<Tensor<Float>, Labels<Float>?>) throws -> Void
  ) throws {
    for (index, start) in stride(from: 0, to: rowCount, by: batchSize).enumerated() {
      let range = start..<min(start + batchSize, rowCount)
      try body(
        Batch(
          features: matrix.features.rows(range),
          target: matrix.labels?.rows(range),
          rowIDs: Array(matrix.rowIDs[range]),
          epoch: epoch,
          index: index
        )
      )
    }
  }
}

extension Tensor {
  /// Rows of a matrix, or elements of a vector.
  func rows(_ range: Range<Int>) -> Tensor {
    let width = shape.rank == 2 ? shape[1] : 1
    let part = Array(scalars[(range.lowerBound * width)..<(range.upperBound * width)])
    return Tensor(shape: Shape([range.count] + shape.dimensions.dropFirst()), part)
  }
}

extension Labels {
  func rows(_ range: Range<Int>) -> Labels {
    switch self {
    case .classes(let tensor): .classes(tensor.rows(range))
    case .values(let tensor): .values(tensor.rows(range))
    }
  }
}

/// Random numbers from a seed that a failing test prints.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state &* 0x2545_F491_4F6C_DD1D
  }

  mutating func tensor(_ shape: Shape) -> Tensor<Float> {
    Tensor(shape: shape, (0..<shape.count).map { _ in Float.random(in: -2...2, using: &self) })
  }

  mutating func classes(_ rows: Int, below count: Int64) -> Tensor<Int64> {
    Tensor((0..<rows).map { _ in Int64.random(in: 0..<count, using: &self) })
  }

  /// A matrix whose labels fit the loss; two classes, or `classes` for cross-entropy.
  mutating func matrix(
    rows: Int,
    columns: Int,
    loss: Loss,
    classes: Int64 = 3
  ) -> FeatureMatrix<Float> {
    let labels: Labels<Float> =
      switch loss.kind {
      case .binaryCrossEntropyWithLogits: .classes(self.classes(rows, below: 2))
      case .crossEntropy: .classes(self.classes(rows, below: classes))
      case .meanSquaredError, .meanAbsoluteError, .huber: .values(tensor([rows]))
      }
    return FeatureMatrix(
      features: tensor([rows, columns]),
      featureNames: (0..<columns).map { "x\($0)" },
      labels: labels
    )
  }
}

extension Tensor where Scalar == Float {
  /// The exact content, so that 0 and -0 differ and a NaN equals itself.
  var bits: [UInt32] { scalars.map(\.bitPattern) }
}
