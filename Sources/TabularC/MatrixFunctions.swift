public import CTabularABI.Library
internal import TabularCSV
internal import TabularFrame
internal import TabularPreprocessing
internal import TabularTensor

/// Loads a fitted recipe.
@c(tabular_recipe_load) @implementation
public func tabular_recipe_load(
  _ path: UnsafePointer<CChar>?,
  _ recipe: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
  recipe?.pointee = nil
  return answering("tabular_recipe_load") {
    let place = try given(recipe, "recipe")
    place.pointee = Handles.shared.add(try LoadedRecipe(text(path, "path")))
  }
}

/// Frees a recipe.
@c(tabular_recipe_free) @implementation
public func tabular_recipe_free(_ recipe: OpaquePointer?) -> Int32 {
  answering("tabular_recipe_free") {
    try Handles.shared.free(recipe, as: LoadedRecipe.self, "recipe")
  }
}

/// Applies a recipe to CSV files.
@c(tabular_recipe_apply_csv) @implementation
public func tabular_recipe_apply_csv(
  _ recipe: OpaquePointer?,
  _ path: UnsafePointer<CChar>?,
  _ options: UnsafePointer<CChar>?,
  _ matrix: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
  matrix?.pointee = nil
  return answering("tabular_recipe_apply_csv") {
    let place = try given(matrix, "matrix")
    let recipe = try Handles.shared.object(recipe, as: LoadedRecipe.self, "recipe")
    var options = try InputOptions.read(options, .both)
    let path = try text(path, "path")
    options.reading.types.merge(recipe.recipe.readingTypes) { own, _ in own }
    let frame = try recipe.table { try read(path, options) }
    place.pointee = Handles.shared.add(try recipe.applied(to: frame, options))
  }
}

/// Applies a recipe to an Arrow stream, which is taken over.
@c(tabular_recipe_apply_arrow) @implementation
public func tabular_recipe_apply_arrow(
  _ recipe: OpaquePointer?,
  _ stream: UnsafeMutablePointer<ArrowArrayStream>?,
  _ options: UnsafePointer<CChar>?,
  _ matrix: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
  matrix?.pointee = nil
  return answering("tabular_recipe_apply_arrow") {
    let stream = try given(stream, "stream")
    // Taken over first, so that it is gone whatever else is wrong.
    CallState.notices.set("")
    let taken = Result { try DataFrame(importingArrow: stream) }
    let place = try given(matrix, "matrix")
    let recipe = try Handles.shared.object(recipe, as: LoadedRecipe.self, "recipe")
    let options = try InputOptions.read(options, .applying)
    place.pointee = Handles.shared.add(try recipe.applied(to: taken.get(), options))
  }
}

/// Reads a feature matrix from a safetensors file.
@c(tabular_matrix_read) @implementation
public func tabular_matrix_read(
  _ path: UnsafePointer<CChar>?,
  _ options: UnsafePointer<CChar>?,
  _ matrix: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
  matrix?.pointee = nil
  return answering("tabular_matrix_read") {
    let place = try given(matrix, "matrix")
    let path = try text(path, "path")
    let options = try InputOptions.read(options, .applying)
    func stored<Scalar: FloatingTensorScalar>(as: Scalar.Type) throws -> any ErasedMatrix {
      let (read, recipe) = try FeatureMatrix<Scalar>.read(path)
      return try Matrix(read, target: recipe?.target?.column)
    }
    let read: any ErasedMatrix =
      switch options.dtype {
      case .float32: try stored(as: Float.self)
      case .float64: try stored(as: Double.self)
      case .float16: try stored(as: Float16.self)
      }
    place.pointee = Handles.shared.add(read)
  }
}

/// Frees a matrix.
@c(tabular_matrix_free) @implementation
public func tabular_matrix_free(_ matrix: OpaquePointer?) -> Int32 {
  answering("tabular_matrix_free") {
    try Handles.shared.free(matrix, as: (any ErasedMatrix).self, "matrix")
  }
}

/// Tells a matrix's rows and columns.
@c(tabular_matrix_shape) @implementation
public func tabular_matrix_shape(
  _ matrix: OpaquePointer?,
  _ rows: UnsafeMutablePointer<Int64>?,
  _ columns: UnsafeMutablePointer<Int64>?
) -> Int32 {
  answering("tabular_matrix_shape") {
    let shape = try Handles.shared.object(matrix, as: (any ErasedMatrix).self, "matrix").shape
    rows?.pointee = Int64(shape[0])
    columns?.pointee = Int64(shape[1])
  }
}

