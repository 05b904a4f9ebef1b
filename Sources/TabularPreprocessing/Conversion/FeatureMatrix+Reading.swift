internal import Foundation
internal import TabularFiles
internal import TabularTensor

/// What `convert` may have written under a path.
package enum ConvertedKind {
  case safetensors
  case npz
  case shards

  /// Looks at the first bytes; nil for anything else, as a CSV.
  package init?(_ path: String) throws(PreprocessingError) {
    guard path != "-" else { return nil }
    guard !isFolder(path) else {
      self = .shards
      return
    }
    var prefix = [UInt8](repeating: 0, count: 16)
    do throws(FileError) {
      let file = try InputFile(path: path)
      guard file.size != nil else { return nil }
      var failure: FileError?
      var count = 0
      prefix.withUnsafeMutableBytes { space in
        do throws(FileError) {
          count = try file.read(into: space, at: 0)
        } catch {
          failure = error
        }
      }
      if let failure { throw failure }
      prefix.removeLast(prefix.count - count)
    } catch {
      throw PreprocessingError(error)
    }
    if prefix.starts(with: Array("PK".utf8) + [3, 4]) {
      self = .npz
    } else if Safetensors.isLikely(prefix) {
      self = .safetensors
    } else {
      return nil
    }
  }
}

extension FeatureMatrix {
  /// Reads what `convert` wrote: a safetensors or npz file, or a folder of shards, with float16,
  /// float32 or float64 features.
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
      switch try ConvertedKind(path) {
      case .shards: return try shards(in: path, mapped: mapped)
      case .npz:
        let names: Set = ["features", "categories", "target"]
        let tensors = try NPZ.read(path, names: names, mapped: mapped)
        return try matrix(of: Safetensors(tensors: tensors, metadata: [:]), path: path)
      case .safetensors, nil:
        return try matrix(of: try Safetensors(contentsOf: path, mapped: mapped), path: path)
      }
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
    // Beside categories there may be no other feature.
    let least = file.tensors["categories"] == nil ? 1 : 0
    guard stored.shape.rank == 2, stored.shape[1] >= least,
      stored.shape[0] > 0 || stored.shape[1] <= largestNameless
    else { throw refused("features of shape \(stored.shape)") }
    var features = try floats(stored, refused)
    let (rows, columns) = (features.shape[0], features.shape[1])
    var labels: Labels<Scalar>?
    if let target = file.tensors["target"] {
      guard target.shape == [rows] else {
        throw refused("a target of shape \(target.shape) for \(rows) rows")
      }
      labels =
        target.dtype == .int64 ? .classes(try Tensor(target)) : .values(try floats(target, refused))
    }
    func list<Element: Decodable>(_ key: String, of what: String) throws -> [Element]? {
      guard let json = file.metadata[key] else { return nil }
      do {
        return try JSONDecoder().decode([Element].self, from: Data(json.utf8))
      } catch {
        throw refused("the metadata '\(key)' is no JSON list of \(what)")
      }
    }
    func texts(_ key: String) throws -> [String]? { try list(key, of: "texts") }
    func numbers(_ key: String) throws -> [Int] { try list(key, of: "whole numbers") ?? [] }
    var names = try texts("feature_names") ?? (0..<columns).map { "feature_\($0)" }
    guard names.count == columns else {
      throw refused("\(names.count) names for \(columns) features")
    }
    if let stored = file.tensors["categories"] {
      guard let list = try texts(CategoryColumns.namesKey) else {
        throw refused(
          "a tensor 'categories', and no metadata that tells how many there are of each: a "
            + ".safetensors file does"
        )
      }
      var categories = CategoryColumns()
      categories.names = list
      categories.cardinalities = try numbers(CategoryColumns.cardinalitiesKey)
      categories.positions = try numbers(CategoryColumns.positionsKey)
      guard stored.dtype == .int32, !list.isEmpty else {
        throw refused("categories of type \(stored.dtype.rawValue), expected I32")
      }
      let tensor = try Tensor<Int32>(stored)
      if let fault = categories.fault(in: tensor, plain: columns, rows: rows) {
        throw refused(fault)
      }
      features = categories.merge(features, tensor)
      names = categories.merged(names)
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

// Folders of shards.
extension FeatureMatrix {
  /// Puts the parts of a folder together, each of which must be as the index says.
  private static func shards(in folder: String, mapped: Bool) throws -> (
    matrix: FeatureMatrix, recipe: Recipe?
  ) {
    let index = try ShardIndex.read(folder: folder)
    let names = index.categories?.merged(index.featureNames) ?? index.featureNames
    let width = names.count
    var parts: [FeatureMatrix] = []
    for part in index.parts {
      let path = "\(folder)/\(part.file)"
      var file = try Safetensors(contentsOf: path, mapped: mapped)
      file.metadata["recipe"] = nil
      let matrix = try matrix(of: file, path: path).matrix
      guard matrix.rowCount == part.rows, matrix.featureNames.count == width,
        (matrix.labels != nil) == (index.target != nil)
      else {
        throw PreprocessingError(
          .file,
          "'\(path)': features \(matrix.features.shape), and the index says [\(part.rows), \(width)]"
            + (index.target == nil ? "" : " with a target")
        )
      }
      parts.append(matrix)
    }
    let features = Tensor<Scalar>(shape: [index.rows, width]) { all in
      var row = 0
      for part in parts {
        part.features.withUnsafeScalars { _ = all[(row * width)...].update(fromContentsOf: $0) }
        row += part.rowCount
      }
    }
    var classes: [Int64] = []
    var values: [Scalar] = []
    for part in parts {
      switch part.labels {
      case .classes(let tensor): classes += tensor.scalars
      case .values(let tensor): values += tensor.scalars
      case nil: break
      }
    }
    let labels: Labels<Scalar>? =
      index.target == nil
      ? nil : index.classes == nil ? .values(Tensor(values)) : .classes(Tensor(classes))
    guard labels.map({ $0.count == index.rows }) ?? true else {
      throw PreprocessingError(.file, "'\(folder)': classes in some parts and values in others")
    }
    let matrix = FeatureMatrix(
      features: features,
      featureNames: names,
      labels: labels,
      classes: index.classes
    )
    return (matrix, try Recipe(contentsOf: "\(folder)/\(index.recipe)"))
  }
}
