internal import TabularFrame
internal import TabularLoading
internal import TabularTensor

// What layers observe of the shards' rows is put together in the order of the shards.
extension TrainingStep {
  func observe(_ rows: Int) {
    let layout = gradient.bufferLayout
    // A step of one batch writes where the step before wrote.
    if accumulated != nil || gradient.observations.count != 1 {
      if accumulated == nil { gradient.observations.removeAll() }
      gradient.observations.append(Tensor<Float>(zeros: [layout.count]))
    }
    let last = gradient.observations.count - 1
    gradient.observations[last].withUnsafeMutableScalars { all in
      guard let base = all.baseAddress else { return }
      let sum = ParameterViews(base: base, layout: layout)
      var isFirst = true
      for shard in 0..<sharding.count where !sharding.rows(of: shard, outOf: rows).isEmpty {
        let found = spread.observations(of: shard)
        if isFirst {
          base.update(from: found, count: layout.count)
        } else {
          stack.merge(ParameterViews(base: found, layout: layout), into: sum)
        }
        isFirst = false
      }
    }
  }
}

// Batches of one step are added in their order, and divided together: rows count alike, in whatever
// batch they are.
extension TrainingStep {
  /// Ends a step of batches that have been accumulated; nil when there are none.
  func finish() -> Double? {
    guard let loss = accumulated else { return nil }
    accumulated = nil
    let divisor = loss.divisor
    gradient.values.withUnsafeMutableScalars { values in
      for i in 0..<values.count { values[i] /= divisor }
    }
    return loss.stepMean
  }

  func finish(adding sum: StepSum) -> Double {
    add(sum)
    return finish() ?? .nan
  }

  /// Makes a sum the gradient: what a step of one batch is.
  func take(_ sum: StepSum) -> Double {
    let divisor = sum.loss.divisor
    guard divisor.significand != 1 else {
      // A power of two, such as a batch of 256 rows: the product is the quotient, and faster.
      let factor = 1 / divisor
      forEachPiece(of: sum) { values, source, count in
        for i in 0..<count { values[i] = source[i] * factor }
      }
      return sum.loss.stepMean
    }
    forEachPiece(of: sum) { values, source, count in
      for i in 0..<count { values[i] = source[i] / divisor }
    }
    return sum.loss.stepMean
  }

  func add(_ sum: StepSum) {
    if accumulated == nil {
      forEachPiece(of: sum) { values, source, count in values.update(from: source, count: count) }
    } else {
      forEachPiece(of: sum) { values, source, count in
        for i in 0..<count { values[i] += source[i] }
      }
    }
    accumulated = accumulated.map { $0 + sum.loss } ?? sum.loss
  }

  /// Gives `body` each run of the gradient's values with what was summed for it: addresses that
  /// loops count from 0, so that the compiler makes vectors of them.
  @inline(__always)
  private func forEachPiece(
    of sum: StepSum,
    _ body: (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void
  ) {
    gradient.values.withUnsafeMutableScalars { values in
      guard let base = values.baseAddress else { return }
      for piece in sum.pieces {
        precondition(piece.start >= 0 && piece.start + piece.gradient.count <= values.count)
        body(base + piece.start, UnsafePointer(piece.gradient.base), piece.gradient.count)
      }
    }
  }
}

// What batches are over all ranks: a loader may have given this one its part.
extension TrainingStep {
  /// Notes the rows of the batch to come, of which `first` is the position in the step.
  func note(_ rowIDs: [RowID], at place: BatchPlace, from first: Int) {
    // Rows that are not those of the shards are refused by what comes.
    let all = 0..<rowIDs.count
    let own = exchange?.ownRows(at: place, sharding).clamped(to: all) ?? all
    order = StepRecord.hash(rowIDs[own], from: first + place.offset + own.lowerBound)
    exchange?.order = order
  }

  /// The hash of the rows of the last batch, over all ranks.
  var wholeOrder: UInt64 { exchange?.order ?? order }

  /// Where a batch's rows stand in the batch of all ranks; one process takes them as they come.
  func place(of batch: Batch<some Sendable, some Sendable>) -> BatchPlace {
    guard exchange != nil else { return BatchPlace(whole: batch.count) }
    return BatchPlace(offset: batch.offset, total: batch.wholeCount)
  }

  /// The rows of a batch over all ranks, each of which asks for them.
  func rowIDs(
    of batch: Batch<some Sendable, some Sendable>
  ) throws(TrainingError) -> [RowID] {
    guard let exchange else { return batch.rowIDs }
    return try exchange.rowIDs(batch.rowIDs, at: place(of: batch), sharding)
  }
}
