internal import TabularTensor

/// Normalises each column: (x - mean) / √(variance + epsilon) · weight + bias.
///
/// In training, mean and variance, the biased one, are those of the rows of the logical shard; in
/// an evaluation they are `running_mean` and `running_var`. Each step moves these by `momentum`
/// towards the mean and the unbiased variance of all rows of the step, which are put together from
/// the shards' in their order. So with one shard this is PyTorch's `nn.BatchNorm1d`, and with more
/// it does not depend on the devices that hold them. `weight` begins as ones and `bias` as zeros,
/// both [features]. Source: S. Ioffe, C. Szegedy, "Batch normalization", 2015.
///
/// A shard of one row is normalised to zeros and teaches nothing of its input. A step of one row has
/// no variance, and leaves the running statistics as they were; PyTorch refuses it.
public struct BatchNorm1d: Module, Equatable {
  /// PyTorch's class name.
  public static var kind: String { "BatchNorm1d" }
  /// The number of columns.
  public let features: Int
  /// What is added to the variance.
  public let epsilon: Float
  /// The part of a step in the running statistics; nil gives each step so far the same part.
  public let momentum: Float?
  /// Whether there are a weight and a bias.
  public let affine: Bool

  /// Describes a layer.
  ///
  /// A width below 1 or above 2^24, an epsilon below 0 or a momentum outside 0 to 1 traps.
  public init(
    _ features: Int,
    epsilon: Float = 1e-5,
    momentum: Float? = 0.1,
    affine: Bool = true
  ) {
    precondition(
      Self.isValid(features, epsilon, momentum),
      "BatchNorm1d(\(features), epsilon: \(epsilon), momentum: \(momentum ?? 0))"
    )
    self.features = features
    self.epsilon = epsilon
    self.momentum = momentum
    self.affine = affine
  }

  private static func isValid(_ features: Int, _ epsilon: Float, _ momentum: Float?) -> Bool {
    Linear.widths.contains(features) && epsilon >= 0 && (0...1).contains(momentum ?? 0)
  }

  /// The weight [features] and the bias [features], if there are any.
  public var parameters: [ParameterDeclaration] {
    guard affine else { return [] }
    return [
      ParameterDeclaration("weight", shape: [features], initial: .constant(1)),
      ParameterDeclaration("bias", shape: [features], initial: .constant(0)),
    ]
  }

  /// The running mean [features], the running variance [features] and the number of steps, which
  /// stands still at 2^24.
  public var buffers: [ParameterDeclaration] {
    [
      ParameterDeclaration("running_mean", shape: [features], initial: .constant(0)),
      ParameterDeclaration("running_var", shape: [features], initial: .constant(1)),
      ParameterDeclaration("num_batches_tracked", shape: [], initial: .constant(0), isCount: true),
    ]
  }

  /// The number of columns.
  public var inputWidth: Int? { features }

  /// The number of columns.
  public func outputWidth(forInputWidth width: Int) -> Int { features }

  /// Each column's inverse deviation, and two sums.
  public func scratchCount(rows: Int, inputWidth: Int, mode: LayerMode) -> Int {
    3 * ScratchMemory.aligned(features)
  }
}

extension BatchNorm1d {
  // What is observed, in the place of the buffers: the mean, the sum of squared distances from it,
  // and the number of rows.
  private struct Observations {
    let mean: DeviceMatrix
    let squares: DeviceMatrix
    let rows: DeviceMatrix

    init(_ views: ParameterViews) { (mean, squares, rows) = (views[0], views[1], views[2]) }
  }

  private func scratch(_ position: Int, _ context: LayerContext) -> DeviceMatrix {
    context.scratch.matrix(
      at: position * ScratchMemory.aligned(features),
      rows: 1,
      columns: features
    )
  }

