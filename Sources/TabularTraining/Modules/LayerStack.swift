/// Layers one after another: what a model is, and what the layers are that hold others.
///
/// It holds no numbers either. Its scratch memory holds, when training, each layer's own and the
/// matrix after each layer but the last, and then two gradients that take turns; in an evaluation
/// two matrices that take turns, and the most that one layer needs.
struct LayerStack: Sendable {
  let layers: [any Module]
  // The number of parameters, and of buffers, before each layer's.
  private let parameterStarts: [Int]
  private let bufferStarts: [Int]
  // The position of the first layer in the model, where this is a part of one.
  private let firstPosition: Int

  init(_ layers: [any Module]) {
    self.layers = layers
    var starts = (parameters: [0], buffers: [0])
    for layer in layers {
      starts.parameters.append(
        starts.parameters[starts.parameters.count - 1] + layer.parameters.count
      )
      starts.buffers.append(starts.buffers[starts.buffers.count - 1] + layer.buffers.count)
    }
    parameterStarts = starts.parameters
    bufferStarts = starts.buffers
    firstPosition = 0
  }

  private init(
    _ layers: [any Module],
    parameterStarts: [Int],
    bufferStarts: [Int],
    firstPosition: Int
  ) {
    self.layers = layers
    self.parameterStarts = parameterStarts
    self.bufferStarts = bufferStarts
    self.firstPosition = firstPosition
  }

  /// Some of the layers, whose contexts name the parameters, buffers and random numbers of all.
  func part(_ range: Range<Int>) -> LayerStack {
    LayerStack(
      Array(layers[range]),
      parameterStarts: Array(parameterStarts[range.lowerBound...range.upperBound]),
      bufferStarts: Array(bufferStarts[range.lowerBound...range.upperBound]),
      firstPosition: firstPosition + range.lowerBound
    )
  }
}

// What is inside, by the names of `torch.nn.Sequential`: `0.weight`, `0.bias`, `2.weight`.
extension LayerStack {
  var parameters: [ParameterDeclaration] {
    layers.enumerated().flatMap { position, layer in
      layer.parameters.map { $0.inside("\(position)") }
    }
  }

  var buffers: [ParameterDeclaration] {
    layers.enumerated().flatMap { position, layer in
      layer.buffers.map { $0.inside("\(position)") }
    }
  }

  var stateNames: [String] {
    layers.enumerated().flatMap { position, layer in
      layer.stateNames.map { "\(position).\($0)" }
    }
  }

  var parameterCount: Int { parameterRange.count }
  var bufferCount: Int { bufferRange.count }
  /// The positions of the layers' parameters among those of the model.
  var parameterRange: Range<Int> { parameterStarts[0]..<parameterStarts[layers.count] }
  /// The positions of the layers' buffers among those of the model.
  var bufferRange: Range<Int> { bufferStarts[0]..<bufferStarts[layers.count] }
  var usesRandomNumbers: Bool { layers.contains { $0.usesRandomNumbers } }
}

// Widths.
extension LayerStack {
  /// The width that the first layer that wants one wants.
  var inputWidth: Int? { layers.lazy.compactMap(\.inputWidth).first }

  func outputWidth(forInputWidth width: Int) -> Int {
    layers.reduce(width) { $1.outputWidth(forInputWidth: $0) }
  }

  /// Refuses layers that do not fit one another.
  ///
  /// The first layer gets `inputWidth` columns, which are the features when it `isModel`.
  func check(inputWidth: Int, isModel: Bool = false) throws(TrainingError) {
    var width = inputWidth
    for (position, layer) in layers.enumerated() {
      if let expected = layer.inputWidth, expected != width {
        throw TrainingError(
          .shape,
          "layer \(position), \(layer), takes \(expected) columns, but gets \(width)"
        )
      }
      if layer.takesFeatures, position > 0 || !isModel {
        throw TrainingError(
          .shape,
          "layer \(position), \(layer), reads the features: it must be a model's first layer"
        )
      }
      do throws(TrainingError) {
        try layer.check(inputWidth: width)
      } catch {
        throw TrainingError(error.kind, "layer \(position), \(layer): \(error.message)")
      }
      width = layer.outputWidth(forInputWidth: width)
    }
  }
}

extension LayerStack {
  func scratchCount(rows: Int, inputWidth: Int, mode: LayerMode) -> Int {
    var (width, widest, sum, most) = (inputWidth, 0, 0, 0)
    for (position, layer) in layers.enumerated() {
      let own = scratch(of: layer, rows, width, mode)
      width = layer.outputWidth(forInputWidth: width)
      most = max(most, own)
      sum += own
      guard position < layers.count - 1 else { break }
      sum += ScratchMemory.aligned(rows * width)
      widest = max(widest, width)
    }
    let turns = 2 * ScratchMemory.aligned(rows * widest)
    return turns + (mode == .training ? sum : most)
  }

  private func scratch(of layer: any Module, _ rows: Int, _ width: Int, _ mode: LayerMode) -> Int {
    ScratchMemory.aligned(layer.scratchCount(rows: rows, inputWidth: width, mode: mode))
  }

  private func context(_ position: Int, _ scratch: Int, _ context: LayerContext) -> LayerContext {
    context.inner(
      firstPosition + position,
      parameters: parameterStarts[position],
      buffers: bufferStarts[position],
      scratch: scratch
    )
  }

