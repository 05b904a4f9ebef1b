// What foreign files hold in another order than ours.
extension Buffer {
  /// A copy in which the bytes of each element of `width` bytes are reversed.
  func byteSwapped(width: Int) -> Buffer {
    switch width {
    case 2: swapped(as: UInt16.self)
    case 4: swapped(as: UInt32.self)
    case 8: swapped(as: UInt64.self)
    default: self
    }
  }

  private func swapped<Word: FixedWidthInteger>(as type: Word.Type) -> Buffer {
    let result = Buffer(uninitialized: byteCount)
    for offset in stride(from: 0, to: byteCount, by: MemoryLayout<Word>.size) {
      let word = pointer.load(fromByteOffset: offset, as: Word.self)
      result.pointer.storeBytes(of: word.byteSwapped, toByteOffset: offset, as: Word.self)
    }
    return result
  }

  /// A row-major copy of elements that are column-major (Fortran's order) under the same shape.
  func rowMajor(_ shape: Shape, width: Int) -> Buffer {
    // Extents of 1 change nothing; with one extent, or no element, both orders are the same.
    let extents = shape.dimensions.filter { $0 != 1 }
    guard extents.count > 1, shape.count > 0 else { return self }
    return switch width {
    case 1: transposed(extents, as: UInt8.self)
    case 2: transposed(extents, as: UInt16.self)
    case 4: transposed(extents, as: UInt32.self)
    default: transposed(extents, as: UInt64.self)
    }
  }

  /// Goes over the first and the last dimension tile by tile, so that both sides stay in the cache.
  private func transposed<Word: BitwiseCopyable>(_ extents: [Int], as type: Word.Type) -> Buffer {
    let result = Buffer(uninitialized: byteCount)
    let source = pointer.assumingMemoryBound(to: Word.self)
    let target = result.pointer.bindMemory(
      to: Word.self,
      capacity: byteCount / MemoryLayout<Word>.stride
    )
    let (rows, columns) = (extents[0], extents[extents.count - 1])
    let middle = extents.dropFirst().dropLast()
    let middleCount = middle.reduce(1, *)
    let (sourceStride, targetStride) = (rows * middleCount, columns * middleCount)
    let tile = 32
    // The position in the dimensions between, counted as an odometer counts.
    var place = Array(repeating: 0, count: middle.count)
    for targetMiddle in 0..<middleCount {
      var (sourceMiddle, step) = (0, rows)
      for (position, extent) in zip(place, middle) {
        sourceMiddle += position * step
        step *= extent
      }
      for firstRow in stride(from: 0, to: rows, by: tile) {
        for firstColumn in stride(from: 0, to: columns, by: tile) {
          for row in firstRow..<min(firstRow + tile, rows) {
            let from = source + sourceMiddle + row
            let to = target + targetMiddle * columns + row * targetStride
            for column in firstColumn..<min(firstColumn + tile, columns) {
              to[column] = from[column * sourceStride]
            }
          }
        }
      }
      for axis in place.indices.reversed() {
        place[axis] += 1
        if place[axis] < middle[middle.startIndex + axis] { break }
        place[axis] = 0
      }
    }
    return result
  }
}
