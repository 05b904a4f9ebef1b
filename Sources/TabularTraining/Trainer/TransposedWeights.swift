/// The weights that layers multiply by transposed, copied with rows and columns exchanged: each lies
/// where the weight itself lies among the floats of the model.
///
/// BLAS multiplies by a small matrix as it lies twice as fast as by a transposed one, which it copies
/// each time. A device copies it once a step instead, for all of its shards, and has the weights in its
/// caches from then on. Measured with OpenBLAS's kernels for AVX-512: [64, 128] by [128, 64] takes 7 us
/// and transposed 11, the copies of 10,000 weights 2.
///
/// Whether there are copies depends on the model alone, since a product may round otherwise.
struct TransposedWeights {
  /// Models of more floats do without: their products take long enough to copy in each.
  private static let mostFloats = 1 << 18

  private let slices: [ParameterLayout.Slice]
  private let layout: ParameterLayout
  private let floats: Range<Int>
  private let memory: DeviceMemory

  /// Makes room for the copies of some of a model's floats; nil where there are none to make.
  ///
  /// - Throws: `OutOfMemory` when the device has not enough.
  init?(of floats: Range<Int>, in layout: ParameterLayout, on device: any Device)
    throws(OutOfMemory)
  {
    guard layout.count <= Self.mostFloats else { return nil }
    slices = layout.slices.filter { $0.isReadTransposed && floats.contains($0.offset) }
    guard !slices.isEmpty else { return nil }
    self.layout = layout
    self.floats = floats
    memory = try device.allocate(floats.count)
  }

  /// Copies the weights of a step, out of all floats of the model.
  func update(from parameters: UnsafeMutablePointer<Float>, on device: any Device) {
    for slice in slices {
      device.transpose(
        DeviceMatrix(base: parameters + slice.offset, rows: slice.rows, columns: slice.columns),
        into: DeviceMatrix(
          base: memory.base + (slice.offset - floats.lowerBound),
          rows: slice.columns,
          columns: slice.rows
        )
      )
    }
  }

  /// The copies, and no other parameters.
  var views: ParameterViews {
    ParameterViews(base: memory.base, layout: layout, origin: floats.lowerBound)
  }
}
