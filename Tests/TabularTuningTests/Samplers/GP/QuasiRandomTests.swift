import TabularFrame
import Testing

@testable import TabularTuning

struct QuasiRandomTests {
  /// Of 1024 points each of 8 parts of an axis has an eighth, nearer than chance would have it.
  @Test(arguments: [1, 2, 5, 12]) func fillsEachAxis(axes: Int) {
    var generator = SplitMix64(seed: 4)
    var random = QuasiRandom(axes: axes, &generator)
    let points = (0..<1024).map { _ in random.next() }
    for axis in 0..<axes {
      var counts = Array(repeating: 0, count: 8)
      for point in points {
        #expect(point[axis] >= 0 && point[axis] < 1)
        counts[Int(point[axis] * 8)] += 1
      }
      #expect(counts.allSatisfy { abs($0 - 128) <= 16 }, "axis \(axis): \(counts)")
    }
  }

  /// Of 1024 points each of 64 squares has 16, nearer than chance would have it.
  @Test func fillsASquare() {
    var generator = SplitMix64(seed: 5)
    var random = QuasiRandom(axes: 2, &generator)
    var counts = Array(repeating: 0, count: 64)
    for _ in 0..<1024 {
      let point = random.next()
      counts[Int(point[0] * 8) * 8 + Int(point[1] * 8)] += 1
    }
    #expect(counts.allSatisfy { abs($0 - 16) <= 4 }, "\(counts)")
  }
}
