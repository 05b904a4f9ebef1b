/// A cell of a date column: `YYYY-MM-DD`.
enum DateCell: FixedCell {
  static let zero: Int32 = 0

  @inline(__always)
  static func read(
    _ start: UnsafePointer<UInt8>,
    _ count: Int,
    _ context: Void,
    _ value: inout Int32,
    _ result: inout BlockResult
  ) -> Bool {
    guard count == 10, let day = readDay(start) else { return false }
    value = Int32(truncatingIfNeeded: day)
    return true
  }
}

extension DateCell {
  static func readFormatted(
    _ bytes: CellBytes,
    _ rules: CellRules,
    _ scratch: PaddedBytes,
    _ value: inout Int32,
    _ result: inout BlockResult
  ) -> Bool {
    guard let read = rules.dates.map({ $0.days(bytes) }) ?? parseDate(bytes) else { return false }
    value = read
    return true
  }
}

extension DatetimeCell {
  static func readFormatted(
    _ bytes: CellBytes,
    _ rules: CellRules,
    _ scratch: PaddedBytes,
    _ value: inout Int64,
    _ result: inout BlockResult
  ) -> Bool {
    guard let read = rules.dates.map({ $0.microseconds(bytes) }) ?? parseDatetime(bytes) else {
      return false
    }
    value = read
    return true
  }
}

/// A cell of a datetime column: ISO 8601, as microseconds since 1970 in UTC.
enum DatetimeCell: FixedCell {
  static let zero: Int64 = 0

  @inline(__always)
  static func read(
    _ start: UnsafePointer<UInt8>,
    _ count: Int,
    _ context: Void,
    _ value: inout Int64,
    _ result: inout BlockResult
  ) -> Bool {
    // `YYYY-MM-DD HH:MM:SS`, the usual form; fractions and offsets are left to the general function.
    guard count == 19, let day = readDay(start) else {
      return readGeneral(CellBytes(start: start, count: count), &value)
    }
    let separator = (start + 10).pointee
    let time =
      UnsafeRawPointer(start + 11).loadUnaligned(as: UInt64.self).littleEndian
      ^ 0x3030_3A30_303A_3030
    // Digits are 0...9 now, colons 0.
    let wrong = nonDigits(time) | (time & 0x0000_FF00_00FF_0000)
    let hour = (time & 0xF) &* 10 &+ (time &>> 8 & 0xF)
    let minute = (time &>> 24 & 0xF) &* 10 &+ (time &>> 32 & 0xF)
    let second = (time &>> 48 & 0xF) &* 10 &+ (time &>> 56 & 0xF)
    guard wrong == 0, hour < 24, minute < 60, second < 60,
      separator == UInt8(ascii: " ") || separator == UInt8(ascii: "T")
    else { return false }
    let seconds = Int(hour &* 3600 &+ minute &* 60 &+ second)
    value = Int64(day &* 86_400 &+ seconds) &* 1_000_000
    return true
  }

  @inline(never)
  private static func readGeneral(_ bytes: CellBytes, _ value: inout Int64) -> Bool {
    guard let read = parseDatetime(bytes) else { return false }
    value = read
    return true
  }
}

/// Days since 1970-01-01 of the `YYYY-MM-DD` at an address; nil where there is none.
@inline(__always)
private func readDay(_ start: UnsafePointer<UInt8>) -> Int? {
  // Digits become 0...9, the hyphens 0.
  let word =
    UnsafeRawPointer(start).loadUnaligned(as: UInt64.self).littleEndian
    ^ 0x2D30_302D_3030_3030
  let last = UnsafeRawPointer(start + 8).loadUnaligned(as: UInt16.self).littleEndian ^ 0x3030
  let tens = UInt64(last & 0xFF)
  let ones = UInt64(last &>> 8)
  let wrong = nonDigits(word) | (word & 0xFF00_00FF_0000_0000) | nonDigits(UInt64(last))
  let year = Int(
    (word & 0xF) &* 1000 &+ (word &>> 8 & 0xF) &* 100 &+ (word &>> 16 & 0xF) &* 10
      &+ (word &>> 24 & 0xF)
  )
  let month = Int((word &>> 40 & 0xF) &* 10 &+ (word &>> 48 & 0xF))
  let day = Int((tens & 0xF) &* 10 &+ (ones & 0xF))
  guard wrong == 0, month >= 1, month <= 12, day >= 1, day <= daysInMonth(month, year) else {
    return nil
  }
  // As `days(year:month:day:)`, without branches; years are 0...9999.
  let shifted = month <= 2 ? 1 : 0
  let y = UInt32(truncatingIfNeeded: year &+ 400 &- shifted)
  let m = UInt32(truncatingIfNeeded: month &+ (month > 2 ? -3 : 9))
  let era = y / 400
  let yearOfEra = y &- era &* 400
  let dayOfYear = (153 &* m &+ 2) / 5 &+ UInt32(truncatingIfNeeded: day) &- 1
  let dayOfEra = yearOfEra &* 365 &+ yearOfEra / 4 &- yearOfEra / 100 &+ dayOfYear
  return Int(era) &* 146_097 &+ Int(dayOfEra) &- 719_468 &- 146_097
}

@inline(__always)
private func daysInMonth(_ month: Int, _ year: Int) -> Int {
  if month == 2 {
    return year & 3 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
  }
  // April, June, September and November: odd from August on, even before.
  return 30 &+ ((month ^ (month &>> 3)) & 1)
}
