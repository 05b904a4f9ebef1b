internal import TabularTensor

/// A numeric column and the kernels that make a feature of it, a block at a time.
struct NumberChain: Sendable {
  /// A kernel as the chain meets it.
  struct Link: Sendable {
    let kernel: NumberKernel
    /// Whether the kernel takes what a frame holds, where an infinity is an error, and not what the
    /// kernel before has left in the block.
    let takesColumn: Bool
  }

  let numbers: NumberColumn
  let links: [Link]

  /// The rows of a block: four blocks stay in the first cache.
  static let blockSize = 512

  /// Makes the features of at most `blockSize` rows, a missing one NaN.
  ///
  /// - Returns: false where a value is refused, of which the steps say why one by one.
  func make(
    _ rows: Range<Int>,
    in block: UnsafeMutablePointer<Double>,
    _ counts: inout KernelCounts
  ) -> Bool {
    do throws(PreprocessingError) {
      try numbers.read(rows, into: block)
    } catch {
      return false
    }
    let values = UnsafeMutableBufferPointer(start: block, count: rows.count)
    for (position, link) in links.enumerated() {
      if position > 0, link.takesColumn, Self.hasInfinity(block, rows.count) { return false }
      link.kernel(values, &counts)
      if counts.refused != nil { return false }
    }
    // One pattern of bits for all that is missing.
    for i in 0..<rows.count { block[i] = block[i] == block[i] ? block[i] : .nan }
    return true
  }

  private static func hasInfinity(_ block: UnsafeMutablePointer<Double>, _ count: Int) -> Bool {
    var found = 0
    for i in 0..<count { found |= block[i].magnitude == .infinity ? 1 : 0 }
    return found != 0
  }
}

extension [NumberChain] {
  /// Writes a run of rows of up to four columns side by side, each row at a distance of `stride`
  /// numbers; `scratch` has room for a block of each column.
  ///
  /// - Returns: false where a value is refused.
  func write<Scalar: FloatingTensorScalar>(
    _ rows: Range<Int>,
    to target: UnsafeMutablePointer<Scalar>,
    stride: Int,
    scratch: UnsafeMutablePointer<Double>,
    counts: inout InlineArray<4, KernelCounts>
  ) -> Bool {
    var start = rows.lowerBound
    var place = target
    while start < rows.upperBound {
      let end = Swift.min(start + NumberChain.blockSize, rows.upperBound)
      for (position, chain) in enumerated() {
        let block = scratch + position * NumberChain.blockSize
        guard chain.make(start..<end, in: block, &counts[position]) else { return false }
      }
      if count == 4 {
        Self.writeFour(scratch, end - start, to: place, stride: stride)
      } else {
        for position in indices {
          let block = scratch + position * NumberChain.blockSize
          for i in 0..<end - start { place[i &* stride &+ position] = Scalar(block[i]) }
        }
      }
      place += (end - start) * stride
      start = end
    }
    return true
  }

  /// A quarter of the way through the rows' memory that each column alone takes.
  private static func writeFour<Scalar: FloatingTensorScalar>(
    _ scratch: UnsafeMutablePointer<Double>,
    _ rows: Int,
    to target: UnsafeMutablePointer<Scalar>,
    stride: Int
  ) {
    let (a, b) = (scratch, scratch + NumberChain.blockSize)
    let (c, d) = (scratch + 2 * NumberChain.blockSize, scratch + 3 * NumberChain.blockSize)
    var place = target
    for i in 0..<rows {
      place[0] = Scalar(a[i])
      place[1] = Scalar(b[i])
      place[2] = Scalar(c[i])
      place[3] = Scalar(d[i])
      place += stride
    }
  }
}
