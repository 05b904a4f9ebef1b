import Foundation
import TabularCSV
import Testing

@testable import TabularFrame

struct ColumnArithmeticTests {
  @Test func readsAsItIsMeant() throws {
    let people = try people()
    #expect(try people["age"] + 1 == Column([32, nil, 8, 41]))
    #expect(try 100 - people["age"] == Column([69, nil, 93, 60]))
    #expect(try people["age"] * 0.5 == Column([15.5, nil, 3.5, 20]))
    #expect(try people["age"] / 2 == Column([15.5, nil, 3.5, 20]))
    #expect(try people["age"] % 10 == Column([1, nil, 7, 0]))
    #expect(try -people["age"] == Column([-31, nil, -7, -40]))
    #expect(try people["age"] + people["fare"] == Column([38.25, nil, 19, nil]))
    #expect(try people["alive"] * 2 + people["age"] == Column([33, nil, 7, 42]))
    #expect(try "Dr " + people["name"] + "." == Column(["Dr Ann.", "Dr Bo.", nil, "Dr Di."]))
    let family = try people["name"] + people["name"].cast(to: .category)
    #expect(family == Column(["AnnAnn", "BoBo", nil, "DiDi"]))
    #expect(try people["age"] + Value.null == Column([nil, nil, nil, nil] as [Int?]))
    #expect(try people["age"] / Value.null == Column([nil, nil, nil, nil] as [Double?]))
    let days = Column([CalendarDate("2020-03-01"), nil])
    #expect(try days - 1 == Column([CalendarDate("2020-02-29"), nil]))
    #expect(try (CalendarDate("2020-03-02") ?? days.min().date) - days == Column([1, nil]))
  }

