import Testing

@testable import TabularTuning

/// Values of `scipy.stats.norm` 1.17.1.
struct StandardNormalTests {
  @Test(arguments: [
    (1e-300, -37.0470962993612), (1e-20, -9.262340089798409), (1e-05, -4.264890793922825),
    (0.02425, -1.972961051311885), (0.075, -1.4395314709384563), (0.3, -0.5244005127080409),
    (0.5, 0.0), (0.9, 1.2815515655446004), (0.9999999999, 6.361340889697422),
    (0, -.infinity), (1, .infinity),
  ])
  func quantiles(share: Double, expected: Double) {
    let found = StandardNormal.quantile(share)
    #expect(found == expected || abs(found - expected) <= 4e-16 * max(1, abs(expected)) * 4)
  }

  @Test(arguments: [
    (-30, 4.906713927147908e-198), (-5, 2.866515718791933e-07), (-1, 0.15865525393145707),
    (0, 0.5), (0.5, 0.6914624612740131), (3, 0.9986501019683699), (8, 0.9999999999999993),
  ])
  func shares(x: Double, expected: Double) {
    #expect(abs(StandardNormal.cumulative(x) - expected) <= 4e-15 * expected * max(1, abs(x)))
  }

  @Test func massesKeepTheirDigitsInBothTails() {
    let left = StandardNormal.mass(from: -11, to: -10)
    #expect(left == StandardNormal.mass(from: 10, to: 11))
    // scipy: norm.cdf(-10) - norm.cdf(-11)
    #expect(abs(left / 7.61966195820302e-24 - 1) < 1e-12)
    #expect(abs(StandardNormal.mass(from: -1, to: 1) - 0.6826894921370859) < 1e-15)
  }
}