  /// Normalises each column.
  public func forward(_ input: DeviceMatrix, into output: DeviceMatrix, _ context: LayerContext) {
    let device = context.device
    let inverses = scratch(0, context)
    let means: DeviceMatrix
    switch context.mode {
    case .training:
      let observations = Observations(context.observations)
      device.columnMoments(of: input, means: observations.mean, squares: observations.squares)
      device.fill(observations.rows, with: Float(input.rows))
      device.inverseRoots(
        of: observations.squares,
        divisor: Float(input.rows),
        epsilon: epsilon,
        into: inverses
      )
      means = observations.mean
    case .evaluation:
      means = context.buffers[0]
      device.inverseRoots(of: context.buffers[1], divisor: 1, epsilon: epsilon, into: inverses)
    }
    device.normalizeColumns(
      input,
      means: means,
      inverses: inverses,
      weight: affine ? context.parameters[0] : nil,
      bias: affine ? context.parameters[1] : nil,
      into: output
    )
  }

  /// Computes the gradients of weight, bias and input.
  public func backward(
    _ outputGradient: DeviceMatrix,
    input: DeviceMatrix,
    output: DeviceMatrix,
    into parameterGradients: ParameterViews,
    inputGradient: DeviceMatrix?,
    _ context: LayerContext
  ) {
    context.device.normalizeColumnsGradient(
      outputGradient,
      input: input,
      means: context.observations[0],
      inverses: scratch(0, context),
      weight: affine ? context.parameters[0] : nil,
      weightGradient: affine ? parameterGradients[0] : scratch(1, context),
      biasGradient: affine ? parameterGradients[1] : scratch(2, context),
      into: inputGradient
    )
  }
}

// Running statistics lie in the machine's own memory, so that loops over them are no kernels.
extension BatchNorm1d {
  /// Puts the mean and the squared distances of two groups of rows together.
  ///
  /// Source: T. Chan, G. Golub, R. LeVeque, "Updating formulae and a pairwise algorithm for
  /// computing sample variances", 1979.
  public func merge(_ observations: ParameterViews, into sum: ParameterViews) {
    let (next, all) = (Observations(observations), Observations(sum))
    let (n, m) = (Double(all.rows.base[0]), Double(next.rows.base[0]))
    guard m > 0 else { return }
    for j in 0..<features {
      let distance = Double(next.mean.base[j]) - Double(all.mean.base[j])
      all.mean.base[j] = Float(Double(all.mean.base[j]) + distance * m / (n + m))
      all.squares.base[j] = Float(
        Double(all.squares.base[j]) + Double(next.squares.base[j])
          + distance * distance * n * m / (n + m)
      )
    }
    all.rows.base[0] = Float(n + m)
  }

  /// Moves the running statistics by those of a step.
  public func apply(_ observations: ParameterViews, to buffers: ParameterViews) {
    let step = Observations(observations)
    let rows = Double(step.rows.base[0])
    guard rows > 1 else { return }
    let (mean, variance, count) = (buffers[0].base, buffers[1].base, buffers[2].base)
    count[0] += 1
    let part = momentum.map { Double($0) } ?? 1 / Double(count[0])
    for j in 0..<features {
      mean[j] = Float((1 - part) * Double(mean[j]) + part * Double(step.mean.base[j]))
      let unbiased = Double(step.squares.base[j]) / (rows - 1)
      variance[j] = Float((1 - part) * Double(variance[j]) + part * unbiased)
    }
  }
}

extension BatchNorm1d {
  // PyTorch's names.
  private enum CodingKeys: String, CodingKey {
    case features = "num_features"
    case epsilon = "eps"
    case momentum, affine
  }

  /// Reads what a saved model holds; what `init` would trap on is refused.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let features = try container.decode(Int.self, forKey: .features)
    let epsilon = try container.decode(Float.self, forKey: .epsilon)
    let momentum = try container.decodeIfPresent(Float.self, forKey: .momentum)
    guard Self.isValid(features, epsilon, momentum) else {
      throw DecodingError.layer(
        decoder,
        "a BatchNorm1d of \(features) columns, eps \(epsilon), momentum \(momentum ?? 0)"
      )
    }
    self.init(
      features,
      epsilon: epsilon,
      momentum: momentum,
      affine: try container.decode(Bool.self, forKey: .affine)
    )
  }
}
