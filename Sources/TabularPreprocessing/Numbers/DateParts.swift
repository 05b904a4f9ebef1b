internal import Foundation
internal import TabularCSV
public import TabularFrame

/// Replaces dates and instants by the days since the first day of the fit, and by sine and cosine
/// of the month, the weekday and the hour where those vary in the fit.
///
/// The columns are named `name_days`, `name_month_sin`, `name_month_cos`, `name_weekday_sin` and so
/// on. December and January are neighbours so, as are Sunday and Monday. A null has no days, and 0
/// for both sine and cosine: the middle of the circle.
public struct DateParts: Estimator, Codable {
  /// The columns: dates or datetimes, which are UTC.
  public let columns: [String]

  /// Creates the step.
  public init(columns: [String]) { self.columns = columns }

  /// The name of the days of a column.
  public static func days(of column: String) -> String { "\(column)_days" }

  /// A state that has seen no row.
  public func makeState() -> State { State(columns: columns, seen: columns.map { _ in Seen() }) }

  struct Seen: Sendable {
    var firstDay: Int?
    /// A bit for each month, weekday and hour that was there.
    var circles: [UInt32] = DatePart.allCases.map { _ in 0 }
  }

  /// The first day and what varies, of each column.
  public struct State: FittingState {
    let columns: [String]
    var seen: [Seen]

    /// Takes the rows of a chunk.
    public mutating func observe(_ chunk: DataFrame) throws(PreprocessingError) {
      for (i, name) in columns.enumerated() {
        let dates = try InstantColumn(name, in: chunk)
        var last = Int.min
        for row in 0..<dates.count {
          guard let micros = dates[row] else { continue }
          let instant = Instant(micros)
          seen[i].firstDay = min(seen[i].firstDay ?? instant.day, instant.day)
          seen[i].circles[DatePart.hour.rawValue] |= 1 << UInt32(instant.hour)
          if instant.day == last { continue }
          last = instant.day
          for part in [DatePart.month, .weekday] {
            seen[i].circles[part.rawValue] |= 1 << UInt32(instant[part])
          }
        }
      }
    }

    /// Takes what another state has gathered from other rows.
    public mutating func merge(_ other: State) {
      for (i, theirs) in other.seen.enumerated() {
        guard let first = theirs.firstDay else { continue }
        seen[i].firstDay = min(seen[i].firstDay ?? first, first)
        for part in theirs.circles.indices { seen[i].circles[part] |= theirs.circles[part] }
      }
    }

    /// The fitted step.
    ///
    /// - Throws: `PreprocessingError` of kind `empty` for a column without a date.
    public func finish() throws(PreprocessingError) -> FittedDateParts {
      var dates: [FittedDateParts.Dates] = []
      for (name, seen) in zip(columns, seen) {
        guard let first = seen.firstDay else {
          throw PreprocessingError(
            .empty,
            "column '\(name)' has no date to count days from; drop it",
            column: name
          )
        }
        let varying = DatePart.allCases.filter { seen.circles[$0.rawValue].nonzeroBitCount > 1 }
        dates.append(
          FittedDateParts.Dates(
            column: name,
            firstDay: CalendarDate(daysSinceEpoch: Int32(first)).description,
            parts: varying.map(\.title)
          )
        )
      }
      return FittedDateParts(dates: dates)
    }
  }
}

/// What goes round in time.
enum DatePart: Int, CaseIterable, Sendable {
  case month, weekday, hour

  var title: String { "\(self)" }
  var period: Double { [12, 7, 24][rawValue] }
}

/// An instant as a day and what is left of it.
struct Instant {
  let day: Int
  /// Microseconds since midnight.
  let rest: Int

  init(_ microseconds: Int) {
    let length = 86_400_000_000
    let remainder = microseconds % length
    rest = remainder < 0 ? remainder + length : remainder
    day = (microseconds - rest) / length
  }

  var hour: Int { rest / 3_600_000_000 }

  /// From 0: January, Monday, midnight.
  subscript(part: DatePart) -> Int {
    switch part {
    case .month: civil(fromDays: day).month - 1
    // 1970-01-01 was a Thursday.
    case .weekday: ((day + 3) % 7 + 7) % 7
    case .hour: hour
    }
  }
}

/// A column of dates as microseconds since 1970; a null is nil.
struct InstantColumn: Sendable {
  private let column: Column
  let count: Int

  init(_ name: String, in frame: DataFrame) throws(PreprocessingError) {
    column = try frame.column(name)
    count = column.count
    switch column.type {
    case .date, .datetime: break
    case _ where column.nullCount == count: break
    default:
      throw PreprocessingError(
        .type,
        "column '\(name)' is of type \(column.typeInWords), expected dates or datetimes",
        column: name
      )
    }
  }

  subscript(row: Int) -> Int? {
    guard !column.isNull(row) else { return nil }
    switch column.storage {
    case .date(let days): return Int(days[row]) * 86_400_000_000
    case .datetime(let micros): return Int(micros[row])
    default: return nil
    }
  }
}
