internal import TabularFrame

/// A dataset with its type erased: whole batches are what is left of it.
struct BatchSource<Features: Sendable, Target: Sendable>: Sendable {
  let count: Int
  let fingerprint: String
  let rowIDs: @Sendable ([Int]) -> [RowID]
  /// Whether a batch takes no longer than copying its rows.
  let isLight: Bool
  /// The bytes of the tensors of a batch.
  let featureBytes: @Sendable (Features) -> Int
  let targetBytes: @Sendable (Target) -> Int
  let fetch: @Sendable ([Int], BatchContext) throws -> (features: Features, target: Target)

  init(
    _ dataset: some Dataset,
    fetch: @escaping @Sendable ([Int], BatchContext) throws -> (features: Features, target: Target)
  ) {
    count = dataset.count
    precondition(count >= 0, "a dataset of \(count) rows")
    fingerprint = dataset.fingerprint
    isLight = dataset is any LightDataset
    featureBytes = byteCounter(for: Features.self)
    targetBytes = byteCounter(for: Target.self)
    rowIDs = { dataset.rowIDs(at: $0) }
    self.fetch = fetch
  }
}

/// A dataset that copies rows of memory, in no more time than it takes to hand a batch over.
protocol LightDataset {}

extension MatrixDataset: LightDataset {}
extension TensorDataset: LightDataset {}
