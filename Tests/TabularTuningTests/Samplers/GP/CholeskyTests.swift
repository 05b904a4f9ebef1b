import Testing

@testable import TabularTuning

/// Values of numpy 2.4.6.
struct CholeskyTests {
  static let matrix = [4, 2, 0.6, 2, 5, 1, 0.6, 1, 3]

  static func close(_ found: [Double], _ expected: [Double], _ tolerance: Double = 1e-14) -> Bool {
    found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) <= tolerance }
  }

  @Test func factors() throws {
    let factor = try #require(Cholesky(Self.matrix, size: 3))
    #expect(Self.close(factor.lower, [2, 0, 0, 1, 2, 0, 0.3, 0.35, 1.6695807857064]))
    #expect(abs(factor.halfLogDeterminant - 1.8988669295130092) < 1e-14)
    let inverse = factor.inverse()
    let expected = [
      0.31390134529147984, -0.1210762331838565, 0.2609865470852018, -0.022421524663677132,
      -0.06278026905829595, 0.35874439461883406,
    ]
    // The lower triangle.
    #expect(Self.close([0, 3, 4, 6, 7, 8].map { inverse[$0] }, expected))
  }

  /// The matrix times the solution of both triangles is the right side, of one column or of two.
  @Test(arguments: [1, 2]) func solves(columns: Int) throws {
    let factor = try #require(Cholesky(Self.matrix, size: 3))
    let right = (0..<3 * columns).map { Double($0 * $0) - 2 }
    var solution = right
    factor.solve(&solution, columns: columns)
    factor.solve(&solution, columns: columns, transposed: true)
    let product = (0..<3 * columns).map { place in
      (0..<3).reduce(0.0) { sum, inner in
        sum + Self.matrix[place / columns * 3 + inner]
          * solution[inner * columns + place % columns]
      }
    }
    #expect(Self.close(product, right, 1e-13))
  }

  @Test func refusesWhatIsNotPositiveDefinite() {
    #expect(Cholesky([1, 2, 2, 1], size: 2)?.lower == nil)
    #expect(Cholesky([], size: 0)?.lower == [])
  }
}