  func forward(_ input: DeviceMatrix, into output: DeviceMatrix, _ context: LayerContext) {
    switch context.mode {
    case .training: train(input, into: output, context)
    case .evaluation: evaluate(input, into: output, context)
    }
  }

  /// Keeps every matrix for the way back.
  private func train(_ input: DeviceMatrix, into output: DeviceMatrix, _ context: LayerContext) {
    var (current, offset) = (input, 0)
    for (position, layer) in layers.enumerated() {
      let place = place(of: layer, after: current, at: offset, context)
      let next = position == layers.count - 1 ? output : place.output
      layer.forward(current, into: next, self.context(position, offset, context))
      (current, offset) = (next, place.end)
    }
  }

  /// Nothing reads a matrix after the next layer.
  private func evaluate(_ input: DeviceMatrix, into output: DeviceMatrix, _ context: LayerContext) {
    let turn = ScratchMemory.aligned(input.rows * widestInside(input.columns))
    var current = input
    for (position, layer) in layers.enumerated() {
      let next =
        position == layers.count - 1
        ? output
        : context.scratch.matrix(
          at: position % 2 * turn,
          rows: input.rows,
          columns: layer.outputWidth(forInputWidth: current.columns)
        )
      layer.forward(current, into: next, self.context(position, 2 * turn, context))
      current = next
    }
  }

  /// Computes the gradients, from the last layer to the first.
  ///
  /// `completed` is told, after each layer, how many parameters are still to come: the gradients of
  /// those behind them are written.
  func backward(
    _ outputGradient: DeviceMatrix,
    input: DeviceMatrix,
    output: DeviceMatrix,
    into parameterGradients: ParameterViews,
    inputGradient: DeviceMatrix?,
    _ context: LayerContext,
    completed: ((_ parameters: Int) -> Void)? = nil
  ) {
    let turn = ScratchMemory.aligned(input.rows * widestInside(input.columns))
    let all = scratchCount(rows: input.rows, inputWidth: input.columns, mode: .training)
    let pass = Backward(
      outputGradient: outputGradient,
      output: output,
      parameterGradients: parameterGradients,
      turns: all - 2 * turn,
      turn: turn,
      context: context,
      completed: completed
    )
    backward(from: 0, at: 0, input: input, inputGradient: inputGradient, pass)
  }

  /// What all layers of a pass share.
  private struct Backward {
    let outputGradient: DeviceMatrix
    let output: DeviceMatrix
    let parameterGradients: ParameterViews
    /// Where the gradients that take turns are, and how long one is.
    let turns: Int
    let turn: Int
    let context: LayerContext
    let completed: ((_ parameters: Int) -> Void)?
  }

  /// Goes through the layers to find their matrices, and back to use them.
  private func backward(
    from position: Int,
    at offset: Int,
    input: DeviceMatrix,
    inputGradient: DeviceMatrix?,
    _ pass: Backward
  ) {
    let layer = layers[position]
    let place = place(of: layer, after: input, at: offset, pass.context)
    var (output, outputGradient) = (pass.output, pass.outputGradient)
    if position < layers.count - 1 {
      output = place.output
      outputGradient = pass.context.scratch.matrix(
        at: pass.turns + position % 2 * pass.turn,
        rows: output.rows,
        columns: output.columns
      )
      backward(
        from: position + 1,
        at: place.end,
        input: output,
        inputGradient: outputGradient,
        pass
      )
    }
    layer.backward(
      outputGradient,
      input: input,
      output: output,
      into: pass.parameterGradients.dropFirst(parameterStarts[position]),
      inputGradient: inputGradient,
      context(position, offset, pass.context)
    )
    pass.completed?(parameterStarts[position])
  }

  /// The matrix after a layer that is not the last, and where the next layer's memory begins.
  private func place(
    of layer: any Module,
    after input: DeviceMatrix,
    at offset: Int,
    _ context: LayerContext
  ) -> (output: DeviceMatrix, end: Int) {
    let width = layer.outputWidth(forInputWidth: input.columns)
    let start = offset + scratch(of: layer, input.rows, input.columns, .training)
    return (
      context.scratch.matrix(at: start, rows: input.rows, columns: width),
      start + ScratchMemory.aligned(input.rows * width)
    )
  }

  /// The widest matrix between two layers.
  private func widestInside(_ inputWidth: Int) -> Int {
    var (width, widest) = (inputWidth, 0)
    for layer in layers.dropLast() {
      width = layer.outputWidth(forInputWidth: width)
      widest = max(widest, width)
    }
    return widest
  }
}

// Running statistics.
extension LayerStack {
  func merge(_ observations: ParameterViews, into sum: ParameterViews) {
    for (position, layer) in layers.enumerated() {
      let start = bufferStarts[position]
      layer.merge(observations.dropFirst(start), into: sum.dropFirst(start))
    }
  }

  func apply(_ observations: ParameterViews, to buffers: ParameterViews) {
    for (position, layer) in layers.enumerated() {
      let start = bufferStarts[position]
      layer.apply(observations.dropFirst(start), to: buffers.dropFirst(start))
    }
  }
}

extension LayerStack: Codable {
  init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode([AnyLayer].self).map(\.layer))
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(layers.map(AnyLayer.init))
  }
}

extension LayerStack: CustomStringConvertible {
  var description: String { layers.map { "\($0)" }.joined(separator: ", ") }
}
