/// The type of a column.
public enum ColumnType: String, Sendable, Hashable, CaseIterable, Codable, CustomStringConvertible {
  /// `true` or `false`, in any case.
  case bool
  /// `-?(0|[1-9][0-9]*)`, within 64 bits.
  case int64
  /// A decimal number with a fraction or an exponent, or `inf`; correctly rounded.
  case float64
  /// `YYYY-MM-DD`.
  case date
  /// ISO 8601 with `T` or a space; microseconds since 1970 in UTC.
  case datetime
  /// Text.
  case string
  /// Text from a small vocabulary, kept as codes; never inferred.
  case category

  /// The name used in schemas and on the command line.
  public var description: String { rawValue }
}

/// A day of the proleptic Gregorian calendar.
public struct CalendarDate: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// Days since 1970-01-01, as Arrow's date32.
  public let daysSinceEpoch: Int32

  /// Creates a date from its distance to 1970-01-01.
  public init(daysSinceEpoch: Int32) { self.daysSinceEpoch = daysSinceEpoch }

  /// Creates a date from `YYYY-MM-DD`; nil where the text is no date.
  public init?(_ text: String) {
    guard let days = withCellBytes(text, parseDate) else { return nil }
    self.init(daysSinceEpoch: days)
  }

  /// Earlier before later.
  public static func < (left: Self, right: Self) -> Bool {
    left.daysSinceEpoch < right.daysSinceEpoch
  }

  /// `YYYY-MM-DD`.
  public var description: String {
    let (year, month, day) = civil(fromDays: Int(daysSinceEpoch))
    return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
  }
}

/// An instant, in UTC.
public struct Timestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// Microseconds since 1970-01-01T00:00:00Z, as Arrow's timestamp[us, UTC].
  public let microsecondsSinceEpoch: Int64

  /// Creates an instant from its distance to 1970-01-01T00:00:00Z.
  public init(microsecondsSinceEpoch: Int64) {
    self.microsecondsSinceEpoch = microsecondsSinceEpoch
  }

  /// Creates an instant from ISO 8601 as a column of datetimes has it; a text without offset is UTC.
  public init?(_ text: String) {
    guard let microseconds = withCellBytes(text, parseDatetime) else { return nil }
    self.init(microsecondsSinceEpoch: microseconds)
  }

  /// Earlier before later.
  public static func < (left: Self, right: Self) -> Bool {
    left.microsecondsSinceEpoch < right.microsecondsSinceEpoch
  }

  /// `YYYY-MM-DDTHH:MM:SS`, a fraction where there is one, and `Z`.
  public var description: String {
    let day = 86_400_000_000 as Int64
    let (days, rest) = microsecondsSinceEpoch.flooredDivision(by: day)
    let date = CalendarDate(daysSinceEpoch: Int32(days))
    let (seconds, fraction) = (rest / 1_000_000, rest % 1_000_000)
    var text = "\(date)T\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2))"
    text += ":\(padded(seconds % 60, 2))"
    if fraction > 0 {
      var digits = padded(fraction, 6)
      while digits.last == "0" { digits.removeLast() }
      text += "." + digits
    }
    return text + "Z"
  }
}

private func withCellBytes<Result>(_ text: String, _ body: (CellBytes) -> Result) -> Result {
  var text = text
  return text.withUTF8(body)
}

private func padded(_ value: Int, _ width: Int) -> String {
  let digits = String(value.magnitude)
  let zeros = String(repeating: "0", count: max(0, width - digits.count))
  return (value < 0 ? "-" : "") + zeros + digits
}

extension Int64 {
  /// The quotient towards minus infinity, and what is left, 0 ..< divisor.
  func flooredDivision(by divisor: Int64) -> (quotient: Int64, rest: Int) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, Int(remainder + divisor)) : (quotient, Int(remainder))
  }
}

/// Days since 1970-01-01 of a civil date.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
package func days(year: Int, month: Int, day: Int) -> Int {
  let y = month <= 2 ? year - 1 : year
  let era = (y >= 0 ? y : y - 399) / 400
  let yearOfEra = y - era * 400
  let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
  return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
}

/// The civil date of a count of days since 1970-01-01.
///
/// Source: as `days(year:month:day:)`, `civil_from_days`.
package func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
  let z = days + 719_468
  let era = (z >= 0 ? z : z - 146_096) / 146_097
  let dayOfEra = z - era * 146_097
  let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let shifted = (5 * dayOfYear + 2) / 153
  let month = shifted + (shifted < 10 ? 3 : -9)
  let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return (year, month, dayOfYear - (153 * shifted + 2) / 5 + 1)
}
