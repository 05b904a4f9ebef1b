internal import Crypto
internal import TabularFrame
public import TabularTensor

extension Sequential {
  /// Rows that are evaluated together: OpenBLAS's answers depend on the row count, so that fixed
  /// blocks by position make an answer independent of who asks for how much at once.
  static let evaluationBlock = 256

  /// Computes the outputs [rows, output width] of features [rows, input width], without a history.
  ///
  /// Layers evaluate: running statistics instead of the rows' own, no dropout. Rows are computed in
  /// blocks of 256 by position, on the calling thread.
  ///
  /// - Throws: `TrainingError` of kind `shape` when the features have another width, of kind `data`
  ///   when an id is not one of its embedding.
  public func callAsFunction(_ features: Tensor<Float>) throws(TrainingError) -> Tensor<Float> {
    try self(features, on: CPUDevice())
  }

  /// Computes the outputs [rows, output width] of features [rows, input width] on a device.
  ///
  /// The device holds what one layer takes and gives of 256 rows, and nothing longer than that.
  ///
  /// - Parameters:
  ///   - features: the rows.
  ///   - device: what computes.
  /// - Returns: the outputs.
  /// - Throws: as without a device, and of kind `outOfMemory` when the device has too little.
  public func callAsFunction(
    _ features: Tensor<Float>,
    on device: any Device
  ) throws(TrainingError) -> Tensor<Float> {
    try check(features)
    let rows = features.shape[0]
    let block = min(rows, Self.evaluationBlock)
    let memory: DeviceMemory
    do throws(OutOfMemory) {
      memory = try device.allocate(
        stack.scratchCount(rows: block, inputWidth: inputWidth, mode: .evaluation)
      )
    } catch {
      throw TrainingError(error, advice: "give the device more")
    }
    return Tensor<Float>(shape: [rows, outputWidth]) { result in
      guard let resultBase = result.baseAddress else { return }
      withUnsafeState { parameters, buffers in
        features.withUnsafeScalars { scalars in
          guard let base = scalars.baseAddress else { return }
          let input = DeviceMatrix(reading: base, rows: rows, columns: inputWidth)
          let output = DeviceMatrix(base: resultBase, rows: rows, columns: outputWidth)
          let buffers = ParameterViews(base: buffers, layout: bufferLayout)
          let context = LayerContext(
            device: device,
            mode: .evaluation,
            parameters: ParameterViews(base: parameters, layout: layout),
            buffers: buffers,
            observations: buffers,
            scratch: ScratchMemory(memory.base),
            randomness: RowRandomness(seed: 0, step: 0)
          )
          for start in stride(from: 0, to: rows, by: Self.evaluationBlock) {
            let range = start..<min(start + Self.evaluationBlock, rows)
            stack.forward(input.rows(range), into: output.rows(range), context)
          }
        }
      }
    }
  }
}

extension Sequential {
  /// SHA-256, in hexadecimal, over the little-endian parameters and then the buffers, in state-dict
  /// order.
  public var weightsSHA256: String {
    var hash = SHA256()
    for tensor in [parameters, buffers] {
      // The layouts have no holes, and every platform that Swift 6 supports is little-endian.
      tensor.withUnsafeScalars { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
    }
    return hash.finalize().hexadecimal
  }

  func check(_ features: Tensor<Float>, rowIDs: [RowID]? = nil) throws(TrainingError) {
    guard features.shape.rank == 2, features.shape[1] == inputWidth else {
      throw TrainingError(
        .shape,
        "features of shape \(features.shape); the model takes [rows, \(inputWidth)]"
      )
    }
    guard let first = layers.first, first.takesFeatures else { return }
    let fault = features.withUnsafeScalars { scalars in
      scalars.baseAddress.flatMap {
        first.fault(
          in: DeviceMatrix(reading: $0, rows: features.shape[0], columns: inputWidth)
        )
      }
    }
    guard let fault else { return }
    let row = rowIDs.map { "\($0[fault.row])" } ?? "\(fault.row)"
    throw TrainingError(.data, "row \(row): \(fault.message)")
  }

  /// Gives `body` the flat parameters and buffers, which it must not write.
  func withUnsafeState<Result, E: Error>(
    _ body: (
      _ parameters: UnsafeMutablePointer<Float>,
      _ buffers: UnsafeMutablePointer<Float>
    ) throws(E) -> Result
  ) throws(E) -> Result {
    try parameters.withUnsafeScalars { (parameters) throws(E) in
      try buffers.withUnsafeScalars { (buffers) throws(E) in
        // An empty buffer has an address too (`Buffer`).
        guard let parameters = parameters.baseAddress, let buffers = buffers.baseAddress else {
          preconditionFailure("a tensor without memory")
        }
        return try body(
          UnsafeMutablePointer(mutating: parameters),
          UnsafeMutablePointer(mutating: buffers)
        )
      }
    }
  }
}
