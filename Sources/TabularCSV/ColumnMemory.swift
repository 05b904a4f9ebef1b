#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Memory of a fixed capacity, aligned to 64 bytes, that is written in place and handed on without
/// a copy.
///
/// A large capacity is address space: a page costs memory once something is written to it, so that
/// a column can be reserved for the most rows that a file may have.
///
/// Invariant: `pointer` is valid for `capacity` bytes for the life of the object. While a table is
/// read, threads write disjoint ranges (or use atomic operations); afterwards nobody writes, which
/// makes it `Sendable`.
package final class ColumnMemory: @unchecked Sendable {
  package let pointer: UnsafeMutableRawPointer
  /// The bytes in use.
  package private(set) var count = 0
  /// The bytes that may be written.
  let capacity: Int
  private let mapping: Mapping?

  static let alignment = 64
  /// From this size on memory is mapped, not allocated.
  static let mappedSize = 1 << 18
  /// From this size on zeros are mapped: the kernel zeroes only the pages that are touched.
  private static let mappedZeroSize = 1 << 16

  /// Reserves `capacity` bytes, of which about `expected` will be written; zeros, if wanted.
  ///
  /// - Throws: `CSVError` of kind `memory` when there is no such address space.
  package init(capacity: Int, expected: Int = 0, isZeroed: Bool = false) throws(CSVError) {
    if capacity < (isZeroed ? Self.mappedZeroSize : Self.mappedSize) {
      self.capacity = max(capacity, Self.alignment)
      mapping = nil
      pointer = .allocate(byteCount: self.capacity, alignment: Self.alignment)
      if isZeroed {
        pointer.initializeMemory(as: UInt8.self, repeating: 0, count: self.capacity)
      }
      return
    }
    guard let mapping = MappingPool.shared.take(capacity, expected: expected, isZeroed: isZeroed)
    else {
      throw CSVError(
        .memory,
        file: "memory",
        expected: "\(capacity >> 20) MB of address space for a column",
        found: "none (is it limited by ulimit -v?)"
      )
    }
    self.mapping = mapping
    self.capacity = mapping.size
    pointer = mapping.start
  }

  deinit {
    if let mapping { MappingPool.shared.give(mapping, used: count) } else { pointer.deallocate() }
  }

  /// Says how many bytes are in use.
  package func use(_ count: Int) {
    precondition(count <= capacity, "\(count) bytes of \(capacity) are in use")
    self.count = count
  }
}
