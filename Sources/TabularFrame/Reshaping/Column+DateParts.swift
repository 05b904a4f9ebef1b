internal import TabularCSV

/// A part of a date or a datetime, as pandas' `dt`.
public enum DatePart: String, Sendable, CaseIterable {
  /// The year.
  case year
  /// 1 to 4.
  case quarter
  /// 1 to 12.
  case month
  /// The week of the ISO calendar, 1 to 53.
  case week
  /// 1 to 31.
  case day
  /// 1 to 366.
  case dayOfYear
  /// 0 for Monday to 6 for Sunday.
  case weekday
  /// 0 to 23; 0 for a date.
  case hour
  /// 0 to 59; 0 for a date.
  case minute
  /// 0 to 59; 0 for a date.
  case second
  /// 0 to 999,999; 0 for a date.
  case microsecond
}

extension Column {
  /// A part of each date or datetime (in UTC), as int64.
  ///
  /// - Throws: `FrameError` of kind `type` when the column holds neither.
  public func datePart(_ part: DatePart) throws(FrameError) -> Column {
    let perDay: Int64 = 86_400_000_000
    let parts: FixedVector<Int64>
    switch storage {
    case .date(let vector):
      let pointer = vector.pointer
      parts = FixedVector(filling: count) { part.value(day: Int(pointer[$0]), microseconds: 0) }
    case .datetime(let vector):
      let pointer = vector.pointer
      parts = FixedVector(filling: count) {
        let (quotient, rest) = pointer[$0].quotientAndRemainder(dividingBy: perDay)
        let day = rest < 0 ? quotient - 1 : quotient
        return part.value(day: Int(day), microseconds: rest < 0 ? rest + perDay : rest)
      }
    default:
      throw FrameError(
        .type,
        "date parts of a column of type \(type), expected dates; cast it with cast(to: .datetime)"
      )
    }
    return Column(storage: .int64(parts), validity: validity)
  }

  /// Several parts of each date or datetime, a column of its name each.
  ///
  /// - Parameter parts: which ones; year, month, day and weekday unless told, and for datetimes hour,
  ///   minute and second.
  /// - Returns: int64 columns.
  /// - Throws: `FrameError` of kind `type` when the column holds neither dates nor datetimes, and of
  ///   kind `column` for a part that is asked for twice.
  public func dateParts(_ parts: [DatePart]? = nil) throws(FrameError) -> DataFrame {
    let usual: [DatePart] =
      [.year, .month, .day, .weekday] + (type == .datetime ? [.hour, .minute, .second] : [])
    var columns: [(name: String, column: Column)] = []
    for part in parts ?? usual { columns.append((part.rawValue, try datePart(part))) }
    return try DataFrame(columns)
  }
}

extension DatePart {
  fileprivate func value(day: Int, microseconds: Int64) -> Int64 {
    switch self {
    case .year: return Int64(civil(fromDays: day).year)
    case .quarter: return Int64((civil(fromDays: day).month + 2) / 3)
    case .month: return Int64(civil(fromDays: day).month)
    case .week:
      // The week belongs to the year of its Thursday.
      let thursday = day - Self.weekday(day) + 3
      let year = civil(fromDays: thursday).year
      return Int64((thursday - days(year: year, month: 1, day: 1)) / 7 + 1)
    case .day: return Int64(civil(fromDays: day).day)
    case .dayOfYear:
      return Int64(day - days(year: civil(fromDays: day).year, month: 1, day: 1) + 1)
    case .weekday: return Int64(Self.weekday(day))
    case .hour: return microseconds / 3_600_000_000
    case .minute: return microseconds / 60_000_000 % 60
    case .second: return microseconds / 1_000_000 % 60
    case .microsecond: return microseconds % 1_000_000
    }
  }

  /// 1970-01-01 was a Thursday.
  private static func weekday(_ day: Int) -> Int { ((day + 3) % 7 + 7) % 7 }
}
