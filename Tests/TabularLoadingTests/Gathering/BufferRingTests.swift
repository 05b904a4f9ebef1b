import Foundation
import TabularFrame
import TabularTensor
import Testing

@testable import TabularLoading

struct BufferRingTests {
  @Test func givesABufferOutAgainWhenItsLastHolderLetsGo() {
    let ring = BufferRing(slots: 3)
    var first: Buffer? = ring.buffer(byteCount: 1_000)
    let place = first?.pointer
    var other = first
    first = nil
    // Somebody still holds it.
    let second = ring.buffer(byteCount: 1_000)
    #expect(second.pointer != place)
    withExtendedLifetime(other) {}
    other = nil
    let third = ring.buffer(byteCount: 990)
    #expect(third.pointer == place)
    #expect(ring.statistics == BufferRing.Counts(taken: 3, reused: 1))
    withExtendedLifetime((second, third)) {}
  }

  @Test func holdsWhatIsInUse() {
    let ring = BufferRing(slots: 2)
    let buffers = (0..<5).map { number in
      let buffer = ring.buffer(byteCount: 4_096)
      buffer.pointer.initializeMemory(as: UInt8.self, repeating: UInt8(number), count: 4_096)
      return buffer
    }
    #expect(Set(buffers.map(\.pointer)).count == 5)
    for (number, buffer) in buffers.enumerated() {
      #expect(buffer.bytes.allSatisfy { $0 == UInt8(number) })
    }
    #expect(ring.statistics.extra == 3)
  }

  @Test func givesAWorkerWhatItHad() {
    let ring = BufferRing(slots: 3)
    // Two workers and the caller, each with a slot of its own however they come back.
    var held = [nil, 0, 1].map { ring.buffer(byteCount: 1_000, worker: $0) }
    let places = held.map(\.pointer)
    #expect(Set(places).count == 3)
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
      held = []
      held = order.map { ring.buffer(byteCount: 1_000, worker: [nil, 0, 1][$0]) }
      #expect(held.map(\.pointer) == order.map { places[$0] })
    }
    // One that had none takes another's.
    held = []
    let other = ring.buffer(byteCount: 1_000, worker: 7)
    #expect(places.contains(other.pointer))
    #expect(ring.statistics == BufferRing.Counts(taken: 13, reused: 10))
  }

  @Test func alignsAndSpares() {
    let ring = BufferRing(slots: 2)
    for byteCount in [0, 1, 63, 64, 65, 511, 513, 1_025, 100_000, 3 << 20] {
      let buffer = ring.buffer(byteCount: byteCount)
      #expect(Int(bitPattern: buffer.pointer) % 64 == 0)
      #expect(buffer.byteCount == byteCount)
      let size = BufferRing.size(for: byteCount)
      #expect(size >= byteCount && size % 64 == 0)
      #expect(byteCount < 512 || size <= byteCount + byteCount / 8 + 1)
    }
    // Large ones lie on large pages.
    #expect(Int(bitPattern: PageBlock(byteCount: 3 << 20).pointer) % (1 << 21) == 0)
    #expect(PageBlock(byteCount: 3 << 20).byteCount == 4 << 20)
  }

  @Test func outlivesTheRing() {
    var ring: BufferRing? = BufferRing(slots: 1)
    let buffer = ring?.buffer(byteCount: 100)
    weak let gone = ring
    ring = nil
    buffer?.pointer.initializeMemory(as: UInt8.self, repeating: 7, count: 100)
    #expect(buffer?.bytes.last == 7)
    withExtendedLifetime((buffer, gone)) {}
  }

  @Test func warnsOncePastTheLimitAndGoesOn() {
    let warnings = Counter()
    let ring = BufferRing(
      slots: 2,
      isLocked: true,
      lockPages: { _, _ in false },
      warn: { message in
        #expect(message.contains("pinMemory") && message.contains("ulimit -l"))
        warnings.add()
      }
    )
    let buffers = (0..<6).map { _ in ring.buffer(byteCount: 10_000) }
    #expect(Set(buffers.map(\.pointer)).count == 6)
    #expect(warnings.value == 1)
    #expect(ring.statistics.lockedBytes == 0)
  }

  @Test func locksEachSlotOnce() {
    let calls = Counter()
    let ring = BufferRing(
      slots: 2,
      isLocked: true,
      lockPages: { _, byteCount in
        calls.add()
        return byteCount >= 10_000
      }
    )
    for _ in 0..<10 {
      let two = [ring.buffer(byteCount: 10_000), ring.buffer(byteCount: 10_000)]
      withExtendedLifetime(two) {}
    }
    #expect(calls.value == 2)
    #expect(ring.statistics.lockedBytes == 2 * BufferRing.size(for: 10_000))
  }

  @Test func isWhatALoaderTakesItsBatchesFrom() throws {
    let loader = try DataLoader(numberedMatrix(4_000), batchSize: 100, shuffle: true)
    var places: Set<UnsafeRawPointer> = []
    try loader.forEachBatch(epoch: 0) {
      places.insert(UnsafeRawPointer($0.features.buffer.pointer))
    }
    #expect(places.count <= 2)
    // Batches that are kept keep what is in them.
    var kept: [MatrixBatch] = []
    try loader.forEachBatch(epoch: 1) { kept.append($0) }
    for batch in kept {
      #expect(
        batch.features.scalars == batch.rowIDs.flatMap { [Float($0.record), -Float($0.record)] }
      )
    }
    #expect(Set(kept.map { $0.features.buffer.pointer }).count == kept.count)
  }

  @Test func locksThePagesOfALoader() throws {
    let loader = try DataLoader(numberedMatrix(1_000), batchSize: 100, pinMemory: true)
    try loader.forEachBatch(epoch: 0) { #expect($0.count == 100) }
    let counts = loader.ring.statistics
    // All, or none where the machine has no memory to lock.
    #expect(counts.lockedBytes == 0 || counts.lockedBytes >= 100 * 2 * 4)
    #expect(counts.reused > 0)
  }
}
