public import TabularFrame
public import TabularPreprocessing
public import TabularTensor

/// The rows of a folder of shards that `convert` wrote, mapped and not read: more than memory holds.
///
/// The pages of rows that were used longest ago are let go once more than `memory` bytes are mapped
/// in. With a shuffle over all rows almost each row is another page; `windowShuffle` keeps to a
/// window of some blocks at a time:
///
/// ```swift
/// let rows = try ShardDataset<Float>("clicks", memory: 256 << 20)
/// let loader = try DataLoader(rows, batchSize: 1_024, sampler: rows.windowShuffle(seed: 7))
/// ```
///
/// A part that is truncated while it is mapped ends the process (SIGBUS).
public struct ShardDataset<Scalar: FloatingTensorScalar>: BatchDataset {
  /// The folder.
  public let folder: String
  /// The number of rows.
  public let count: Int
  /// A name for each feature.
  public let featureNames: [String]
  /// The original text of each class; nil where there is no target, or values to regress.
  public let classes: [String]?
  /// The bytes of rows that may be mapped in at once.
  public let memory: Int
  /// Whether the rows have a target.
  public let hasTarget: Bool
  /// The features, those that are rows of embedding tables, and the targets, mapped.
  private let features: MappedRows
  private let numbers: MappedRows?
  private let categories: CategoryColumns
  private let targets: MappedRows?
  private let residency: Residency
  /// Of the index: the parts with their sums.
  public let fingerprint: String

  /// Maps the parts of a folder.
  ///
  /// - Parameters:
  ///   - folder: what `convert` wrote.
  ///   - memory: the bytes of rows that may be mapped in at once.
  /// - Throws: `PreprocessingError` of kind `file` that says what is missing or does not fit.
  public init(_ folder: String, memory: Int = 256 << 20) throws(PreprocessingError) {
    precondition(memory > 0, "\(memory) bytes for rows")
    let index = try ShardIndex.read(folder: folder)
    (self.folder, self.memory, count) = (folder, memory, index.rows)
    categories = index.categories ?? CategoryColumns()
    (featureNames, classes) = (categories.merged(index.featureNames), index.classes)
    hasTarget = index.target != nil
    guard index.dtype == Scalar.dtype.rawValue else {
      throw PreprocessingError(
        .file,
        "'\(folder)' has features of type \(index.dtype), and \(Scalar.dtype.rawValue) was asked for"
      )
    }
    var features: [Tensor<Scalar>] = []
    var numbers: [Tensor<Int32>] = []
    var targets: [AnyTensor] = []
    var hash = Fingerprint()
    for part in index.parts {
      let path = "\(folder)/\(part.file)"
      let file: Safetensors
      do throws(TensorError) {
        file = try Safetensors(contentsOf: path, mapped: true)
      } catch {
        throw PreprocessingError(.file, error.description, underlying: error)
      }
      let target = file.tensors["target"]
      guard let stored = file.tensors["features"], let tensor = try? Tensor<Scalar>(stored),
        tensor.shape == [part.rows, index.featureNames.count],
        index.target == nil || target?.shape == [part.rows],
        target.map({ $0.dtype == (index.classes == nil ? Scalar.dtype : .int64) }) ?? true
      else {
        throw PreprocessingError(
          .file,
          "'\(path)' is not as the index says: expected features [\(part.rows), "
            + "\(index.featureNames.count)] of type \(index.dtype)"
            + (index.target == nil ? "" : " and a target [\(part.rows)]")
        )
      }
      if !categories.isEmpty {
        guard let stored = file.tensors["categories"], let ids = try? Tensor<Int32>(stored),
          ids.shape == [part.rows, categories.count]
        else {
          throw PreprocessingError(
            .file,
            "'\(path)' is not as the index says: expected categories [\(part.rows), "
              + "\(categories.count)] of type I32"
          )
        }
        numbers.append(ids)
      }
      features.append(tensor)
      if hasTarget, let target { targets.append(target) }
      hash.combine(part.rows)
      hash.combine(part.crc32)
    }
    fingerprint = hash.text
    let residency = Residency(limit: memory)
    let width = index.featureNames.count * MemoryLayout<Scalar>.stride
    let targetWidth = index.classes == nil ? MemoryLayout<Scalar>.stride : 8
    let numberWidth = categories.count * MemoryLayout<Int32>.stride
    // All keep about the same rows.
    let rowWidth = width + numberWidth + (hasTarget ? targetWidth : 0)
    func share(_ width: Int) -> Int {
      width == 0 ? 0 : Int(Double(memory) * (Double(width) / Double(rowWidth)))
    }
    let (featureMemory, numberMemory) = (share(width), share(numberWidth))
    self.features = MappedRows(
      features.map { ($0.buffer, $0.shape[0]) },
      width: width,
      residency,
      limit: featureMemory
    )
    self.numbers =
      categories.isEmpty
      ? nil
      : MappedRows(
        numbers.map { ($0.buffer, $0.shape[0]) },
        width: numberWidth,
        residency,
        limit: numberMemory
      )
    self.targets =
      hasTarget
      ? MappedRows(
        targets.map { ($0.buffer, $0.shape[0]) },
        width: targetWidth,
        residency,
        limit: memory - featureMemory - numberMemory
      ) : nil
    self.residency = residency
  }

