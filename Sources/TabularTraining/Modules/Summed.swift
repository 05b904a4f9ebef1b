/// Adds what several branches make of one input: f(x) + g(x) + ...
///
/// A linear branch beside a deep one is wide-and-deep learning. Parameters have the names of this
/// PyTorch module, such as `1.branches.0.2.weight`:
///
/// ```python
/// class Summed(nn.Module):
///   def __init__(self, *branches):
///     super().__init__(); self.branches = nn.ModuleList(nn.Sequential(*b) for b in branches)
///   def forward(self, x): return sum(b(x) for b in self.branches)
/// ```
public struct Summed: Module, CustomStringConvertible {
  /// The name of the layer in saved models.
  public static var kind: String { "Summed" }
  private let branches: [Branch]

  private struct Branch {
    let stack: LayerStack
    /// The parameters and buffers of the branches before.
    let parameters: Int
    let buffers: Int
  }

  /// Puts branches together; none, or one without layers, trap, and those that do not fit are
  /// refused by the model.
  public init(_ branches: [any Module]...) { self.init(branches) }

  /// Puts branches together; none, or one without layers, trap, and those that do not fit are
  /// refused by the model.
  public init(_ branches: [[any Module]]) {
    precondition(
      !branches.isEmpty && branches.allSatisfy { !$0.isEmpty },
      "Summed of \(branches.map(\.count)) layers"
    )
    var all: [Branch] = []
    var (parameters, buffers) = (0, 0)
    for layers in branches {
      let stack = LayerStack(layers)
      all.append(Branch(stack: stack, parameters: parameters, buffers: buffers))
      parameters += stack.parameterCount
      buffers += stack.bufferCount
    }
    self.branches = all
  }

  /// The layers of each branch.
  public var layers: [[any Module]] { branches.map(\.stack.layers) }

  /// Those of the branches, as `branches.0.0.weight`.
  public var parameters: [ParameterDeclaration] {
    branches.enumerated().flatMap { position, branch in
      branch.stack.parameters.map { $0.inside("branches.\(position)") }
    }
  }

  /// Those of the branches, as `branches.1.1.running_mean`.
  public var buffers: [ParameterDeclaration] {
    branches.enumerated().flatMap { position, branch in
      branch.stack.buffers.map { $0.inside("branches.\(position)") }
    }
  }

  /// Those of the branches.
  public var stateNames: [String] {
    branches.enumerated().flatMap { position, branch in
      branch.stack.stateNames.map { "branches.\(position).\($0)" }
    }
  }

  /// What the first layer that wants a width wants.
  public var inputWidth: Int? { branches.lazy.compactMap(\.stack.inputWidth).first }

  /// The width of the branches' outputs.
  public func outputWidth(forInputWidth width: Int) -> Int {
    branches[0].stack.outputWidth(forInputWidth: width)
  }

  /// Refuses branches that do not fit, or that have outputs of different widths.
  ///
  /// - Throws: `TrainingError` of kind `shape`.
  public func check(inputWidth: Int) throws(TrainingError) {
    let width = outputWidth(forInputWidth: inputWidth)
    for (position, branch) in branches.enumerated() {
      try branch.stack.check(inputWidth: inputWidth)
      let found = branch.stack.outputWidth(forInputWidth: inputWidth)
      guard found == width else {
        throw TrainingError(
          .shape,
          "branch \(position) gives \(found) columns, branch 0 gives \(width)"
        )
      }
    }
  }

  /// Whether one of the layers draws random numbers.
  public var usesRandomNumbers: Bool { branches.contains { $0.stack.usesRandomNumbers } }

  /// `Summed([Linear(inputs: 8, outputs: 1)], [...])`.
  public var description: String {
    "Summed(\(branches.map { "[\($0.stack)]" }.joined(separator: ", ")))"
  }
}

extension Summed {
  /// The output of each branch, a gradient of the input, and what the layers need.
  public func scratchCount(rows: Int, inputWidth: Int, mode: LayerMode) -> Int {
    var count = ScratchMemory.aligned(rows * inputWidth)
    for branch in branches { count += size(of: branch, rows, inputWidth, mode) }
    return count
  }

  private func size(of branch: Branch, _ rows: Int, _ width: Int, _ mode: LayerMode) -> Int {
    ScratchMemory.aligned(rows * outputWidth(forInputWidth: width))
      + branch.stack.scratchCount(rows: rows, inputWidth: width, mode: mode)
  }

  /// Gives `body` each branch, with a matrix for its output and its context.
  private func forEachBranch(
    _ input: DeviceMatrix,
    _ context: LayerContext,
    _ body: (Int, Branch, DeviceMatrix, LayerContext) -> Void
  ) {
    let width = outputWidth(forInputWidth: input.columns)
    // After the gradient of the input.
    var offset = ScratchMemory.aligned(input.count)
    for (position, branch) in branches.enumerated() {
      let output = context.scratch.matrix(at: offset, rows: input.rows, columns: width)
      let inner = context.inner(
        position,
        parameters: branch.parameters,
        buffers: branch.buffers,
        scratch: offset + ScratchMemory.aligned(output.count)
      )
      body(position, branch, output, inner)
      offset += size(of: branch, input.rows, input.columns, context.mode)
    }
  }

  /// Adds the branches' outputs, first to last.
  public func forward(_ input: DeviceMatrix, into output: DeviceMatrix, _ context: LayerContext) {
    forEachBranch(input, context) { position, branch, branchOutput, inner in
      branch.stack.forward(input, into: branchOutput, inner)
      if position == 0 {
        context.device.copyColumns(0..<output.columns, of: branchOutput, into: output, at: 0)
      } else {
        context.device.add(branchOutput, to: output)
      }
    }
  }

  /// Computes each branch's gradients, and adds those of the input.
  public func backward(
    _ outputGradient: DeviceMatrix,
    input: DeviceMatrix,
    output: DeviceMatrix,
    into parameterGradients: ParameterViews,
    inputGradient: DeviceMatrix?,
    _ context: LayerContext
  ) {
    let other = context.scratch.matrix(rows: input.rows, columns: input.columns)
    forEachBranch(input, context) { position, branch, branchOutput, inner in
      branch.stack.backward(
        outputGradient,
        input: input,
        output: branchOutput,
        into: parameterGradients.dropFirst(branch.parameters),
        inputGradient: position == 0 || inputGradient == nil ? inputGradient : other,
        inner
      )
      if position > 0, let inputGradient { context.device.add(other, to: inputGradient) }
    }
  }

  /// Lets the layers do it.
  public func merge(_ observations: ParameterViews, into sum: ParameterViews) {
    for branch in branches {
      branch.stack.merge(
        observations.dropFirst(branch.buffers),
        into: sum.dropFirst(branch.buffers)
      )
    }
  }

  /// Lets the layers do it.
  public func apply(_ observations: ParameterViews, to buffers: ParameterViews) {
    for branch in branches {
      branch.stack.apply(
        observations.dropFirst(branch.buffers),
        to: buffers.dropFirst(branch.buffers)
      )
    }
  }
}

extension Summed {
  private enum CodingKeys: String, CodingKey { case branches }

  /// Reads what a saved model holds; no branches, or one without layers, are refused.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let branches = try container.decode([LayerStack].self, forKey: .branches).map(\.layers)
    guard !branches.isEmpty, branches.allSatisfy({ !$0.isEmpty }) else {
      throw DecodingError.layer(decoder, "a Summed of \(branches.map(\.count)) layers")
    }
    self.init(branches)
  }

  /// Writes the layers of each branch.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(branches.map(\.stack), forKey: .branches)
  }
}
