import CTabularABI
import CTabularABI.Library
import Foundation
import TabularFrame
import TabularPreprocessing
import TabularTensor
import Testing

@testable import TabularC

/// The functions as a C program calls them, one after the other: they count the handles.
@Suite(.serialized) struct LibraryTests {
  let work: Workdir
  let input: String

  init() throws {
    work = try Workdir()
    input = work.path("rides.csv")
    let lines = (0..<250).map { "\($0),\($0 % 7),\($0 % 3 == 0 ? "yes" : "no")" }
    try ("id,stops,tip\n" + lines.joined(separator: "\n") + "\n")
      .write(toFile: input, atomically: true, encoding: .utf8)
  }

  /// Runs calls after which no handle, no Arrow structure and no tensor may be left.
  private func leavingNothing(_ body: () throws -> Void) rethrows {
    let (ledger, before) = (ExportLedger(), Handles.shared.count)
    try ExportLedger.$current.withValue(ledger) { try body() }
    #expect(Handles.shared.count == before && ledger.total > 0 && ledger.count == 0)
  }

  private var lastError: String { String(cString: tabular_last_error()) }

  /// A recipe of two features and a target, fitted to the input.
  private func savedRecipe() throws -> String {
    let frame = try DataFrame(contentsOfCSV: input)
    let plan = RecipePlan(
      features: ["id", "stops"],
      steps: [StandardScaler(columns: ["id"])],
      target: "tip"
    )
    try plan.fitted(to: frame).save(to: work.path("recipe.json"))
    return work.path("recipe.json")
  }

  private func delete(_ tensor: UnsafeMutablePointer<DLManagedTensorVersioned>?) {
    if let tensor { tensor.pointee.deleter(tensor) }
  }

  @Test func theVersionIsThere() {
    #expect(String(cString: tabular_version()) == "0.1.0")
  }

  @Test(arguments: [0, 1, 100, 1 << 40] as [Int64])
  func aCSVIsAStream(chunk: Int64) throws {
    try leavingNothing {
      var stream = ArrowArrayStream()
      #expect(tabular_read_csv(input, nil, chunk, &stream) == 0)
      var chunks = try ArrowChunks(importing: &stream)
      var frames: [DataFrame] = []
      while let frame = try chunks.next() { frames.append(frame) }
      #expect(frames.count == (chunk == 1 ? 250 : chunk == 100 ? 3 : 1))
      #expect(try DataFrame.concat(frames) == DataFrame(contentsOfCSV: input))
    }
  }

  @Test func fromACSVToBatchesAndBack() throws {
    let path = try savedRecipe()
    leavingNothing {
      var (recipe, matrix): (OpaquePointer?, OpaquePointer?)
      #expect(tabular_recipe_load(path, &recipe) == 0)
      #expect(tabular_recipe_apply_csv(recipe, input, nil, &matrix) == 0, "\(lastError)")
      var (rows, columns): (Int64, Int64) = (0, 0)
      #expect(tabular_matrix_shape(matrix, &rows, &columns) == 0 && rows == 250 && columns == 2)
      var names: UnsafePointer<CChar>?
      #expect(tabular_matrix_feature_names(matrix, &names) == 0)
      #expect(names.map { String(cString: $0) } == #"["id", "stops"]"#)
      #expect(tabular_matrix_classes(matrix, &names) == 0)
      #expect(names.map { String(cString: $0) } == #"["no", "yes"]"#)

      var loader: OpaquePointer?
      #expect(tabular_loader_open(matrix, 100, 1, 3, 0, 0, &loader) == 0)
      var batches: OpaquePointer?
      #expect(tabular_epoch_begin(loader, 0, &batches) == 0)
      #expect(tabular_matrix_free(matrix) == 0 && tabular_loader_free(loader) == 0)
      #expect(tabular_recipe_free(recipe) == 0)
      var sizes: [Int64] = []
      var seen: Set<Int64> = []
      var (features, target, ids):
        (
          UnsafeMutablePointer<DLManagedTensorVersioned>?,
          UnsafeMutablePointer<DLManagedTensorVersioned>?,
          UnsafeMutablePointer<DLManagedTensorVersioned>?
        )
      while tabular_epoch_next(batches, &features, &target, &ids) == 0 {
        guard let features, let target, let ids else {
          Issue.record("a tensor is missing")
          break
        }
        let count = features.pointee.dl_tensor.shape[0]
        sizes.append(count)
        #expect(features.pointee.flags == 0 && target.pointee.flags == 0)
        let numbers = ids.pointee.dl_tensor.data.assumingMemoryBound(to: Int64.self)
        let classes = target.pointee.dl_tensor.data.assumingMemoryBound(to: Int64.self)
        for row in 0..<Int(count) {
          seen.insert(numbers[row])
          #expect(classes[row] == (numbers[row] % 3 == 0 ? 1 : 0))
        }
        for tensor in [features, target, ids] { delete(tensor) }
      }
      #expect(sizes == [100, 100, 50] && seen == Set(0..<250))
      #expect(tabular_epoch_next(batches, nil, nil, nil) == Int32(TABULAR_END))
      #expect(tabular_epoch_free(batches) == 0)
      #expect(tabular_epoch_free(batches) == Int32(TABULAR_INVALID_ARGUMENT))
      #expect(lastError == "tabular_epoch_free: epoch is no live handle of its kind; was it freed?")
    }
  }

