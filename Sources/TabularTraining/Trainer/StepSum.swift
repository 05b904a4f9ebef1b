/// The sum over all rows of a batch: the root of the tree.
struct StepSum {
  /// A run of the parameters.
  struct Piece {
    /// The position of the run's first parameter.
    let start: Int
    /// The sum of the derivatives by them, [1, parameters].
    let gradient: DeviceMatrix
  }

  let loss: LossSum
  /// The gradient, in one piece or in those that ranks have sent; together all parameters.
  let pieces: [Piece]
}

/// Where the rows that a process was given stand in the batch of all processes.
struct BatchPlace: Equatable {
  /// The position of the first one.
  let offset: Int
  /// The rows of the whole batch.
  let total: Int

  /// The rows are the whole batch.
  init(whole total: Int) { (offset, self.total) = (0, total) }

  init(offset: Int, total: Int) { (self.offset, self.total) = (offset, total) }
}
