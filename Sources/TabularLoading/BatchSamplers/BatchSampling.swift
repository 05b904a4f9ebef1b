/// Which rows each batch of an epoch holds.
///
/// As with a `Sampler`, any batch can be asked for by itself.
public protocol BatchSampling: Sendable {
  /// The rows of a batch; none has more, and some may have fewer.
  var batchSize: Int { get }

  /// The batches of an epoch, the same number in each.
  var batchCount: Int { get }

  /// What tells these batches from those of another, in one line: kind, sizes and seed.
  ///
  /// A cursor remembers it, and resumes a loader of the same identity only.
  var identity: String { get }

  /// The batches of an epoch, from 0.
  ///
  /// A loader asks once an epoch. The same epoch must have the same batches each time.
  func order(epoch: Int) -> any BatchOrder
}

/// The rows of one epoch by batch.
public protocol BatchOrder: Sendable {
  /// The rows of a batch 0 ..< batchCount, in their order.
  ///
  /// Several workers ask at once, each for a batch of its own.
  func rows(ofBatch index: Int) -> [Int]
}

/// The rows of a batch that one rank takes.
package struct BatchPart: Sendable, Equatable {
  /// The rows of the part, in their order.
  package var rows: [Int]
  /// The position of the first of them in the whole batch.
  package var offset = 0
  /// The rows of the whole batch.
  package var wholeCount: Int

  /// A batch that is not divided.
  package init(whole rows: [Int]) {
    self.rows = rows
    wholeCount = rows.count
  }

  package init(rows: [Int], offset: Int, wholeCount: Int) {
    self.rows = rows
    self.offset = offset
    self.wholeCount = wholeCount
  }
}

/// How near to one another the rows of batches are that follow one another.
enum Locality: Equatable {
  /// Anywhere, as far as is known.
  case scattered
  /// Within a window of some blocks of rows.
  case windowed(blockRows: Int)
  /// One behind the other, in each batch.
  case consecutive
}

/// Batches of which it is known how near their rows are.
protocol LocalBatchOrder {
  var locality: Locality { get }
}

/// Batches of which one rank takes a part.
package protocol PartialBatchOrder: BatchOrder {
  /// The rank's part of a batch.
  func part(ofBatch index: Int) -> BatchPart
}

extension PartialBatchOrder {
  package func rows(ofBatch index: Int) -> [Int] { part(ofBatch: index).rows }
}
