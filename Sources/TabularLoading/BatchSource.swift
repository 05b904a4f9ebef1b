internal import TabularFrame

/// A dataset with its type erased: whole batches are what is left of it.
struct BatchSource<Features: Sendable, Target: Sendable>: Sendable {
  let count: Int
  let fingerprint: String
  let rowIDs: @Sendable ([Int], BatchContext) -> [RowID]
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
    featureBytes = byteCounter(for: Features.self)
    targetBytes = byteCounter(for: Target.self)
    if let light = dataset as? any LightDataset {
      isLight = true
      rowIDs = { light.rowIDs(at: $0, in: $1) }
    } else {
      isLight = false
      rowIDs = { rows, _ in dataset.rowIDs(at: rows) }
    }
    self.fetch = fetch
  }
}

/// A dataset that copies rows of memory, in no more time than it takes to hand a batch over.
protocol LightDataset: Sendable {
  /// Where the rows of a batch came from, which may be known to exist.
  func rowIDs(at indices: [Int], in context: BatchContext) -> [RowID]
}

extension MatrixDataset: LightDataset {}
extension TensorDataset: LightDataset {
  func rowIDs(at indices: [Int], in context: BatchContext) -> [RowID] {
    consecutiveIDs(from: RowID(record: 0), at: indices, count: count, in: context)
  }
}

/// The ids of rows, of which all rows have one behind the other.
func consecutiveIDs(from first: RowID, at rows: [Int], count: Int, in context: BatchContext)
  -> [RowID]
{
  // The standard library writes into the one empty array of all threads for a capacity of 0.
  if rows.isEmpty { return [] }
  return [RowID](unsafeUninitializedCapacity: rows.count) { ids, filled in
    rows.withUnsafeBufferPointer { rows in
      let isRun = isRun(rows, rowCount: count, in: context)
      guard let start = rows.first, let target = ids.baseAddress else { return }
      // An id is its number, which is written as such: a call for each row takes longer.
      target.withMemoryRebound(to: UInt64.self, capacity: rows.count) { numbers in
        guard isRun else {
          for place in rows.indices {
            numbers[place] = first.rawValue &+ UInt64(bitPattern: Int64(rows[place]))
          }
          return
        }
        let number = first.rawValue &+ UInt64(bitPattern: Int64(start))
        for place in rows.indices { numbers[place] = number &+ UInt64(truncatingIfNeeded: place) }
      }
    }
    filled = rows.count
  }
}
