/// The elements that an array has room for when it has grown to a count by doubling: the count
/// rounded up to a power of two, 0 for none.
///
/// `capacity` itself is what the allocator had at hand: where memory is in pieces it gives a little
/// more than was asked for, and each doubling doubles that. A limit on memory that counted it would
/// stop one run and let an equal one through.
func grownCapacity(_ count: Int) -> Int {
  count < 2 ? count : 1 << (Int.bitWidth - (count - 1).leadingZeroBitCount)
}
