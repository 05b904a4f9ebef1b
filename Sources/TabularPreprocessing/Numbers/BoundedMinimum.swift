/// Where a function of one variable is smallest between two bounds, by parabolas where they fit and
/// by the golden section elsewhere, to `tolerance`.
///
/// Source: Brent, "Algorithms for minimization without derivatives", 1973, chapter 5; the steps are
/// those of `fmin` in Forsythe, Malcolm and Moler, which scipy's `fminbound` takes too.
func boundedMinimum(
  from lower: Double,
  to upper: Double,
  tolerance: Double,
  _ function: (Double) -> Double
) -> Double {
  let relative = 2.2e-16.squareRoot()
  let golden = 0.5 * (3 - 5.0.squareRoot())
  var (low, high) = (lower, upper)
  // The best place, the second best, and the one before, with what the function is there.
  var best = low + golden * (high - low)
  var bestValue = function(best)
  var (second, secondValue) = (best, bestValue)
  var (third, thirdValue) = (best, bestValue)
  var (step, lastStep) = (0.0, 0.0)
  for _ in 0..<500 {
    let middle = 0.5 * (low + high)
    let near = relative * abs(best) + tolerance / 3
    if abs(best - middle) <= 2 * near - 0.5 * (high - low) { break }

    var isGolden = true
    if abs(lastStep) > near {
      // The parabola through the three places.
      let r = (best - second) * (bestValue - thirdValue)
      var q = (best - third) * (bestValue - secondValue)
      var p = (best - third) * q - (best - second) * r
      q = 2 * (q - r)
      if q > 0 { p = -p }
      q = abs(q)
      let before = lastStep
      lastStep = step
      if abs(p) < abs(0.5 * q * before), p > q * (low - best), p < q * (high - best) {
        isGolden = false
        step = p / q
        let place = best + step
        if place - low < 2 * near || high - place < 2 * near {
          step = middle >= best ? near : -near
        }
      }
    }
    if isGolden {
      lastStep = best >= middle ? low - best : high - best
      step = golden * lastStep
    }
    let place = best + (step >= 0 ? 1 : -1) * max(abs(step), near)
    let value = function(place)
    if value <= bestValue {
      if place >= best { low = best } else { high = best }
      (third, thirdValue) = (second, secondValue)
      (second, secondValue) = (best, bestValue)
      (best, bestValue) = (place, value)
    } else {
      if place < best { low = place } else { high = place }
      if value <= secondValue || second == best {
        (third, thirdValue) = (second, secondValue)
        (second, secondValue) = (place, value)
      } else if value <= thirdValue || third == best || third == second {
        (third, thirdValue) = (place, value)
      }
    }
  }
  return best
}
