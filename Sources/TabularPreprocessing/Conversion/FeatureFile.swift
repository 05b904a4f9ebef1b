internal import TabularCSV
internal import TabularFiles
internal import TabularFrame
package import TabularTensor

/// The formats that features are written in.
package enum FeatureFormat: String, CaseIterable, Sendable {
  case safetensors
  case npz
  case npy
  case arrow
  case csv
  case svm

  /// Whether rows of embedding tables stand in a tensor of their own, and not among the features.
  package var holdsCategories: Bool { self == .safetensors || self == .npz }
}

/// What the files of a conversion have in common, known before the first row is written.
package struct FeatureLayout: Sendable {
  /// The names of the features in order.
  package var featureNames: [String]
  /// Those that are rows of embedding tables, which files of tensors hold as a tensor of their own.
  package var categories: CategoryColumns
  /// The column of the target; nil where none is written.
  package var target: String?
  /// The names of the classes; nil where the target is a number, or none.
  package var classes: [String]?
  /// Text by name, for formats that hold it.
  package var metadata: [String: String]

  /// The layout of what a recipe makes.
  ///
  /// - Parameters:
  ///   - recipe: makes the features.
  ///   - hasTarget: whether the rows have the recipe's target.
  ///   - classNames: names for the classes; nil keeps those of the data.
  ///   - source: where the rows come from.
  /// - Throws: `PreprocessingError` of kind `target` for names that are not as many as the classes.
  package init(
    _ recipe: Recipe,
    hasTarget: Bool,
    classNames: [String]? = nil,
    source: String? = nil
  ) throws(PreprocessingError) {
    featureNames = recipe.featureNames
    categories = recipe.categories
    target = hasTarget ? recipe.target?.column : nil
    classes = hasTarget ? recipe.target?.classes : nil
    if let classNames {
      guard let classes, classes.count == classNames.count else {
        throw PreprocessingError(
          .target,
          "--class-names gives \(classNames.count) names, the target has \(classes?.count ?? 0) "
            + "classes"
        )
      }
      self.classes = classNames
    }
    metadata = ["feature_names": jsonList(featureNames)]
    if let classes { metadata["classes"] = jsonList(classes) }
    if let source { metadata["source"] = source }
  }
}

/// A JSON list of texts.
func jsonList(_ texts: [String]) -> String {
  "[\(texts.map(jsonString).joined(separator: ", "))]"
}