  // pandas: Series % Series
  @Test func remaindersAreAsInPython() throws {
    #expect(
      try Column([5, -5, 5, -5, 7]) % Column([3, 3, -3, -3, 0]) == Column([2, 1, -1, -2, nil])
    )
    let floats =
      try Column([5.5, -5.5, 5.5, -5.5, 1, 6, -1])
      % Column([3, 3, -3, -3, .infinity, -3, .infinity])
    #expect(floats == Column([2.5, 0.5, -0.5, -2.5, 1, -0.0, .infinity]))
    #expect(try Column([1.0]) % 0 == Column([Double.nan]))
    #expect(try Column([Int64.min]) % -1 == Column([0]))
  }

  @Test func agreesWithCellsOnRandomColumns() throws {
    var random = SplitMix64(seed: propertySeed)
    for count in [0, 1, 65, 130] {
      for (leftType, rightType) in [
        (ColumnType.int64, ColumnType.float64), (.float64, .int64), (.float64, .float64),
        (.bool, .float64),
      ] {
        let left = Column.random(leftType, count: count, &random)
        let right = Column.random(rightType, count: count, &random)
        func cells(_ operation: (Double, Double) -> Double) throws -> Column {
          let l = try TypedColumn<Double>(left.cast(to: .float64))
          let r = try TypedColumn<Double>(right.cast(to: .float64))
          return Column(zip(l, r).map { l, r in l.flatMap { l in r.map { operation(l, $0) } } })
        }
        #expect(try left + right == cells { $0 + $1 }, "\(propertySeed)")
        #expect(try left - right == cells { $0 - $1 }, "\(propertySeed)")
        #expect(try left * right == cells { $0 * $1 }, "\(propertySeed)")
        #expect(try left / right == cells { $0 / $1 }, "\(propertySeed)")
      }
      let small = { (random: inout SplitMix64) in
        Column((0..<count).map { _ in random.chance(1, in: 4) ? nil : random.below(9) - 4 })
      }
      let (left, right) = (small(&random), small(&random))
      func cells(_ operation: (Int, Int) -> Int?) throws -> Column {
        let (l, r) = (try TypedColumn<Int>(left), try TypedColumn<Int>(right))
        return Column(zip(l, r).map { l, r in l.flatMap { l in r.flatMap { operation(l, $0) } } })
      }
      #expect(try left + right == cells { $0 + $1 }, "\(propertySeed)")
      #expect(try left - right == cells { $0 - $1 }, "\(propertySeed)")
      #expect(try left * right == cells { $0 * $1 }, "\(propertySeed)")
      #expect(
        try left % right
          == cells { $1 == 0 ? nil : $0 - $1 * Int((Double($0) / Double($1)).rounded(.down)) },
        "\(propertySeed)"
      )
    }
  }

  @Test func saysWhatIsWrong() throws {
    let large = Column([1, nil, Int64.max])
    #expect(
      message { try large + 1 }
        == "row 2: 9223372036854775807 + 1 is beyond int64; cast to float64 first"
    )
    #expect(message { try large * 2 }.hasPrefix("row 2: 9223372036854775807 * 2"))
    #expect(message { try -2 - large }.hasPrefix("row 2: -2 - 9223372036854775807"))
    #expect(message { try -Column([Int64.min]) }.hasPrefix("row 0: 0 - -9223372036854775808"))
    #expect(
      message { try Column(["a"]) * 2 }
        == "no * of a column of type string and 2, a int64; cast one of the two with cast(to:)"
    )
    #expect(message { try Column(["a"]) + 2 }.hasPrefix("no + of a column of type string and 2"))
    #expect(message { try Column([1]) + Column([1, 2]) } == "+ of columns of 1 and of 2 rows")
    // What stands behind a null does not count.
    #expect(try large.taking([0, 1]) * 2 == Column([2, nil]))
  }

  // numpy 2: np.round, np.log1p, np.sqrt, np.abs
  @Test func functions() throws {
    let halves = Column([0.5, 1.5, 2.5, -0.5, 2.675, 1234.5, nil])
    #expect(try halves.rounded() == Column([0, 2, 2, -0.0, 3, 1234, nil]))
    let cents = Column([0.125, 2.675, 1234.567, -0.15])
    #expect(try cents.rounded(decimals: 2) == Column([0.12, 2.68, 1234.57, -0.15]))
    #expect(
      try Column([1250.0, 1350, 1234]).rounded(decimals: -2) == Column([1200.0, 1400, 1200])
    )
    #expect(try Column([1250, 1350, nil]).rounded(decimals: -2) == Column([1200, 1400, nil]))
    #expect(try Column([1e300, -0.0]).rounded(decimals: 20) == Column([1e300, -0.0]))
    #expect(try Column([-3, nil, 3]).abs() == Column([3, nil, 3]))
    #expect(try Column([-3.5, nil, -0.0]).abs() == Column([3.5, nil, 0]))
    #expect(try isClose(Column([0, 1, nil, -2]).log1p(), [0, 0.6931471805599453, nil, .nan]))
    #expect(try isClose(Column([4.0, -1]).sqrt(), [2, .nan]))
    #expect(try isClose(Column([0, 1]).exp(), [1, 2.718281828459045]))
    #expect(try isClose(Column([1.0, 0]).log(), [0, -.infinity]))
    #expect(try isClose(Column([1e-10]).expm1(), [1.00000000005e-10]))
    #expect(try isClose(Column([3, nil]).power(2), [9, nil]))
    #expect(try isClose(Column([2.0]).power(0.5), [1.4142135623730951]))
    #expect(try Column([1.5, -1.5]).floor() == Column([1.0, -2]))
    #expect(try Column([1.5, -1.5]).ceil() == Column([2.0, -1]))
    #expect(try Column([1, 5, nil, 9]).clipped(low: 2, high: 6) == Column([2, 5, nil, 6]))
    #expect(try Column([1, 5]).clipped(low: 1.5) == Column([1.5, 5]))
    #expect(
      message { try Column([1]).clipped(low: 2, high: 1) }
        == "clipped to 2.0 ... 1.0; the lower limit comes first"
    )
    #expect(message { try Column([Int64.min]).abs() }.hasPrefix("row 0: the magnitude of"))
    #expect(
      message { try Column(["a"]).sqrt() }
        == "sqrt of a column of type string, expected numbers; cast it with cast(to: .float64)"
    )
  }
}

extension Value {
  /// The day of a date; 1970-01-01 of anything else.
  var date: CalendarDate {
    if case .date(let date) = self { date } else { CalendarDate(daysSinceEpoch: 0) }
  }
}
