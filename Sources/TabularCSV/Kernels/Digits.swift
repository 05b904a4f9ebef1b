// Digits eight at a time within a 64-bit word ("SWAR").
//
// A word holds the digits' values, not their characters: the first digit in the lowest byte. Source
// of the arithmetic: Johnny Lee and Daniel Lemire, "Quickly parsing eight digits" (2018).

/// Eight bytes, each xored with '0': digits become their values.
@inline(__always)
func loadDigits(_ start: UnsafePointer<UInt8>) -> UInt64 {
  UnsafeRawPointer(start).loadUnaligned(as: UInt64.self).littleEndian ^ 0x3030_3030_3030_3030
}

/// The last `count` (1...8) of the eight bytes before `end`, as digits with zeros before them.
@inline(__always)
func loadDigits(endingAt end: UnsafePointer<UInt8>, count: Int) -> UInt64 {
  loadDigits(end - 8) & (.max &<< UInt64(truncatingIfNeeded: 8 &* (8 &- count)))
}

/// Not 0 where a byte is no digit's value.
@inline(__always)
func nonDigits(_ word: UInt64) -> UInt64 {
  ((word &+ 0x0606_0606_0606_0606) | word) & 0xF0F0_F0F0_F0F0_F0F0
}

/// The number that eight digits make.
@inline(__always)
func number(_ digits: UInt64) -> UInt64 {
  let pairs = digits &* 10 &+ (digits &>> 8)
  let low = (pairs & 0x0000_00FF_0000_00FF) &* 0x000F_4240_0000_0064
  let high = ((pairs &>> 16) & 0x0000_00FF_0000_00FF) &* 0x0000_2710_0000_0001
  return (low &+ high) &>> 32
}

/// The number that the last four of eight digits make; the others are zero.
@inline(__always)
func shortNumber(_ digits: UInt64) -> UInt64 {
  let last = digits &>> 32
  let pairs = last &* 10 &+ (last &>> 8)
  return (pairs & 0xFF) &* 100 &+ (pairs &>> 16 & 0xFF)
}
