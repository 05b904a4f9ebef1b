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
  /// The rows of the dataset; -1 for a stream.
  public let rowCount: Int
  /// The dataset's fingerprint.
  public let fingerprint: String
  /// The rows of a batch over all ranks.
  public let batchSize: Int
  /// The identity of the batch sampler.
  public let order: String
}

// Going on.
extension LoaderCursor {
  /// Counts a batch, of which all ranks together have `rows` rows.
  mutating func deliver(_ index: Int, rows: Int) {
    self.rows += rows
    guard index == batches else {
      ahead.insert(index, at: ahead.firstIndex { $0 > index } ?? ahead.endIndex)
      return
    }
    batches += 1
    while ahead.first == batches {
      ahead.removeFirst()
      batches += 1
    }
  }
}

// As JSON and in other formats.
extension LoaderCursor: Codable {
  /// The version of the format.
  private static let version = 1

  private enum CodingKeys: String, CodingKey {
    case version, orderVersion, seed, epoch, batches, ahead, rows, rowCount, fingerprint, batchSize
    case order
  }

  /// Reads a cursor.
  ///
  /// - Throws: `DecodingError`; `LoadingError` of kind `cursor` for a version that is not known.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let version = try values.decode(Int.self, forKey: .version)
    guard version == Self.version else {
      throw LoadingError(
        .cursor,
        "the cursor has version \(version), and version \(Self.version) is expected; "
          + "read it with the release that wrote it"
      )
    }
    orderVersion = try values.decode(Int.self, forKey: .orderVersion)
    seed = try values.decode(UInt64.self, forKey: .seed)
    epoch = try values.decode(Int.self, forKey: .epoch)
    batches = try values.decode(Int.self, forKey: .batches)
    ahead = try values.decodeIfPresent([Int].self, forKey: .ahead) ?? []
    rows = try values.decode(Int.self, forKey: .rows)
    rowCount = try values.decode(Int.self, forKey: .rowCount)
    fingerprint = try values.decode(String.self, forKey: .fingerprint)
    batchSize = try values.decode(Int.self, forKey: .batchSize)
    order = try values.decode(String.self, forKey: .order)
  }

  /// Writes the cursor.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(Self.version, forKey: .version)
    try values.encode(orderVersion, forKey: .orderVersion)
    try values.encode(seed, forKey: .seed)
    try values.encode(epoch, forKey: .epoch)
    try values.encode(batches, forKey: .batches)
    if !ahead.isEmpty { try values.encode(ahead, forKey: .ahead) }
    try values.encode(rows, forKey: .rows)
    try values.encode(rowCount, forKey: .rowCount)
    try values.encode(fingerprint, forKey: .fingerprint)
    try values.encode(batchSize, forKey: .batchSize)
    try values.encode(order, forKey: .order)
  }
}