/// Tells the features' names as JSON.
@c(tabular_matrix_feature_names) @implementation
public func tabular_matrix_feature_names(
  _ matrix: OpaquePointer?,
  _ json: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> Int32 {
  answering("tabular_matrix_feature_names") {
    let place = try given(json, "json")
    let matrix = try Handles.shared.object(matrix, as: (any ErasedMatrix).self, "matrix")
    place.pointee = matrix.featureNames.pointer
  }
}

/// Tells the target's classes as JSON.
@c(tabular_matrix_classes) @implementation
public func tabular_matrix_classes(
  _ matrix: OpaquePointer?,
  _ json: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> Int32 {
  answering("tabular_matrix_classes") {
    let place = try given(json, "json")
    let matrix = try Handles.shared.object(matrix, as: (any ErasedMatrix).self, "matrix")
    place.pointee = matrix.classes.pointer
  }
}

/// Hands out a matrix's tensors, read-only.
@c(tabular_matrix_tensors) @implementation
public func tabular_matrix_tensors(
  _ matrix: OpaquePointer?,
  _ features: UnsafeMutablePointer<UnsafeMutablePointer<DLManagedTensorVersioned>?>?,
  _ target: UnsafeMutablePointer<UnsafeMutablePointer<DLManagedTensorVersioned>?>?,
  _ row_ids: UnsafeMutablePointer<UnsafeMutablePointer<DLManagedTensorVersioned>?>?
) -> Int32 {
  let places = TensorPlaces(features: features, target: target, rowIDs: row_ids)
  return answering("tabular_matrix_tensors") {
    let matrix = try Handles.shared.object(matrix, as: (any ErasedMatrix).self, "matrix")
    places.export(matrix.tensors, isWritable: false)
  }
}

/// Hands out a matrix as an Arrow stream of one batch.
@c(tabular_matrix_export_arrow) @implementation
public func tabular_matrix_export_arrow(
  _ matrix: OpaquePointer?,
  _ stream: UnsafeMutablePointer<ArrowArrayStream>?
) -> Int32 {
  stream?.initialize(to: ArrowArrayStream())
  return answering("tabular_matrix_export_arrow") {
    let stream = try given(stream, "stream")
    let matrix = try Handles.shared.object(matrix, as: (any ErasedMatrix).self, "matrix")
    try matrix.frame().exportArrow(stream: stream)
  }
}

/// A fitted recipe that a caller holds.
private final class LoadedRecipe: Sendable {
  let recipe: Recipe

  init(_ path: String) throws { recipe = try Recipe(contentsOf: path) }

  /// Reads a table, and says of a column that is not there who needs it.
  func table(_ read: () throws -> DataFrame) throws -> DataFrame {
    do {
      return try read()
    } catch let error as FrameError
      where (error.underlying as? CSVError)?.kind == .column
      && recipe.readingTypes[error.column ?? ""] != nil
    {
      throw Failure(code: TABULAR_DATA_ERROR, message: "\(error); the recipe needs it")
    }
  }

  /// Applies the recipe, and leaves what it met to the caller, behind what reading has left.
  func applied(to frame: DataFrame, _ options: InputOptions) throws -> any ErasedMatrix {
    switch options.dtype {
    case .float32: try applied(to: frame, Float.self, options)
    case .float64: try applied(to: frame, Double.self, options)
    case .float16: try applied(to: frame, Float16.self, options)
    }
  }

  private func applied<Scalar: FloatingTensorScalar>(
    to frame: DataFrame,
    _ type: Scalar.Type,
    _ options: InputOptions
  ) throws -> any ErasedMatrix {
    var rows = frame
    if options.dropNullTargets, let column = recipe.target?.column,
      frame.columns.contains(column)
    {
      let plan = RecipePlan(features: [], steps: [], target: column, dropNullTargets: true)
      rows = try plan.labelled(frame)
    }
    var report = TransformReport()
    let matrix = try recipe.applied(to: rows, as: type, report: &report)
    let read = String(cString: CallState.notices.pointer)
    CallState.notices.set(((read.isEmpty ? [] : [read]) + report.notices).joined(separator: "\n"))
    return try Matrix(matrix, target: recipe.target?.column)
  }
}
