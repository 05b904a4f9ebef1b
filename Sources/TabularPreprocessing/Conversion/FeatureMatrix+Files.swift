internal import Foundation
public import TabularFrame
public import TabularTensor

// Feature matrices as files of tensors.
extension FeatureMatrix {
  /// The content of a safetensors file: `features` [rows, columns], `target` [rows], and metadata
  /// that tells names, classes, the source, the recipe and the number of rows.
  ///
  /// - Throws: `PreprocessingError` when the recipe cannot be written.
  public func safetensors(source: String? = nil, recipe: Recipe? = nil) throws(PreprocessingError)
    -> Safetensors
  {
    var file = Safetensors(
      tensors: ["features": AnyTensor(features)],
      metadata: ["feature_names": jsonList(featureNames), "rows": "\(rowCount)"]
    )
    switch labels {
    case .classes(let tensor): file.tensors["target"] = AnyTensor(tensor)
    case .values(let tensor): file.tensors["target"] = AnyTensor(tensor)
    case nil: break
    }
    if let classes { file.metadata["classes"] = jsonList(classes) }
    if let source { file.metadata["source"] = source }
    if let recipe { file.metadata["recipe"] = try recipe.json() }
    return file
  }
}

extension FeatureMatrix {
  /// Reads what `safetensors(source:recipe:)` makes, from float16, float32 or float64 features.
  ///
  /// - Parameters:
  ///   - path: the file; `-` is standard input.
  ///   - mapped: whether to map the file, so that features of the same type are not copied. A file
  ///     that is truncated while a mapped matrix is in use ends the process (SIGBUS).
  /// - Returns: the matrix, and the recipe where the file holds one.
  /// - Throws: `PreprocessingError` of kind `file` that says what is missing or does not fit.
  public static func read(
    _ path: String,
    mapped: Bool = true
  ) throws(PreprocessingError) -> (matrix: FeatureMatrix, recipe: Recipe?) {
    do {
      return try matrix(of: try Safetensors(contentsOf: path, mapped: mapped), path: path)
    } catch let error as TensorError {
      throw PreprocessingError(.file, error.description, underlying: error)
    } catch let error as PreprocessingError {
      throw error
    } catch {
      throw PreprocessingError(.file, "'\(path)': \(error)", underlying: error)
    }
  }

  private static var largestNameless: Int { 1 << 20 }

  private static func matrix(of file: Safetensors, path: String) throws -> (
    matrix: FeatureMatrix, recipe: Recipe?
  ) {
    func refused(_ message: String) -> PreprocessingError {
      PreprocessingError(.file, "'\(path)' holds no feature matrix: \(message)")
    }
    guard let stored = file.tensors["features"] else { throw refused("no tensor 'features'") }
    // A tensor without elements may claim any number of rows, or of columns without a name.
    guard stored.shape.rank == 2, stored.shape[1] > 0,
      stored.shape[0] > 0 || stored.shape[1] <= largestNameless
    else { throw refused("features of shape \(stored.shape)") }
    let features = try floats(stored, refused)
    let (rows, columns) = (features.shape[0], features.shape[1])
    var labels: Labels<Scalar>?
    if let target = file.tensors["target"] {
      guard target.shape == [rows] else {
        throw refused("a target of shape \(target.shape) for \(rows) rows")
      }
      labels =
        target.dtype == .int64 ? .classes(try Tensor(target)) : .values(try floats(target, refused))
    }
    func texts(_ key: String) throws -> [String]? {
      guard let json = file.metadata[key] else { return nil }
      do {
        return try JSONDecoder().decode([String].self, from: Data(json.utf8))
      } catch {
        throw refused("the metadata '\(key)' is no JSON list of texts")
      }
    }
    let names = try texts("feature_names") ?? (0..<columns).map { "feature_\($0)" }
    guard names.count == columns else {
      throw refused("\(names.count) names for \(columns) features")
    }
    var classes = try texts("classes")
    if case .classes(let tensor) = labels {
      let largest = tensor.scalars.max() ?? 0
      guard tensor.scalars.allSatisfy({ $0 >= 0 }), largest < 1 << 20 else {
        throw refused("class numbers outside 0 ..< \(1 << 20)")
      }
      let count = max(classes?.count ?? 0, Int(largest) + 1)
      guard classes == nil || classes?.count == count else {
        throw refused("class \(largest) of \(classes?.count ?? 0) classes")
      }
      classes = classes ?? (0..<count).map(String.init)
    }
    let recipe = try file.metadata["recipe"].map { try Recipe(json: $0, name: "\(path), recipe") }
    let matrix = FeatureMatrix(
      features: features,
      featureNames: names,
      labels: labels,
      classes: classes
    )
    return (matrix, recipe)
  }

