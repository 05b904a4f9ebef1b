internal import TabularFrame

/// What a layer's calls get besides matrices.
public struct LayerContext {
  /// The device to compute on.
  public let device: any Device
  /// What the call is for.
  public let mode: LayerMode
  /// The layer's own parameters.
  public let parameters: ParameterViews
  /// The layer's own buffers, which a call only reads.
  public let buffers: ParameterViews
  /// Where a training call leaves what it observed of its rows: of the shapes of the buffers.
  public let observations: ParameterViews
  /// The layer's own memory, as much as it asked for.
  public let scratch: ScratchMemory
  /// Random numbers of the step, for each row.
  public let randomness: RowRandomness
  /// Copies of the layer's own parameters, at the places of these, of which those that are declared to
  /// be read transposed have rows and columns exchanged; nil where nobody has made them.
  var transposed: ParameterViews? = nil

  /// The context of a layer inside this one.
  ///
  /// `position` is where the layer stands among those inside; then come the numbers of parameters,
  /// of buffers and of scratch floats before its first.
  func inner(_ position: Int, parameters: Int, buffers: Int, scratch: Int) -> LayerContext {
    LayerContext(
      device: device,
      mode: mode,
      parameters: self.parameters.dropFirst(parameters),
      buffers: self.buffers.dropFirst(buffers),
      observations: observations.dropFirst(buffers),
      scratch: self.scratch.dropFirst(scratch),
      randomness: randomness.inner(position),
      transposed: transposed?.dropFirst(parameters)
    )
  }
}

/// The parameters, the buffers or the gradients of one layer, within a flat buffer.
///
/// A view that owns nothing: the buffer and the layout outlive it.
public struct ParameterViews {
  private let base: UnsafeMutablePointer<Float>
  private let extents: UnsafePointer<ParameterLayout.Extent>
  // The position in the layout of the float at `base`.
  private let origin: Int

  /// Names the slices of a buffer with a layout: all of them, or those of a buffer that begins with
  /// the float at `origin` of it.
  init(base: UnsafeMutablePointer<Float>, layout: ParameterLayout, origin: Int = 0) {
    self.init(base: base, extents: layout.extents.base, origin: origin)
  }

  private init(
    base: UnsafeMutablePointer<Float>,
    extents: UnsafePointer<ParameterLayout.Extent>,
    origin: Int
  ) {
    self.base = base
    self.extents = extents
    self.origin = origin
  }

  /// The parameter at a position of the layer's declarations; one dimension becomes one row.
  public subscript(index: Int) -> DeviceMatrix {
    let extent = extents[index]
    return DeviceMatrix(
      base: base + (extent.offset - origin),
      rows: extent.rows,
      columns: extent.columns
    )
  }

  /// The views from a position on.
  func dropFirst(_ count: Int) -> ParameterViews {
    ParameterViews(base: base, extents: extents + count, origin: origin)
  }
}

/// Floats of a device that a layer has for itself; a view that owns nothing.
public struct ScratchMemory {
  private let base: UnsafeMutablePointer<Float>

  /// Names the floats from `base` on, aligned to 64 bytes.
  init(_ base: UnsafeMutablePointer<Float>) { self.base = base }

  /// The `rows * columns` floats after `offset` floats, which is a multiple of 16 when it comes from
  /// `aligned`.
  public func matrix(at offset: Int = 0, rows: Int, columns: Int) -> DeviceMatrix {
    DeviceMatrix(base: base + offset, rows: rows, columns: columns)
  }

  /// The number of floats rounded up to whole blocks of 64 bytes.
  public static func aligned(_ count: Int) -> Int { (count + 15) & ~15 }

  func dropFirst(_ count: Int) -> ScratchMemory { ScratchMemory(base + count) }
}

/// Random numbers of one step: each a function of the seed, the step, the layer, the row and the
/// column, and of nothing else, so that they are the same on any device and for any shards.
public struct RowRandomness: Sendable, Hashable {
  private let key: UInt64
  /// The position in the step of the first row of the matrices.
  private let firstRow: Int

  private static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// The numbers of a step; the first row is at `firstRow` among the rows of the step.
  init(seed: UInt64, step: Int, firstRow: Int = 0) {
    let stepKey = SplitMix64.mix(UInt64(bitPattern: Int64(step)) &* Self.increment &+ 1)
    key = SplitMix64.mix(SplitMix64.mix(seed &+ Self.increment) ^ stepKey)
    self.firstRow = firstRow
  }

  private init(key: UInt64, firstRow: Int) {
    self.key = key
    self.firstRow = firstRow
  }

  /// The numbers of a layer inside a layer.
  func inner(_ position: Int) -> RowRandomness {
    RowRandomness(
      key: SplitMix64.mix(key ^ (UInt64(position) &+ 1) &* 0xD129_0B26_88D8_5F2D),
      firstRow: firstRow
    )
  }

  /// The numbers of later rows: those of a shard.
  func dropFirst(_ rows: Int) -> RowRandomness {
    RowRandomness(key: key, firstRow: firstRow + rows)
  }

  /// The numbers of a row of the matrices.
  func row(_ row: Int) -> RowBits {
    RowBits(key: SplitMix64.mix(key &+ UInt64(firstRow + row + 1) &* Self.increment))
  }

  /// The random bits of one row.
  struct RowBits {
    fileprivate let key: UInt64

    /// 64 bits at a position.
    @inline(__always)
    func bits(at position: Int) -> UInt64 {
      SplitMix64.mix(key &+ (UInt64(position) &+ 1) &* RowRandomness.increment)
    }
  }
}
