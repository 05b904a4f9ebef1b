public import TabularFrame
public import TabularPreprocessing
public import TabularTensor

/// The rows of a feature matrix, gathered a batch at a time.
public struct MatrixDataset<Scalar: FloatingTensorScalar>: BatchDataset {
  /// The matrix that the rows are taken from.
  public let matrix: FeatureMatrix<Scalar>
  /// The id of the first row where the others follow it one by one.
  private let firstID: RowID?
  /// The class numbers of many rows, where a byte holds each.
  private let classBytes: ClassBytes?

  /// Wraps a matrix, without copying; of many class numbers it makes a copy of a byte each.
  public init(_ matrix: FeatureMatrix<Scalar>) {
    self.matrix = matrix
    let first = matrix.rowIDs.first ?? RowID(record: 0)
    let isRun = matrix.rowIDs.withUnsafeBufferPointer { ids in
      ids.indices.allSatisfy { ids[$0].rawValue == first.rawValue + UInt64($0) }
    }
    firstID = isRun ? first : nil
    if case .classes(let classes) = matrix.labels {
      classBytes = ClassBytes(classes)
    } else {
      classBytes = nil
    }
  }

  /// The number of rows.
  public var count: Int { matrix.rowCount }

  /// The matrix's own row id.
  public func rowID(at index: Int) -> RowID { matrix.rowIDs[index] }

  /// The matrix's own row ids; a position outside 0 ..< count traps.
  public func rowIDs(at indices: [Int]) -> [RowID] { rowIDs(at: indices, in: .alone) }

  @specialized(where Scalar == Float)
  func rowIDs(at indices: [Int], in context: BatchContext) -> [RowID] {
    if let firstID { return consecutiveIDs(from: firstID, at: indices, count: count, in: context) }
    // The standard library writes into the one empty array of all threads for a capacity of 0.
    if indices.isEmpty { return [] }
    return [RowID](unsafeUninitializedCapacity: indices.count) { ids, filled in
      indices.withUnsafeBufferPointer { rows in
        matrix.rowIDs.withUnsafeBufferPointer { all in
          guard let source = all.baseAddress, let target = ids.baseAddress else { return }
          gatherRows(
            rows,
            of: MemoryLayout<RowID>.stride,
            from: source,
            rowCount: all.count,
            to: target,
            in: context
          )
        }
      }
      filled = indices.count
    }
  }

  /// Copies rows into new tensors; a position outside 0 ..< count traps.
  ///
  /// - Returns: features of shape [indices, columns], and labels of shape [indices] where the
  ///   matrix has labels.
  public func batch(_ indices: [Int]) -> (features: Tensor<Scalar>, target: Labels<Scalar>?) {
    batch(indices, in: .alone)
  }

  /// Copies rows into the loader's memory; a position outside 0 ..< count traps.
  ///
  /// - Returns: features of shape [indices, columns], and labels of shape [indices] where the
  ///   matrix has labels.
  public func batch(_ indices: [Int], in context: BatchContext) -> (
    features: Tensor<Scalar>, target: Labels<Scalar>?
  ) {
    (
      matrix.features.gathered(indices, in: context),
      classBytes.map { .classes($0.gathered(indices, in: context)) }
        ?? matrix.labels?.gathered(indices, in: context)
    )
  }
}