  @Test func aMatrixIsATable() throws {
    let path = try savedRecipe()
    try leavingNothing {
      var (recipe, matrix): (OpaquePointer?, OpaquePointer?)
      #expect(tabular_recipe_load(path, &recipe) == 0)
      var stream = ArrowArrayStream()
      try DataFrame(contentsOfCSV: input).exportArrow(stream: &stream)
      #expect(
        tabular_recipe_apply_arrow(recipe, &stream, #"{"dtype": "float64"}"#, &matrix) == 0,
        "\(lastError)"
      )
      #expect(stream.release == nil)
      #expect(tabular_matrix_export_arrow(matrix, &stream) == 0)
      let table = try DataFrame(importingArrow: &stream)
      #expect(table.columns == ["id", "stops", "tip"] && table.rowCount == 250)
      _ = (tabular_matrix_free(matrix), tabular_recipe_free(recipe))
    }
  }

  /// A target that is null is an error, or its row is left out.
  @Test func nullTargetsAreLeftOutWhereThatIsWanted() throws {
    let path = try savedRecipe()
    let gaps = work.path("gaps.csv")
    try "id,stops,tip\n1,2,yes\n2,3,\n3,4,no\n".write(
      toFile: gaps,
      atomically: true,
      encoding: .utf8
    )
    leavingNothing {
      var (recipe, matrix): (OpaquePointer?, OpaquePointer?)
      #expect(tabular_recipe_load(path, &recipe) == 0)
      #expect(
        tabular_recipe_apply_csv(recipe, gaps, nil, &matrix) == Int32(TABULAR_DATA_ERROR)
      )
      #expect(lastError.contains("the target 'tip' is null in 1 of 3 rows") && matrix == nil)
      let options = #"{"drop_null_targets": true}"#
      #expect(tabular_recipe_apply_csv(recipe, gaps, options, &matrix) == 0)
      var rows: Int64 = 0
      #expect(tabular_matrix_shape(matrix, &rows, nil) == 0 && rows == 2)
      var ids: UnsafeMutablePointer<DLManagedTensorVersioned>?
      #expect(tabular_matrix_tensors(matrix, nil, nil, &ids) == 0)
      let numbers = ids?.pointee.dl_tensor.data.assumingMemoryBound(to: Int64.self)
      #expect(numbers?[0] == 0 && numbers?[1] == 2)
      delete(ids)
      _ = (tabular_matrix_free(matrix), tabular_recipe_free(recipe))
    }
  }

  @Test func whatFailsLeavesNothingBehind() {
    leavingNothing {
      var stream = ArrowArrayStream()
      var handle: OpaquePointer?
      #expect(tabular_read_csv(nil, nil, 0, &stream) == Int32(TABULAR_INVALID_ARGUMENT))
      #expect(tabular_read_csv(work.path("no.csv"), nil, 0, &stream) == Int32(TABULAR_FILE_ERROR))
      #expect(stream.release == nil)
      #expect(tabular_recipe_load(input, &handle) == Int32(TABULAR_DATA_ERROR) && handle == nil)
      let tensor = Tensor<Float>([1, 2]).exportDLPack()
      #expect(tabular_dlpack_legacy(tensor, nil) == Int32(TABULAR_INVALID_ARGUMENT))
      try? DataFrame(contentsOfCSV: input).exportArrow(stream: &stream)
      #expect(
        tabular_recipe_apply_arrow(nil, &stream, nil, &handle) == Int32(TABULAR_INVALID_ARGUMENT)
      )
      #expect(stream.release == nil, "taken over also then")
    }
  }
}
