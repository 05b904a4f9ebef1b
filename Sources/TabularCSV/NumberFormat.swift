/// How numbers are written, where it is not as in English without separators.
struct NumberFormat: Sendable, Equatable {
  /// The byte before the fraction.
  var decimal = UInt8(ascii: ".")
  /// The byte between groups of three digits before it.
  var thousands: UInt8?

  /// The number as the kernels read it, in `scratch`; nil where it is not written in this way.
  func canonical(_ bytes: CellBytes, _ scratch: PaddedBytes) -> CellBytes? {
    scratch.removeAll()
    var index = 0
    if bytes.first == UInt8(ascii: "-") {
      scratch.append(bytes[0])
      index = 1
    }
    // Digits since the last separator; a group is of three, the first of one to three.
    var group = 0
    var isGrouped = false
    while index < bytes.count {
      let byte = bytes[index]
      if byte &- UInt8(ascii: "0") <= 9 {
        group += 1
        scratch.append(byte)
      } else if byte == thousands {
        guard isGrouped ? group == 3 : (1...3).contains(group) else { return nil }
        (isGrouped, group) = (true, 0)
      } else {
        break
      }
      index += 1
    }
    guard !isGrouped || group == 3 else { return nil }
    if index < bytes.count, bytes[index] == decimal {
      scratch.append(UInt8(ascii: "."))
      index += 1
    }
    while index < bytes.count {
      // Neither separator has a place in a fraction or an exponent.
      guard bytes[index] != decimal, bytes[index] != thousands, bytes[index] != UInt8(ascii: ".")
      else { return nil }
      scratch.append(bytes[index])
      index += 1
    }
    return CellBytes(start: scratch.start, count: scratch.count)
  }
}
