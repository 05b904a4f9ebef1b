import Testing

@testable import TabularTensor

struct BufferPoolTests {
  private static let size = 3 << 20

  /// Memory is used again for blocks of nearly the same size, and never while somebody holds it.
  @Test func blocksTakeTurns() {
    BufferPool.$current.withValue(BufferPool()) {
      var first: Buffer? = Buffer(uninitialized: Self.size)
      let address = first?.pointer
      let second = Buffer(uninitialized: Self.size)
      #expect(second.pointer != address)
      first = nil
      let third = Buffer(zeroed: Self.size - 100)
      #expect(third.pointer == address)
      #expect(third.bytes.allSatisfy { $0 == 0 })
      #expect(third.byteCount == Self.size - 100)
    }
  }

  /// Small and borrowed memory is nobody's to give back, and another size is not taken.
  @Test func onlyItsOwnBlocksAreTaken() {
    let pool = BufferPool()
    BufferPool.$current.withValue(pool) {
      var large: Buffer? = Buffer(uninitialized: 9 << 20)
      let address = large?.pointer
      let owner = large as AnyObject
      var borrowed: Buffer? = large.map {
        Buffer(borrowing: $0.pointer, byteCount: $0.byteCount, owner: owner)
      }
      large = nil
      #expect(borrowed?.isBorrowed == true)
      borrowed = nil
      withExtendedLifetime(owner) {
        let other = Buffer(uninitialized: 9 << 20)
        #expect(other.pointer != address)
        let small = Buffer(uninitialized: 100)
        #expect(small.byteCount == 100)
      }
    }
  }

  /// A buffer outlives the place where it was made, its pool and its thread.
  @Test func buffersOutliveTheirScope() async {
    let buffers = BufferPool.$current.withValue(BufferPool()) {
      (0..<6).map { _ in Buffer(zeroed: Self.size) }
    }
    #expect(BufferPool.current == nil)
    await withTaskGroup(of: Bool.self) { group in
      for buffer in buffers { group.addTask { buffer.bytes.allSatisfy { $0 == 0 } } }
      for await isZero in group { #expect(isZero) }
    }
  }
}
