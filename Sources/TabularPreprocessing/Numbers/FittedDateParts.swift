internal import Foundation
internal import TabularCSV
public import TabularFrame

/// Dates as numbers, from a known first day.
public struct FittedDateParts: Transformer {
  /// `date-parts`.
  public static var name: String { "date-parts" }

  struct Dates: Codable, Sendable, Equatable {
    var column: String
    /// Where the days are counted from, `YYYY-MM-DD`.
    var firstDay: String
    /// The parts that have sine and cosine: month, weekday, hour.
    var parts: [String]

    var circles: [DatePart] { DatePart.allCases.filter { parts.contains($0.title) } }

    var names: [String] {
      [DateParts.days(of: column)]
        + circles.flatMap { ["\(column)_\($0.title)_sin", "\(column)_\($0.title)_cos"] }
    }

    init(column: String, firstDay: String, parts: [String]) {
      (self.column, self.firstDay, self.parts) = (column, firstDay, parts)
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      column = try container.decode(String.self, forKey: .column)
      firstDay = try container.decode(String.self, forKey: .firstDay)
      parts = try container.decode([String].self, forKey: .parts)
      guard CalendarDate(firstDay) != nil else {
        throw PreprocessingError(.recipe, "column '\(column)' has the first day '\(firstDay)'")
      }
      if let part = parts.first(where: { part in !DatePart.allCases.contains { $0.title == part } })
      {
        throw PreprocessingError(.recipe, "column '\(column)' has the unknown date part '\(part)'")
      }
    }
  }

  let dates: [Dates]

  /// The columns: dates or datetimes.
  public var columns: [String] { dates.map(\.column) }

  /// The names of the columns that it makes of one.
  public func outputNames(of column: String) -> [String] {
    dates.first { $0.column == column }?.names ?? [column]
  }

  /// Replaces each column by its numbers, float64, at the end of the frame.
  ///
  /// - Throws: `PreprocessingError` for a missing column, or one that is no dates.
  public func applied(to frame: DataFrame, report: inout TransformReport)
    throws(PreprocessingError) -> DataFrame
  {
    var result = frame
    for each in dates {
      let instants = try InstantColumn(each.column, in: frame)
      let rows = instants.count
      let first = CalendarDate(each.firstDay)?.daysSinceEpoch ?? 0
      report.nulls[each.column, default: 0] += try frame.column(each.column).nullCount
      result[each.column] = nil
      let days = FixedVector<Double>(count: rows) { row in
        guard let micros = instants[row] else { return .nan }
        let instant = Instant(micros)
        return Double(instant.day - Int(first)) + Double(instant.rest) / 86_400_000_000
      }
      var made: [(name: String, values: FixedVector<Double>)] = [
        (DateParts.days(of: each.column), days)
      ]
      for part in each.circles {
        let count = Int(part.period)
        let turns = (0..<count).map { 2 * Double.pi * Double($0) / part.period }
        // Once for both; a null is behind the last place.
        let places = (0..<rows).map { row in
          instants[row].map { UInt8(truncatingIfNeeded: Instant($0)[part]) } ?? UInt8(count)
        }
        for (title, table) in [("sin", turns.map { sin($0) }), ("cos", turns.map { cos($0) })] {
          let table = table + [0]
          let values = places.withUnsafeBufferPointer { places in
            table.withUnsafeBufferPointer { table in
              FixedVector<Double>(count: rows) { table[Int(places[$0])] }
            }
          }
          made.append(("\(each.column)_\(part.title)_\(title)", values))
        }
      }
      for (name, values) in made {
        guard !result.columns.contains(name) else {
          throw PreprocessingError(
            .column,
            "two features are named '\(name)'; rename a column",
            column: each.column
          )
        }
        result[name] = Column(
          storage: .float64(values),
          validity: Validity(count: rows) { !values[$0].isNaN }
        )
      }
    }
    return result
  }
}
