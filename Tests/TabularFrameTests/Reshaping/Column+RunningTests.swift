import TabularCSV
import Testing

@testable import TabularFrame

struct ColumnRunningTests {
  static let values = Column([1, 2, nil, 4, 7, 7, 7, -3])

  // pandas 3.1.1: Series.rolling(window, min_periods)
  @Test func windowsAgreeWithPandas() throws {
    let full = try Self.values.rolling(3)
    #expect(isClose(full.count(), [nil, nil, 2, 2, 2, 3, 3, 3]))
    #expect(isClose(full.sum(), [nil, nil, nil, nil, nil, 18, 21, 11]))
    #expect(isClose(full.mean(), [nil, nil, nil, nil, nil, 6, 7, 11.0 / 3]))
    let std = 1.7320508075688772
    #expect(isClose(full.std(), [nil, nil, nil, nil, nil, std, 0, 5.773502691896257]))
    #expect(isClose(full.min(), [nil, nil, nil, nil, nil, 4, 7, -3]))
    #expect(isClose(full.max(), [nil, nil, nil, nil, nil, 7, 7, 7]))
    let some = try Self.values.rolling(3, minPeriods: 1)
    #expect(isClose(some.count(), [1, 2, 2, 2, 2, 3, 3, 3]))
    #expect(isClose(some.sum(), [1, 3, 3, 6, 11, 18, 21, 11]))
    #expect(isClose(some.var(), [nil, 0.5, 0.5, 2, 4.5, 3, 0, 33.33333333333333]))
    #expect(isClose(some.min(), [1, 1, 1, 2, 4, 4, 7, -3]))
    #expect(isClose(some.max(), [1, 2, 2, 4, 7, 7, 7, 7]))
    let any = try Self.values.rolling(2, minPeriods: 0)
    #expect(isClose(any.sum(), [1, 3, 2, 4, 11, 14, 14, 4]))
    #expect(isClose(any.max(), [1, 2, 2, 4, 7, 7, 7, 7]))
  }

  @Test func windowsAgreeWithPlainOnesOnRandomColumns() throws {
    var random = SplitMix64(seed: propertySeed)
    for count in [0, 1, 10, 70] {
      let column = Column.random(.float64, count: count, &random)
      let window = 1 + random.below(12)
      let needed = random.below(window + 1)
      let rolling = try column.rolling(window, minPeriods: needed)
      func plain(_ body: ([Double]) -> Double?) -> [Double?] {
        (0..<count).map { row in
          let values = (Swift.max(0, row - window + 1)...row).compactMap { column[$0].double }
            .filter(\.isFinite)
          return values.count >= needed ? body(values) : nil
        }
      }
      // Sums of numbers at the limits keep what plain ones lose: of others only.
      let isPlain = column.max().double.map { $0 < 1e9 } ?? true
      if isPlain, column.min().double.map({ $0 > -1e9 }) ?? true {
        #expect(isClose(rolling.sum(), plain { $0.reduce(0, +) }), "\(propertySeed)")
      }
      #expect(isClose(rolling.min(), plain { $0.min() }), "\(propertySeed)")
      #expect(isClose(rolling.max(), plain { $0.max() }), "\(propertySeed)")
    }
  }

  // pandas 3.1.1: Series.shift, diff, cumsum; integers with nulls stay integers here
  @Test func shiftsAndSums() throws {
    let values = Self.values
    #expect(values.type == .int64)
    #expect(values.shift() == Column([nil, 1, 2, nil, 4, 7, 7, 7]))
    #expect(values.shift(-2) == Column([nil, 4, 7, 7, 7, -3, nil, nil]))
    #expect(values.shift(100).nullCount == 8 && values.shift(.min).nullCount == 8)
    #expect(values.shift(0) == values)
    #expect(Column(["a", nil, "b"]).shift() == Column([nil, "a", nil]))
    #expect(try values.diff() == Column([nil, 1, nil, nil, 3, 0, 0, -10]))
    #expect(try values.cumsum() == Column([1, 3, nil, 7, 14, 21, 28, 25]))
    #expect(try Column([1.5, .nan, nil, 2]).cumsum() == Column([1.5, .nan, nil, 3.5]))
    #expect(try Column([true, true, nil]).cumsum() == Column([1, 2, nil]))
    let empty = Column([Int?]())
    #expect(try empty.shift() == empty && empty.diff() == empty && empty.cumsum() == empty)
    #expect(try empty.rolling(2).mean().count == 0)
  }

  @Test func saysWhatIsWrong() throws {
    #expect(
      message { try Column([Int64.max, nil, 1]).cumsum() }
        == "row 2: the sum so far is beyond int64; cast to float64 first"
    )
    #expect(message { try Column(["a"]).cumsum() }.hasPrefix("cumsum of a column of type string"))
    #expect(message { try Column(["a"]).diff() }.hasPrefix("no - of a column of type string"))
    #expect(message { try Column(["a"]).rolling(2) }.hasPrefix("rolling of a column of type str"))
    #expect(
      message { try Column([1]).rolling(2, minPeriods: 3) } == "3 values of a window of 2 rows"
    )
  }
}
