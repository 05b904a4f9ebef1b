internal import CTabularScan

/// Which groups of 64 rows of a column vector instructions read.
///
/// Where they leave many cells to be read one by one, as in a column of long texts, the next groups
/// are not tried.
struct VectorGroups {
  private var left: Int

  private static let isAvailable = tabular_has_cells() != 0
  private static let most = 16
  private static let pause = 31

  /// - Parameter isPossible: whether the column's rules let cells be read as they stand.
  init(isPossible: Bool) { left = isPossible && Self.isAvailable ? 0 : .max }

  /// Whether the next group is read so.
  var isNext: Bool {
    mutating get {
      guard left > 0 else { return true }
      if left < .max { left &-= 1 }
      return false
    }
  }

  /// Takes which rows of a group were left.
  mutating func took(_ others: UInt64) {
    if others.nonzeroBitCount > Self.most { left = Self.pause }
  }
}

extension ColumnCells {
  /// The cells from a row on, as the vector functions take them.
  @inline(__always)
  func vector(from row: Int) -> tabular_cells {
    tabular_cells(
      text: text,
      starts: starts + row &* startStride,
      start_stride: startStride,
      start_offset: startOffset,
      ends: ends + row &* stride,
      stride: stride
    )
  }
}
