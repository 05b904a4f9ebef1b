internal import Foundation
internal import TabularFrame
internal import TabularLoading
internal import TabularPreprocessing
internal import TabularTensor

/// The tensors of rows, whatever the type of the features.
struct RowTensors: Sendable {
  var features: AnyTensor
  /// nil where there is nothing to learn.
  var target: AnyTensor?
  var rowIDs: AnyTensor

  init<Scalar>(_ features: Tensor<Scalar>, _ target: Labels<Scalar>?, _ rowIDs: [RowID]) {
    self.features = AnyTensor(features)
    self.target =
      switch target {
      case .classes(let tensor): AnyTensor(tensor)
      case .values(let tensor): AnyTensor(tensor)
      case nil: nil
      }
    let numbers = rowIDs.map { Int64(bitPattern: $0.rawValue) }
    self.rowIDs = AnyTensor(Tensor(numbers))
  }
}

/// A feature matrix whose element type is known at run time.
protocol ErasedMatrix: AnyObject, Sendable {
  var shape: Shape { get }
  /// JSON texts that live as long as the matrix.
  var featureNames: CText { get }
  var classes: CText { get }
  var tensors: RowTensors { get }
  func frame() throws -> DataFrame
  func loader(
    batchSize: Int,
    shuffle: Bool,
    seed: UInt64,
    workers: Int,
    dropLast: Bool
  ) throws -> any ErasedLoader
}

/// The batches of a matrix.
protocol ErasedLoader: AnyObject, Sendable {
  var batchCount: Int { get }
  func epoch(_ epoch: Int) -> any ErasedEpoch
}

/// One pass over the batches.
protocol ErasedEpoch: AnyObject, Sendable {
  func next() throws -> RowTensors?
}

final class Matrix<Scalar: FloatingTensorScalar>: ErasedMatrix {
  private let matrix: FeatureMatrix<Scalar>
  private let target: String?
  let featureNames: CText
  let classes: CText

  /// Wraps a matrix; `target` names its labels' column.
  init(_ matrix: FeatureMatrix<Scalar>, target: String?) throws {
    self.matrix = matrix
    self.target = target
    featureNames = CText(Self.json(matrix.featureNames))
    classes = CText(matrix.classes.map(Self.json) ?? "null")
  }

  private static func json(_ texts: [String]) -> String {
    "[\(texts.map(jsonString).joined(separator: ", "))]"
  }

  var shape: Shape { matrix.features.shape }

  var tensors: RowTensors { RowTensors(matrix.features, matrix.labels, matrix.rowIDs) }

  func frame() throws -> DataFrame { try matrix.frame(target: target) }

  func loader(
    batchSize: Int,
    shuffle: Bool,
    seed: UInt64,
    workers: Int,
    dropLast: Bool
  ) throws -> any ErasedLoader {
    Loader(
      try DataLoader(
        matrix,
        batchSize: batchSize,
        shuffle: shuffle,
        seed: seed,
        workers: workers,
        dropLast: dropLast
      )
    )
  }
}

private final class Loader<Scalar: FloatingTensorScalar>: ErasedLoader {
  private let loader: DataLoader<Tensor<Scalar>, Labels<Scalar>?>

  init(_ loader: DataLoader<Tensor<Scalar>, Labels<Scalar>?>) { self.loader = loader }

  var batchCount: Int { loader.batchCount }

  func epoch(_ epoch: Int) -> any ErasedEpoch { RunningEpoch(BatchPuller(loader, epoch: epoch)) }
}

private final class RunningEpoch<Scalar: FloatingTensorScalar>: ErasedEpoch {
  private let batches: BatchPuller<Tensor<Scalar>, Labels<Scalar>?>

  init(_ batches: BatchPuller<Tensor<Scalar>, Labels<Scalar>?>) { self.batches = batches }

  func next() throws -> RowTensors? {
    try batches.next().map { RowTensors($0.features, $0.target, $0.rowIDs) }
  }
}

/// A C string that lives as long as the object.
final class CText: @unchecked Sendable {
  // Written once, before anyone reads it.
  private let buffer: UnsafeMutableBufferPointer<CChar>

  init(_ text: String) {
    buffer = .allocate(capacity: text.utf8.count + 1)
    _ = buffer.initialize(fromContentsOf: text.utf8CString)
  }

  deinit { buffer.deallocate() }

  var pointer: UnsafePointer<CChar>? { UnsafePointer(buffer.baseAddress) }
}
