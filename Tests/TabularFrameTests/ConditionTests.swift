import TabularCSV
import TabularFrame
import Testing

struct ConditionTests {
  private func rows(_ text: String, of frame: DataFrame) throws -> [Int] {
    let condition = try #require(Condition(text, columns: frame.columns), "\(text)")
    return try frame.filter(condition).rowIDs.map(\.record)
  }

  @Test(arguments: [
    ("age > 30", [0, 3]), ("age>=31", [0, 3]), ("age < 30.5", [2]), ("age != 31", [2, 3]),
    ("age = 7", [2]), ("age == 7.5", []), ("age < 1e30", [0, 2, 3]), ("age is null", [1]),
    ("age is not null", [0, 2, 3]), ("fare <= 7.25", [0, 1]), ("name == Bo", [1]),
    ("name == 'Bo'", [1]), ("name > \"B\"", [1, 3]), ("alive == TRUE", [0, 3]),
    ("alive != true", [1, 2]),
  ])
  func selectsRows(text: String, expected: [Int]) throws {
    #expect(try rows(text, of: people()) == expected)
  }

  @Test func comparesEveryType() throws {
    let frame = try everyType()
    #expect(try rows("int64 < 9223372036854775807", of: frame) == [0])
    #expect(try rows("int64 < 9223372036854775808", of: frame) == [0, 2])
    #expect(try rows("int64 == 9223372036854775808", of: frame) == [])
    #expect(try rows("date < 1970-01-01", of: frame) == [0])
    #expect(try rows("datetime >= 2020-02-29", of: frame) == [2])
    #expect(try rows("datetime < 1970-01-01T00:00:00Z", of: frame) == [0])
    #expect(try rows("category == x", of: frame) == [0, 2])
    #expect(try rows("string == ''", of: frame) == [0])
  }

  @Test func takesTheColumnThatIsThere() throws {
    let frame = try DataFrame([("a", Column([1, 2])), ("a<b", Column([3, 4]))])
    #expect(try rows("a<b > 3", of: frame) == [1])
    #expect(try rows("a<2", of: frame) == [0])
    #expect(Condition("c > 1", columns: frame.columns) == nil)
    #expect(Condition("a", columns: frame.columns) == nil)
  }

  @Test func refusesAValueOfAnotherType() throws {
    #expect(
      message { try rows("age > old", of: people()) }
        == "column 'age' is of type int64, and 'old' is none"
    )
  }
}
