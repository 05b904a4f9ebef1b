public import TabularFrame
public import TabularTensor

// Feature matrices as files of tensors.
extension FeatureMatrix {
  /// The content of a safetensors file: `features` [rows, columns], `target` [rows], and metadata
  /// that tells names, classes, the source, the recipe and the number of rows; what the recipe numbers
  /// as rows of embedding tables in a tensor of its own, `categories` [rows, columns], int32.
  ///
  /// - Throws: `PreprocessingError` when the recipe cannot be written.
  public func safetensors(source: String? = nil, recipe: Recipe? = nil) throws(PreprocessingError)
    -> Safetensors
  {
    var file = Safetensors(
      tensors: ["features": AnyTensor(features)],
      metadata: ["feature_names": jsonList(featureNames), "rows": "\(rowCount)"]
    )
    if let categories = recipe?.categories, !categories.isEmpty {
      let (plain, numbers) = categories.split(features, rows: 0..<rowCount)
      file.tensors = ["features": AnyTensor(plain), "categories": AnyTensor(numbers)]
      let others = categories.others(of: featureNames.count).map { featureNames[$0] }
      file.metadata["feature_names"] = jsonList(others)
      categories.add(to: &file.metadata)
    }
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
