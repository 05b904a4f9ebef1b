import Testing

@testable import TabularTuning

struct BoundedMinimizerTests {
  static let limit = 1e9

  /// Rosenbrock's valley, whose minimum is 0 at (1, 1).
  static func valley(_ x: [Double], _ slope: inout [Double]) -> Double {
    let (a, b) = (1 - x[0], x[1] - x[0] * x[0])
    slope = [-2 * a - 400 * x[0] * b, 200 * b]
    return a * a + 100 * b * b
  }

  @Test func followsAValley() {
    let found = BoundedMinimizer().minimum(
      from: [-1.2, 1],
      lower: [-Self.limit, -Self.limit],
      upper: [Self.limit, Self.limit],
      Self.valley
    )
    #expect(found.value < 1e-10)
    #expect(found.place.allSatisfy { abs($0 - 1) < 1e-4 })
  }

  /// Of `scipy.optimize.minimize(method="L-BFGS-B")` 1.17.1 with the same bounds: (0.5, 0.25).
  @Test func stopsAtABound() {
    let found = BoundedMinimizer().minimum(
      from: [0, 0],
      lower: [-1, -1],
      upper: [0.5, 2],
      Self.valley
    )
    #expect(found.place[0] == 0.5)
    #expect(abs(found.place[1] - 0.25) < 1e-5)
  }

  @Test func leavesABoundThatHoldsNothing() {
    // From the corner that is farthest.
    let found = BoundedMinimizer().minimum(from: [0, 1], lower: [0, 0], upper: [1, 1]) { x, slope in
      slope = [2 * (x[0] - 0.3), 20 * (x[1] - 0.6)]
      return (x[0] - 0.3) * (x[0] - 0.3) + 10 * (x[1] - 0.6) * (x[1] - 0.6)
    }
    #expect(abs(found.place[0] - 0.3) < 1e-5 && abs(found.place[1] - 0.6) < 1e-5)
  }

  @Test func avoidsWhatIsNotFinite() {
    let found = BoundedMinimizer().minimum(from: [5], lower: [-10], upper: [10]) { x, slope in
      slope = [1]
      return x[0] < 4.5 ? .infinity : x[0]
    }
    #expect(found.value >= 4.5 && found.value < 4.51)
    // A start that is not finite is where it stays.
    let start = BoundedMinimizer().minimum(from: [1], lower: [0], upper: [2]) { _, slope in
      slope = [1]
      return .nan
    }
    #expect(start.place == [1])
  }
}
