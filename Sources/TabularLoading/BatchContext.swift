internal import TabularFrame
public import TabularTensor

/// What there is to know about a batch that is being made, beside its rows.
public struct BatchContext: Sendable {
  /// The loader's seed.
  public let seed: UInt64
  /// The epoch, from 0.
  public let epoch: Int
  /// The position of the batch in its epoch, from 0.
  public let index: Int
  /// The worker that makes it, from 0; nil where the caller does.
  ///
  /// Nothing that is in a batch may depend on it.
  public let worker: Int?
  /// Memory that is used again; nil for memory of one's own.
  private let ring: BufferRing?
  /// The loader's rows of the batch, which exist; nil where nobody has looked.
  let surveyed: SurveyedRows?
  /// How near the rows of batches are to one another.
  let locality: Locality

  package init(
    seed: UInt64 = 0,
    epoch: Int = 0,
    index: Int = 0,
    worker: Int? = nil,
    ring: BufferRing? = nil
  ) {
    self.init(
      seed: seed,
      epoch: epoch,
      index: index,
      worker: worker,
      ring: ring,
      surveyed: nil,
      locality: .scattered
    )
  }

  init(
    seed: UInt64,
    epoch: Int,
    index: Int,
    worker: Int?,
    ring: BufferRing?,
    surveyed: SurveyedRows?,
    locality: Locality
  ) {
    (self.seed, self.epoch, self.index) = (seed, epoch, index)
    (self.worker, self.ring) = (worker, ring)
    (self.surveyed, self.locality) = (surveyed, locality)
  }

  /// Rows that no loader asks for: seed 0, epoch 0, and memory of their own.
  package static let alone = BatchContext()

  /// Random numbers of a row, the same whoever makes its batch, on every platform.
  public func generator(row: Int) -> RowGenerator {
    RowGenerator(seed: seed, epoch: epoch, row: row)
  }

  /// A tensor whose elements `fill` writes, all of them, in row-major order; in the loader's memory,
  /// which is used again for another batch when this one goes, and locked with `pinMemory`.
  public func tensor<Scalar, E: Error>(
    shape: Shape,
    filledBy fill: (UnsafeMutableBufferPointer<Scalar>) throws(E) -> Void
  ) throws(E) -> Tensor<Scalar> {
    let buffer = buffer(byteCount: shape.count * MemoryLayout<Scalar>.stride)
    let scalars = buffer.pointer.bindMemory(to: Scalar.self, capacity: shape.count)
    try fill(UnsafeMutableBufferPointer(start: scalars, count: shape.count))
    return Tensor(shape: shape, buffer: buffer)
  }

  func buffer(byteCount: Int) -> Buffer {
    ring?.buffer(byteCount: byteCount, worker: worker) ?? Buffer(uninitialized: byteCount)
  }
}

/// Random numbers of one row in one epoch.
///
/// They depend on the loader's seed, the epoch and the row alone: never on the worker, the batch or
/// the rank. Draws of the standard library (`Int.random(in:using:)`) may differ between versions
/// of Swift.
public struct RowGenerator: RandomNumberGenerator, Sendable {
  private var base: SplitMix64

  /// The numbers of a row.
  public init(seed: UInt64, epoch: Int, row: Int) {
    // Each part through all bits, so that rows, epochs and seeds next to each other share nothing.
    var state = SplitMix64.mix(seed &+ 0xD1B5_4A32_D192_ED03)
    state = SplitMix64.mix(state ^ UInt64(bitPattern: Int64(epoch)))
    base = SplitMix64(seed: SplitMix64.mix(state ^ UInt64(bitPattern: Int64(row))))
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 { base.next() }
}
