/// How far a loader has come: all that is needed to go on in the middle of an epoch.
///
/// It counts the batches that were delivered, not those that workers had ready, and speaks of the
/// batches of all ranks: workers, ranks and prefetching are not part of it. A run that was saved with
/// four workers on two ranks goes on with one worker on three, and the remaining batches hold the
/// same rows.
///
/// ```swift
/// for try await batch in loader.epoch(3) { saved = batch.cursor }
/// let later = try DataLoader(matrix, batchSize: 64, shuffle: true, seed: 7, resuming: saved)
/// for try await batch in later.epoch(3) { ... }  // the rest
/// ```
public struct LoaderCursor: Sendable, Hashable {
  /// The version of the format.
  package static let version = 1

  /// The epoch that is under way, from 0.
  public internal(set) var epoch: Int
  /// The batches of the epoch that were delivered, up to the first one that was not.
  public internal(set) var batches: Int
  /// The batches behind that one that were delivered too, where the loader is not in order.
  public internal(set) var ahead: [Int]
  /// The rows of all ranks that were delivered in the epoch.
  public internal(set) var rows: Int

  /// The loader's seed.
  public let seed: UInt64
  /// The version of the order that a seed stands for.
  public let orderVersion: Int
  /// The rows of the dataset.
  public let rowCount: Int
  /// The dataset's fingerprint.
  public let fingerprint: String
  /// The rows of a batch over all ranks.
  public let batchSize: Int
  /// The identity of the batch sampler.
  public let order: String
}