/// A file of features that is written a chunk of rows at a time, in memory for a chunk; it appears
/// under its name when it is complete.
package final class FeatureFile<Scalar: FloatingTensorScalar> {
  private let layout: FeatureLayout
  private let rowCount: Int
  /// The rows so far.
  private var rows = 0
  private var output: Output
  /// The features that are infinite because the type cannot hold them.
  package private(set) var infinities = 0

  private enum Output: ~Copyable {
    /// Features, categories where there are some, and the target in this order.
    case tensors(TensorFileWriter, hasTarget: Bool)
    case arrow(ArrowWriter)
    case csv(AtomicFile, hasHeader: Bool)
    case svm(AtomicFile)
    case done
  }

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - path: where it appears.
  ///   - format: what it is.
  ///   - layout: what it holds.
  ///   - rowCount: the rows that will come, all of them.
  /// - Throws: `PreprocessingError` of kind `file` when it cannot be made.
  package init(path: String, format: FeatureFormat, layout: FeatureLayout, rowCount: Int)
    throws(PreprocessingError)
  {
    (self.layout, self.rowCount) = (layout, rowCount)
    let tensors: TensorFileFormat?
    switch format {
    case .safetensors: tensors = .safetensors
    case .npz: tensors = .npz
    case .npy: tensors = .npy
    case .arrow, .csv, .svm: tensors = nil
    }
    if let tensors {
      let categories = layout.categories
      let width = layout.featureNames.count - categories.count
      var entries = [
        TensorFileEntry(name: "features", dtype: Scalar.dtype, shape: [rowCount, width])
      ]
      if !categories.isEmpty {
        entries.append(
          TensorFileEntry(name: "categories", dtype: .int32, shape: [rowCount, categories.count])
        )
      }
      let hasTarget = layout.target != nil && format != .npy
      if hasTarget {
        let dtype: DType = layout.classes == nil ? Scalar.dtype : .int64
        entries.append(TensorFileEntry(name: "target", dtype: dtype, shape: [rowCount]))
      }
      var metadata = layout.metadata
      metadata["rows"] = "\(rowCount)"
      if !categories.isEmpty {
        let plain = categories.others(of: layout.featureNames.count)
        metadata["feature_names"] = jsonList(plain.map { layout.featureNames[$0] })
        categories.add(to: &metadata)
      }
      do throws(TensorError) {
        output = .tensors(
          try TensorFileWriter(path: path, format: tensors, entries: entries, metadata: metadata),
          hasTarget: hasTarget
        )
      } catch {
        throw PreprocessingError(.file, error.description, underlying: error)
      }
    } else if format == .arrow {
      var metadata = layout.metadata
      metadata["rows"] = "\(rowCount)"
      let type: ColumnType = layout.classes == nil ? .float64 : .int64
      do throws(FrameError) {
        output = .arrow(
          try ArrowWriter(
            path,
            features: layout.featureNames,
            as: Scalar.dtype,
            columns: layout.target.map { [(name: $0, type: type)] } ?? [],
            options: ArrowWritingOptions(format: .file, metadata: metadata)
          )
        )
      } catch {
        throw PreprocessingError(error)
      }
    } else {
      do throws(FileError) {
        let file = try AtomicFile(path: path)
        output = format == .svm ? .svm(file) : .csv(file, hasHeader: false)
      } catch {
        throw PreprocessingError(error)
      }
    }
  }

  /// Appends rows of a matrix.
  ///
  /// - Throws: `PreprocessingError` of kind `file` when they cannot be written, or are more than were
  ///   to come.
  package func append(_ matrix: FeatureMatrix<Scalar>, rows: Range<Int>? = nil)
    throws(PreprocessingError)
  {
    let rows = rows ?? 0..<matrix.rowCount
    self.rows += rows.count
    guard self.rows <= rowCount else { throw .rowsThatWereNotCounted(rowCount) }
    infinities += matrix.infinities(in: rows)
    // Taken out while it is written to, since it cannot be copied.
    var current = Output.done
    swap(&current, &output)
    switch consume current {
    case .tensors(var writer, let hasTarget):
      try append(matrix, rows, to: &writer, hasTarget: hasTarget)
      output = .tensors(writer, hasTarget: hasTarget)
    case .arrow(var writer):
      let part = matrix.slice(rows)
      do throws(FrameError) {
        try writer.append(
          features: part.features,
          columns: layout.target == nil ? [] : part.labelColumn.map { [$0] } ?? []
        )
      } catch {
        throw PreprocessingError(error)
      }
      output = .arrow(writer)
    case .csv(let file, let hasHeader):
      let frame = try matrix.frame(target: layout.target, rows: rows)
      do throws(FileError) {
        try frame.appendCSV(to: file, hasHeader: !hasHeader)
      } catch {
        throw PreprocessingError(error)
      }
      output = .csv(file, hasHeader: true)
    case .svm(let file):
      do throws(FileError) {
        for piece in matrix.svmlight(rows: rows) { try file.write(piece) }
      } catch {
        throw PreprocessingError(error)
      }
      output = .svm(file)
    case .done: preconditionFailure("rows for a file that is complete")
    }
  }

  private func append(
    _ matrix: FeatureMatrix<Scalar>,
    _ rows: Range<Int>,
    to writer: inout TensorFileWriter,
    hasTarget: Bool
  ) throws(PreprocessingError) {
    do throws(TensorError) {
      var place = 1
      if layout.categories.isEmpty {
        try writer.append(matrix.features.bytes(ofRows: rows), to: 0)
      } else {
        let (plain, numbers) = layout.categories.split(matrix.features, rows: rows)
        try writer.append(plain.bytes(ofRows: 0..<rows.count), to: 0)
        try writer.append(numbers.bytes(ofRows: 0..<rows.count), to: 1)
        place = 2
      }
      guard hasTarget else { return }
      switch matrix.labels {
      case .classes(let tensor): try writer.append(tensor.bytes(ofRows: rows), to: place)
      case .values(let tensor): try writer.append(tensor.bytes(ofRows: rows), to: place)
      case nil: break
      }
    } catch {
      throw PreprocessingError(.file, error.description, underlying: error)
    }
  }

  /// Gives the complete file its name.
  ///
  /// - Throws: `PreprocessingError` of kind `file` when rows are missing, or it cannot be written.
  package func commit() throws(PreprocessingError) {
    guard rows == rowCount else { throw .rowsThatWereNotCounted(rowCount) }
    var current = Output.done
    swap(&current, &output)
    switch consume current {
    case .tensors(let writer, _):
      do throws(TensorError) {
        try writer.commit()
      } catch {
        throw PreprocessingError(.file, error.description, underlying: error)
      }
    case .arrow(let writer):
      do throws(FrameError) {
        try writer.finish()
      } catch {
        throw PreprocessingError(error)
      }
    case .csv(let file, let hasHeader):
      if !hasHeader {
        let names = try noRow.frame(target: layout.target)
        do throws(FileError) {
          try names.appendCSV(to: file, hasHeader: true)
        } catch {
          throw PreprocessingError(error)
        }
      }
      try Self.commit(file)
    case .svm(let file): try Self.commit(file)
    case .done: break
    }
  }

  /// What a file of names alone is written from.
  private var noRow: FeatureMatrix<Scalar> {
    FeatureMatrix(
      features: Tensor(zeros: [0, layout.featureNames.count]),
      featureNames: layout.featureNames,
      labels: layout.target.map { _ in
        layout.classes == nil ? .values(Tensor(zeros: [0])) : .classes(Tensor(zeros: [0]))
      },
      classes: layout.classes
    )
  }

  private static func commit(_ file: consuming AtomicFile) throws(PreprocessingError) {
    do throws(FileError) {
      try file.commit()
    } catch {
      throw PreprocessingError(error)
    }
  }
}

