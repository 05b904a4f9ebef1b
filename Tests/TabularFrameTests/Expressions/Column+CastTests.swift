import TabularCSV
import Testing

@testable import TabularFrame

struct ColumnCastTests {
  @Test func numbersAndTruths() throws {
    #expect(try Column([true, nil, false]).cast(to: .int64) == Column([1, nil, 0]))
    #expect(try Column([true, nil]).cast(to: .float64) == Column([1.0, nil]))
    #expect(try Column([2, 0, nil]).cast(to: .bool) == Column([true, false, nil]))
    #expect(try Column([0.5, 0, .nan]).cast(to: .bool) == Column([true, false, nil]))
    #expect(try Column([1 << 53 + 1, nil]).cast(to: .float64) == Column([0x1p53, nil]))
    #expect(try Column([3.0, nil, .nan, -0.0]).cast(to: .int64) == Column([3, nil, nil, 0]))
  }

  @Test func textsAreReadAndWritten() throws {
    let numbers = Column([" 12", "-3", nil, "+5", "007 "])
    #expect(try numbers.cast(to: .int64) == Column([12, -3, nil, 5, 7]))
    #expect(try numbers.asCategory().cast(to: .int64) == Column([12, -3, nil, 5, 7]))
    #expect(
      try Column(["1.5", "-2e3", "inf", nil]).cast(to: .float64)
        == Column([1.5, -2000, .infinity, nil])
    )
    #expect(try Column(["True", "false", nil]).cast(to: .bool) == Column([true, false, nil]))
    let date = CalendarDate("2020-02-29")
    #expect(try Column(["2020-02-29", nil]).cast(to: .date) == Column([date, nil]))
    #expect(
      try Column(["2020-02-29 12:30:00", "2020-02-29"]).cast(to: .datetime)
        == Column([Timestamp("2020-02-29T12:30:00Z"), Timestamp("2020-02-29T00:00:00Z")])
    )
    for (name, column) in try everyType().namedColumns where name != "category" {
      #expect(try column.cast(to: .string).cast(to: column.type) == column, "\(name)")
    }
  }

  @Test func datesAndInstants() throws {
    let dates = Column([CalendarDate(daysSinceEpoch: -1), nil])
    let instants = Column([Timestamp(microsecondsSinceEpoch: -86_400_000_000), nil])
    #expect(try dates.cast(to: .datetime) == instants)
    #expect(try instants.cast(to: .date) == dates)
    #expect(try (Column([Timestamp(microsecondsSinceEpoch: -1)])).cast(to: .date)[0] == dates[0])
    #expect(try dates.cast(to: .int64) == Column([-1, nil]))
    #expect(try Column([-1, nil]).cast(to: .date) == dates)
    #expect(try instants.cast(to: .int64).cast(to: .datetime) == instants)
  }

  @Test func categoriesAreTexts() throws {
    let texts = Column(["b", nil, "a", "b"])
    #expect(try texts.cast(to: .category) == texts.asCategory())
    #expect(try texts.asCategory().slice(1..<4).cast(to: .string) == texts.slice(1..<4))
    #expect(try Column([2, nil, 2]).cast(to: .category).cast(to: .int64) == Column([2, nil, 2]))
    // A word that no row has is no error.
    #expect(try Column(["x", "1"]).asCategory().slice(1..<2).cast(to: .int64) == Column([1]))
  }

  @Test func saysWhichRowDoesNotFit() throws {
    #expect(
      message { try Column(["1", "x", "y"]).cast(to: .int64) }
        == "row 1: 'x' is not an int64; map such values first, or make them null"
    )
    #expect(message { try Column(["0x10"]).cast(to: .float64) }.contains("'0x10' is not a float64"))
    #expect(message { try Column([""]).cast(to: .float64) }.contains("'' is not a float64"))
    #expect(message { try Column(["maybe"]).cast(to: .bool) }.contains("is not true or false"))
    #expect(message { try Column(["2020-02-30"]).cast(to: .date) }.contains("a date YYYY-MM-DD"))
    #expect(message { try Column(["now"]).cast(to: .datetime) }.contains("is not a datetime"))
    #expect(
      message { try Column([1, 2.5]).cast(to: .int64) }
        == "row 1: 2.5 is no int64; round it first with rounded()"
    )
    #expect(
      message { try Column([0x1p63]).cast(to: .int64) }
        == "row 0: 9.223372036854776e+18 is no int64; keep the column as float64"
    )
    #expect(
      message { try Column([Int64.max]).cast(to: .date) }
        == "row 0: 9223372036854775807 is not a day number of 32 bits"
    )
    let last = Column([CalendarDate(daysSinceEpoch: .max)])
    #expect(message { try last.cast(to: .datetime) }.contains("within the range of datetimes"))
    #expect(
      message { try Column([true]).cast(to: .date) }
        == "a column of type bool cannot be cast to date; cast it to int64 or string first"
    )
  }
}