  /// The recipe that made the features.
  ///
  /// - Throws: `PreprocessingError` when it cannot be read.
  public func recipe() throws(PreprocessingError) -> Recipe {
    try Recipe(contentsOf: "\(folder)/\(ShardIndex.recipeName)")
  }

  /// The position, as in a matrix that is read from the folder.
  public func rowIDs(at indices: [Int]) -> [RowID] {
    RowID.records(indices)
  }

  /// The rows at some positions; a position outside 0 ..< count traps.
  ///
  /// - Throws: `CollationError` for a class that the index does not have.
  public func batch(_ indices: [Int]) throws(CollationError) -> (
    features: Tensor<Scalar>, target: Labels<Scalar>?
  ) { try batch(indices, in: .alone) }

  /// The rows at some positions, in the loader's memory; a position outside 0 ..< count traps.
  ///
  /// - Throws: `CollationError` for a class that the index does not have.
  public func batch(_ indices: [Int], in context: BatchContext) throws(CollationError) -> (
    features: Tensor<Scalar>, target: Labels<Scalar>?
  ) {
    let buffer = features.gathered(indices, in: context)
    let width = featureNames.count - categories.count
    var rows = Tensor<Scalar>(shape: [indices.count, width], buffer: buffer)
    if let numbers {
      let ids = Tensor<Int32>(
        shape: [indices.count, categories.count],
        buffer: numbers.gathered(indices, in: context)
      )
      rows = categories.merge(rows, ids)
    }
    guard let targets else { return (rows, nil) }
    let labels = targets.gathered(indices, in: context)
    guard let classes else {
      return (rows, .values(Tensor(shape: [indices.count], buffer: labels)))
    }
    let numbers = Tensor<Int64>(shape: [indices.count], buffer: labels)
    let known = 0..<Int64(classes.count)
    if let wrong = numbers.withUnsafeScalars({ $0.firstIndex { !known.contains($0) } }) {
      throw CollationError(
        position: wrong,
        "class \(numbers[wrong]) of \(classes.count) classes in '\(folder)'"
      )
    }
    return (rows, .classes(numbers))
  }
}

// Larger than memory.
extension ShardDataset {
  private var rowBytes: Int {
    featureNames.count * MemoryLayout<Scalar>.stride + (hasTarget ? 8 : 0)
  }

  /// A shuffle of blocks of rows, and of the rows within a window of blocks.
  ///
  /// The sizes are part of the order: they do not depend on `memory`, so that all machines have the
  /// same order.
  ///
  /// - Parameters:
  ///   - blockSize: the rows of a block; unless given, those of a MiB.
  ///   - windowBlocks: the blocks of a window.
  ///   - seed: what the orders of the epochs are drawn from.
  /// - Returns: a sampler of all rows.
  /// - Throws: `LoadingError` of kind `argument` where a window takes more than `memory`.
  public func windowShuffle(
    blockSize: Int? = nil,
    windowBlocks: Int = 64,
    seed: UInt64 = 0
  ) throws(LoadingError) -> WindowShuffleSampler {
    let sampler = try WindowShuffleSampler(
      count: count,
      blockSize: blockSize ?? max(1, (1 << 20) / max(rowBytes, 1)),
      windowBlocks: windowBlocks,
      seed: seed
    )
    let (bytes, overflow) = sampler.windowRows.multipliedReportingOverflow(by: rowBytes)
    guard !overflow, bytes <= memory else {
      throw LoadingError(
        .argument,
        "a window of \(sampler.windowRows) rows takes \(overflow ? "too many" : "\(bytes)") bytes, and "
          + "memory is \(memory); give more memory, or smaller windows, which are another order"
      )
    }
    return sampler
  }

  /// The bytes of rows that are in memory, as far as is known.
  package var residentBytes: Int {
    residency.residentBytes + features.copiedBytes + (numbers?.copiedBytes ?? 0)
      + (targets?.copiedBytes ?? 0)
  }
}
