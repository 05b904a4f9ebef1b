/// The double nearest to `mantissa * 10^exponent`; ties go to even.
///
/// Exact for every mantissa of 64 bits. Sources: Lemire, "Number Parsing at a Gigabyte per Second"
/// (2021); Mushtak and Lemire, "Fast Number Parsing Without Fallback" (2023), which shows that the
/// product of 128 bits always suffices.
@inline(__always)
func nearestDouble(_ mantissa: UInt64, exponent: Int, _ powers: PowersOfFive) -> Double {
  if mantissa == 0 || exponent < PowersOfFive.range.lowerBound { return 0 }
  if exponent > PowersOfFive.range.upperBound { return .infinity }
  let zeros = mantissa.leadingZeroBitCount
  let normal = mantissa &<< UInt64(zeros)
  let power = powers[exponent]
  var (high, low) = normal.multipliedFullWidth(by: power.high)
  if high & 0x1FF == 0x1FF {
    // The bits below might carry into those that count.
    let (second, overflow) = low.addingReportingOverflow(
      normal.multipliedFullWidth(by: power.low).high
    )
    low = second
    if overflow { high &+= 1 }
  }
  let upper = high &>> 63
  let shift = upper &+ 9
  var bits = high &>> shift
  // floor(log2(10^exponent)) + 63, and the bias.
  let binary = ((217_706 &* exponent) &>> 16) &+ 63
  var biased = binary &+ Int(upper) &- zeros &+ 1023
  if biased <= 0 { return subnormal(bits, biased) }
  if low <= 1, exponent >= -4, exponent <= 23, bits & 3 == 1, bits &<< shift == high {
    // Half-way between two: to the even one.
    bits &= ~1
  }
  bits = (bits &+ (bits & 1)) &>> 1
  if bits >= 1 << 53 {
    bits = 1 << 52
    biased &+= 1
  }
  if biased >= 0x7FF { return .infinity }
  return Double(bitPattern: (bits & ((1 << 52) - 1)) | UInt64(biased) &<< 52)
}

@inline(never)
private func subnormal(_ bits: UInt64, _ biased: Int) -> Double {
  guard 1 - biased < 64 else { return 0 }
  var bits = bits >> UInt64(1 - biased)
  bits = (bits + (bits & 1)) >> 1
  // One that rounds up to 2^52 is the least normal number: its bits say so.
  return Double(bitPattern: bits)
}
