internal import Crypto
public import TabularTensor

extension Sequential {
  /// Rows that are evaluated together: OpenBLAS's answers depend on the row count, so that fixed
  /// blocks by position make an answer independent of who asks for how much at once.
  static let evaluationBlock = 256

  /// Computes the outputs [rows, output width] of features [rows, input width], without a history.
  ///
  /// Rows are computed in blocks of 256 by position, on the calling thread.
  ///
  /// - Throws: `TrainingError` of kind `shape` when the features have another width.
  public func callAsFunction(_ features: Tensor<Float>) throws(TrainingError) -> Tensor<Float> {
    try check(features)
    let rows = features.shape[0]
    let device = CPUDevice()
    let block = min(rows, Self.evaluationBlock)
    let widest = widths.max() ?? 0
    let memory = (device.allocate(block * widest), device.allocate(block * widest))
    return Tensor<Float>(shape: [rows, outputWidth]) { result in
      guard let resultBase = result.baseAddress else { return }
      withUnsafeParameters { parameters in
        features.withUnsafeScalars { scalars in
          guard let base = scalars.baseAddress else { return }
          let input = DeviceMatrix(reading: base, rows: rows, columns: inputWidth)
          let output = DeviceMatrix(base: resultBase, rows: rows, columns: outputWidth)
          for start in stride(from: 0, to: rows, by: Self.evaluationBlock) {
            let range = start..<min(start + Self.evaluationBlock, rows)
            forward(
              input.rows(range),
              into: output.rows(range),
              memory: memory,
              parameters: parameters,
              on: device
            )
          }
        }
      }
    }
  }

  // Two pieces of memory take turns: nothing reads an activation after the next layer.
  private func forward(
    _ input: DeviceMatrix,
    into output: DeviceMatrix,
    memory: (DeviceMemory, DeviceMemory),
    parameters: UnsafeMutablePointer<Float>,
    on device: any Device
  ) {
    var current = input
    for (position, layer) in layers.enumerated() {
      let turn = position.isMultiple(of: 2) ? memory.0 : memory.1
      let next =
        position == layers.count - 1
        ? output : turn.matrix(rows: input.rows, columns: widths[position + 1])
      let views = ParameterViews(base: parameters, layout: layout, layer: position)
      layer.forward(current, into: next, LayerContext(device: device, parameters: views))
      current = next
    }
  }
}

extension Sequential {
  /// SHA-256, in hexadecimal, over the little-endian parameters in state-dict order.
  public var weightsSHA256: String {
    let digest = parameters.withUnsafeScalars { scalars in
      // The layout has no holes, and every platform that Swift 6 supports is little-endian.
      SHA256.hash(data: UnsafeRawBufferPointer(scalars))
    }
    return digest.reduce(into: "") { text, byte in
      text += byte < 16 ? "0" : ""
      text += String(byte, radix: 16)
    }
  }

  func check(_ features: Tensor<Float>) throws(TrainingError) {
    guard features.shape.rank == 2, features.shape[1] == inputWidth else {
      throw TrainingError(
        .shape,
        "features of shape \(features.shape); the model takes [rows, \(inputWidth)]"
      )
    }
  }

  /// Gives `body` the flat parameters, which it must not write.
  func withUnsafeParameters<Result, E: Error>(
    _ body: (UnsafeMutablePointer<Float>) throws(E) -> Result
  ) throws(E) -> Result {
    try parameters.withUnsafeScalars { (scalars) throws(E) in
      // An empty buffer has an address too (`Buffer`).
      guard let base = scalars.baseAddress else { preconditionFailure("a tensor without memory") }
      return try body(UnsafeMutablePointer(mutating: base))
    }
  }
}