extension PreprocessingError {
  /// The rows of a pass are others than those of the one before.
  static func rowsThatWereNotCounted(_ rowCount: Int) -> PreprocessingError {
    PreprocessingError(
      .file,
      "there are no longer the \(rowCount) rows that were counted: the input has changed while it "
        + "was read; convert it again"
    )
  }
}

extension Tensor {
  /// The bytes of rows, valid while the tensor is held.
  fileprivate func bytes(ofRows rows: Range<Int>) -> UnsafeRawBufferPointer {
    let rowBytes = shape.dimensions.dropFirst().reduce(MemoryLayout<Scalar>.stride, *)
    return UnsafeRawBufferPointer(
      start: buffer.pointer + rows.lowerBound * rowBytes,
      count: rows.count * rowBytes
    )
  }
}

extension FeatureMatrix {
  /// A run of rows; without a copy where it is all of them.
  fileprivate func slice(_ rows: Range<Int>) -> FeatureMatrix {
    rows == 0..<rowCount ? self : taking(Array(rows))
  }

  /// The target as a column: integers, or float64.
  fileprivate var labelColumn: Column? {
    switch labels {
    case .classes(let tensor): Column(tensor.scalars)
    case .values(let tensor): Column(tensor.scalars.map { Double($0) })
    case nil: nil
    }
  }

  /// How many features of some rows are infinite.
  fileprivate func infinities(in rows: Range<Int>) -> Int {
    let (first, count) = (rows.lowerBound * features.shape[1], rows.count * features.shape[1])
    // Concrete types, whose bits a vector compares.
    return features.withUnsafeScalars { scalars -> Int in
      guard let start = scalars.baseAddress else { return 0 }
      let memory = UnsafeRawPointer(start + first)
      switch Scalar.dtype {
      case .float32:
        let bits = memory.assumingMemoryBound(to: UInt32.self)
        return countInBlocks(count) { bits[$0] & 0x7FFF_FFFF == 0x7F80_0000 }
      case .float16:
        let bits = memory.assumingMemoryBound(to: UInt16.self)
        return countInBlocks(count) { bits[$0] & 0x7FFF == 0x7C00 }
      default:
        let bits = memory.assumingMemoryBound(to: UInt64.self)
        return countInBlocks(count) { bits[$0] << 1 == 0xFFE0_0000_0000_0000 }
      }
    }
  }
}

/// How many indices below `count` have a property, counted in 32 bits so that a vector counts several.
@inline(__always)
private func countInBlocks(_ count: Int, _ has: (Int) -> Bool) -> Int {
  var total = 0
  var first = 0
  while first < count {
    let end = min(count, first &+ (1 << 20))
    var found: UInt32 = 0
    for index in first..<end { found &+= has(index) ? 1 : 0 }
    total += Int(found)
    first = end
  }
  return total
}
