/// Which block of a fixed size a row is in: a division by a product, for many rows.
///
/// With m = ⌊(2^64 - 1) / d⌋ + 1 the high half of x · m is ⌊x / d⌋ where x · d < 2^64, since m · d is
/// above 2^64 by at most d. Source: Granlund and Montgomery, "Division by invariant integers using
/// multiplication", PLDI 1994, section 4.
struct BlockDivision: Sendable {
  private let size: Int
  /// 0 where the product is not used.
  private let factor: UInt64

  /// Divides 0 ..< count by a block's rows; a size below 1 traps.
  init(by size: Int, below count: Int) {
    precondition(size > 0, "blocks of \(size) rows")
    self.size = size
    let (_, overflow) = UInt64(max(count, 0)).multipliedReportingOverflow(by: UInt64(size))
    factor = size == 1 || overflow ? 0 : UInt64.max / UInt64(size) + 1
  }

  /// The block of a row 0 ..< count.
  @inline(__always)
  func block(of row: Int) -> Int {
    guard factor != 0 else { return row / size }
    return Int(
      truncatingIfNeeded: UInt64(truncatingIfNeeded: row).multipliedFullWidth(by: factor).high
    )
  }
}
