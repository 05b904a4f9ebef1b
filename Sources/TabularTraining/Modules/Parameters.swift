internal import Foundation
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
    /// What values are drawn from before the first step.
    let initial: ParameterDeclaration.Initial
    /// A row that is zero then.
    let zeroRow: Int?
    /// Whether a state dict holds it as a whole number.
    let isCount: Bool
    /// Whether a training pass may read a copy with rows and columns exchanged instead.
    let isReadTransposed: Bool
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
  /// Where each slice lies, for the hot paths.
  let extents: Extents

  init(_ declarations: [ParameterDeclaration]) {
    var slices: [Slice] = []
    var offset = 0
    for parameter in declarations {
      let dimensions = parameter.shape.dimensions
      let slice = Slice(
        name: parameter.name,
        shape: parameter.shape,
        offset: offset,
        initial: parameter.initial,
        zeroRow: parameter.zeroRow,
        isCount: parameter.isCount,
        isReadTransposed: parameter.isReadTransposed,
        rows: dimensions.count == 2 ? dimensions[0] : 1,
        columns: dimensions.last ?? 1
      )
      slices.append(slice)
      offset = slice.range.upperBound
    }
    self.slices = slices
    extents = Extents(slices)
    count = offset
  }

  /// Whether slices are the same.
  public static func == (left: ParameterLayout, right: ParameterLayout) -> Bool {
    left.extents === right.extents || left.slices == right.slices
  }

  /// The slice of a name.
  func slice(named name: String) -> Slice? { slices.first { $0.name == name } }
}

extension ParameterLayout {
  /// Where a slice lies, and its shape as a matrix.
  struct Extent {
    let offset: Int
    let rows: Int
    let columns: Int
  }

  /// The extents of all slices, at an address that lives as long as the object.
  ///
  /// Unchecked, because nothing writes them after `init`.
  final class Extents: @unchecked Sendable {
    private let all: UnsafeMutableBufferPointer<Extent>

    var base: UnsafePointer<Extent> {
      // One more than there are is allocated, so that there is an address.
      guard let base = all.baseAddress else { preconditionFailure("no extents") }
      return UnsafePointer(base)
    }

    init(_ slices: [Slice]) {
      all = .allocate(capacity: slices.count + 1)
      for (position, slice) in slices.enumerated() {
        all.initializeElement(
          at: position,
          to: Extent(offset: slice.offset, rows: slice.rows, columns: slice.columns)
        )
      }
    }

    // An `Extent` is trivial.
    deinit { all.deallocate() }
  }
}

extension Tensor where Scalar == Float {
  /// Initial parameters: each a function of the seed, its name and its position alone.
  init(initialParametersOf layout: ParameterLayout, seed: UInt64) {
    self.init(shape: [layout.count]) { values in
      for slice in layout.slices {
        let generator = CounterGenerator(seed: seed, name: slice.name)
        switch slice.initial {
        case .uniform(let bound):
          for (counter, position) in slice.range.enumerated() {
            values[position] = (generator.uniform(at: UInt64(counter)) * 2 - 1) * bound
          }
        case .normal(let deviation):
          for (counter, position) in slice.range.enumerated() {
            values[position] = generator.normal(at: UInt64(counter)) * deviation
          }
        case .constant(let value):
          for position in slice.range { values[position] = value }
        }
        if let row = slice.zeroRow {
          let start = slice.offset + row * slice.columns
          for position in start..<(start + slice.columns) { values[position] = 0 }
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

  /// A number of the normal distribution, computed in float64.
  ///
  /// Source: G. Box, M. Muller, "A note on the generation of random normal deviates", 1958.
  func normal(at counter: UInt64) -> Float {
    // Never 0, whose logarithm is infinite.
    let radius = (Double(bits(at: 2 * counter) >> 11) + 1) * 0x1p-53
    let angle = Double(bits(at: 2 * counter + 1) >> 11) * 0x1p-53
    return Float((-2 * log(radius)).squareRoot() * cos(2 * .pi * angle))
  }
}
