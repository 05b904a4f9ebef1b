import TabularCSV
import Testing

@testable import TabularFrame

struct ColumnDatePartsTests {
  let instants = Column([
    Timestamp("2020-02-29 23:59:58.5"), Timestamp("1969-12-31 00:00:01"),
    Timestamp("2021-01-03 00:00"), nil, Timestamp("2026-12-31 12:30"),
    Timestamp("1900-03-01 00:00"),
  ])

  // pandas 3.1.1: Series.dt and dt.isocalendar()
  @Test func agreesWithPandas() throws {
    let expected: [DatePart: [Int?]] = [
      .year: [2020, 1969, 2021, nil, 2026, 1900], .quarter: [1, 4, 1, nil, 4, 1],
      .month: [2, 12, 1, nil, 12, 3], .week: [9, 1, 53, nil, 53, 9],
      .day: [29, 31, 3, nil, 31, 1], .dayOfYear: [60, 365, 3, nil, 365, 60],
      .weekday: [5, 2, 6, nil, 3, 3], .hour: [23, 0, 0, nil, 12, 0],
      .minute: [59, 0, 0, nil, 30, 0], .second: [58, 1, 0, nil, 0, 0],
      .microsecond: [500_000, 0, 0, nil, 0, 0],
    ]
    for part in DatePart.allCases {
      #expect(try instants.datePart(part) == Column(try #require(expected[part])), "\(part)")
    }
    let dates = try instants.cast(to: .date)
    for part in [DatePart.year, .quarter, .month, .week, .day, .dayOfYear, .weekday] {
      #expect(try dates.datePart(part) == instants.datePart(part), "\(part)")
    }
  }

  @Test func makesColumns() throws {
    #expect(
      try instants.dateParts().columns
        == ["year", "month", "day", "weekday", "hour", "minute", "second"]
    )
    let dates = try instants.cast(to: .date)
    #expect(try dates.dateParts().columns == ["year", "month", "day", "weekday"])
    #expect(try dates.dateParts([.quarter]).columns == ["quarter"])
    #expect(try Column([Timestamp?]()).dateParts().shape == (0, 7))
    #expect(
      message { try Column(["2020-01-01"]).dateParts() }
        == "date parts of a column of type string, expected dates; "
        + "cast it with cast(to: .datetime)"
    )
    #expect(message { try dates.dateParts([.day, .day]) } == "two columns are named 'day'")
  }
}
