internal import TabularFrame

/// A dataset with its type erased: whole batches are what is left of it.
struct BatchSource<Features: Sendable, Target: Sendable>: Sendable {
  let count: Int
  let fingerprint: String
  let rowIDs: @Sendable ([Int]) -> [RowID]
  let fetch: @Sendable ([Int], BatchContext) throws -> (features: Features, target: Target)

  init(
    _ dataset: some Dataset,
    fetch: @escaping @Sendable ([Int], BatchContext) throws -> (features: Features, target: Target)
  ) {
    count = dataset.count
    precondition(count >= 0, "a dataset of \(count) rows")
    fingerprint = dataset.fingerprint
    rowIDs = { dataset.rowIDs(at: $0) }
    self.fetch = fetch
  }
}

extension Dataset {
  /// The rows of a batch, one by one.
  ///
  /// - Throws: `RowFailure` for the first that cannot be read.
  func elements(at indices: [Int], in context: BatchContext) throws(RowFailure) -> [Element] {
    var elements: [Element] = []
    elements.reserveCapacity(indices.count)
    for index in indices {
      do {
        elements.append(try element(at: index, in: context))
      } catch {
        throw RowFailure(row: rowID(at: index), underlying: error)
      }
    }
    return elements
  }
}