  private static func floats(
    _ tensor: AnyTensor,
    _ refused: (String) -> PreprocessingError
  ) throws -> Tensor<Scalar> {
    if tensor.dtype == Scalar.dtype { return try Tensor(tensor) }
    switch tensor.dtype {
    case .float16: return try Tensor<Float16>(tensor).map { Scalar($0) }
    case .float32: return try Tensor<Float>(tensor).map { Scalar($0) }
    case .float64: return try Tensor<Double>(tensor).map { Scalar($0) }
    default: throw refused("\(tensor.dtype.rawValue) where floats were expected")
    }
  }
}

extension FeatureMatrix {
  /// The rows at these positions, in this order.
  public func taking(_ rows: [Int]) -> FeatureMatrix {
    let width = features.shape[1]
    let taken = Tensor<Scalar>(shape: [rows.count, width]) { target in
      features.withUnsafeScalars { source in
        for (i, row) in rows.enumerated() {
          for column in 0..<width { target[i * width + column] = source[row * width + column] }
        }
      }
    }
    let labels: Labels<Scalar>? =
      switch labels {
      case .classes(let tensor): .classes(Tensor(rows.map { tensor[$0] }))
      case .values(let tensor): .values(Tensor(rows.map { tensor[$0] }))
      case nil: nil
      }
    return FeatureMatrix(
      features: taken,
      featureNames: featureNames,
      labels: labels,
      classes: classes,
      rowIDs: rows.map { rowIDs[$0] }
    )
  }
}

extension FeatureMatrix {
  /// The features as float64 columns, and the target as the last one.
  ///
  /// - Parameter target: the name of the target's column; `target` unless given.
  /// - Returns: a frame with the row ids of the matrix.
  /// - Throws: `PreprocessingError` when the target is named as a feature is.
  public func frame(target: String? = nil) throws(PreprocessingError) -> DataFrame {
    try frame(target: target, rows: 0..<rowCount)
  }

  func frame(target: String?, rows: Range<Int>) throws(PreprocessingError) -> DataFrame {
    let width = features.shape[1]
    let first = rows.lowerBound
    var columns: [(name: String, column: Column)] = []
    for (position, name) in featureNames.enumerated() {
      let values = features.withUnsafeScalars { scalars in
        FixedVector<Double>(count: rows.count) { Double(scalars[(first + $0) * width + position]) }
      }
      let validity = Validity(count: rows.count) { !values[$0].isNaN }
      columns.append((name: name, column: Column(storage: .float64(values), validity: validity)))
    }
    switch labels {
    case .classes(let tensor):
      columns.append((name: target ?? "target", column: Column(Array(tensor.scalars[rows]))))
    case .values(let tensor):
      columns.append(
        (name: target ?? "target", column: Column(tensor.scalars[rows].map { Double($0) }))
      )
    case nil: break
    }
    do throws(FrameError) {
      return try DataFrame(columns, ids: RowIDs(Array(rowIDs[rows])))
    } catch {
      throw PreprocessingError(error)
    }
  }
}
