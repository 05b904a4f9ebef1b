internal import TabularFrame
public import TabularTensor

/// Where each parameter of a model lies in its flat buffer of floats.
///
/// Slices follow one another without holes, in the order of PyTorch's state dict, so that the
/// buffer's bytes are the state dict's bytes.
public struct ParameterLayout: Sendable, Equatable {
  /// A named part of the buffer.
  public struct Slice: Sendable, Equatable {
    /// The name as in PyTorch: `0.weight`.
    public let name: String
    /// The shape as in PyTorch.
    public let shape: Shape
    /// The position of the first float.
    public let offset: Int
    /// Initial values are uniform in -bound ..< bound.
    let bound: Float
    // The shape as a matrix; one dimension is one row.
    let rows: Int
    let columns: Int

    /// The floats of the slice.
    var range: Range<Int> { offset..<(offset + rows * columns) }
  }

  /// The parts, in state-dict order.
  public let slices: [Slice]
  /// The number of floats.
  public let count: Int
  /// The position of each layer's first slice.
  let firstSlices: [Int]

  init(layers: [any Module]) {
    var slices: [Slice] = []
    var firstSlices: [Int] = []
    var offset = 0
    for (position, layer) in layers.enumerated() {
      firstSlices.append(slices.count)
      for parameter in layer.parameters {
        let dimensions = parameter.shape.dimensions
        let slice = Slice(
          name: "\(position).\(parameter.name)",
          shape: parameter.shape,
          offset: offset,
          bound: parameter.bound,
          rows: dimensions.count == 1 ? 1 : dimensions[0],
          columns: dimensions[dimensions.count - 1]
        )
        slices.append(slice)
        offset = slice.range.upperBound
      }
    }
    self.slices = slices
    self.firstSlices = firstSlices
    count = offset
  }

  /// The slice of a name.
  func slice(named name: String) -> Slice? { slices.first { $0.name == name } }
}

extension Tensor where Scalar == Float {
  /// Initial parameters: each a function of the seed, its name and its position alone.
  init(initialParametersOf layout: ParameterLayout, seed: UInt64) {
    self.init(shape: [layout.count]) { values in
      for slice in layout.slices {
        let generator = CounterGenerator(seed: seed, name: slice.name)
        for (counter, position) in slice.range.enumerated() {
          values[position] = (generator.uniform(at: UInt64(counter)) * 2 - 1) * slice.bound
        }
      }
    }
  }

  /// A copy of the floats of a slice, in its shape.
  func slice(_ slice: ParameterLayout.Slice) -> Tensor<Float> {
    withUnsafeScalars { scalars in
      Tensor<Float>(shape: slice.shape) { copy in
        _ = copy.update(fromContentsOf: scalars[slice.range])
      }
    }
  }
}

/// Random numbers by position: the n-th is a function of seed, name and n.
///
/// SplitMix64 as a counter-based generator (G. Steele, D. Lea, C. Flood, "Fast splittable
/// pseudorandom number generators", OOPSLA 2014), its stream chosen by FNV-1a of the name.
struct CounterGenerator {
  private let key: UInt64

  init(seed: UInt64, name: String) {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    key = SplitMix64.mix(SplitMix64.mix(seed &+ 0x9E37_79B9_7F4A_7C15) ^ hash)
  }

  /// The bits at a position.
  func bits(at counter: UInt64) -> UInt64 {
    SplitMix64.mix(key &+ (counter &+ 1) &* 0x9E37_79B9_7F4A_7C15)
  }

  /// A multiple of 2^-24 in 0 ..< 1.
  func uniform(at counter: UInt64) -> Float { Float(bits(at: counter) >> 40) * 0x1p-24 }
}
