import TabularCSV
import Testing

@testable import TabularFrame

struct ColumnComparisonTests {
  @Test func readsAsItIsMeant() throws {
    let people = try people()
    let mask = try people["age"] > 30 && people["name"] == "Ann"
    // A null and false is false.
    #expect(mask == Column([true, false, false, false]))
    #expect(try people.loc[mask].rowIDs.map(\.record) == [0])
    #expect(try (30 < people["age"]) == Column([true, nil, false, true]))
    #expect(try (people["fare"] >= 7.25 || people["age"] != 31) == Column([true, nil, true, true]))
    let limit = 7
    #expect(try people.filter(people["age"] <= limit).rowCount == 1)
    #expect(try (people["age"] .> people["fare"]) == Column([true, nil, false, nil]))
    #expect(try (people["age"] == Value.null) == Column([nil, nil, nil, nil] as [Bool?]))
    #expect(try !people["alive"] == Column([false, true, true, false]))
  }

  /// The order of two cells, exact and without a case for any of our kernels.
  private func order(_ left: Value, _ right: Value) -> Int? {
    func sign<Element: Comparable>(_ l: Element, _ r: Element) -> Int {
      l < r ? -1 : l == r ? 0 : 1
    }
    switch (left, right) {
    case (.bool(let l), .bool(let r)): return sign(l ? 1 : 0, r ? 1 : 0)
    case (.int64(let l), .int64(let r)): return sign(l, r)
    case (.float64(let l), .float64(let r)): return l.isNaN || r.isNaN ? nil : sign(l, r)
    case (.int64(let l), .float64(let r)):
      if r.isNaN { return nil }
      if r.magnitude > 0x1p100 { return r > 0 ? -1 : 1 }
      let floor = r.rounded(.down)
      return floor == r ? sign(Int128(l), Int128(r)) : Int128(l) <= Int128(floor) ? -1 : 1
    case (.float64, .int64), (.datetime, .date): return order(right, left).map { -$0 }
    case (.date(let l), .date(let r)): return sign(l, r)
    case (.datetime(let l), .datetime(let r)): return sign(l, r)
    case (.date(let l), .datetime(let r)):
      return sign(Int128(l.daysSinceEpoch) * 86_400_000_000, Int128(r.microsecondsSinceEpoch))
    case (.string(let l), .string(let r)):
      if l.utf8.elementsEqual(r.utf8) { return 0 }
      return l.utf8.lexicographicallyPrecedes(r.utf8) ? -1 : 1
    default: return nil
    }
  }

  private func expected(_ comparator: Comparator, _ left: Value, _ right: Value) -> Bool? {
    if left.isNull || right.isNull { return nil }
    guard let order = order(left, right) else { return comparator == .notEqual }
    return comparator.holds(order)
  }

  @Test func agreesWithCellsOnRandomColumns() throws {
    var random = SplitMix64(seed: propertySeed)
    let pairs: [(ColumnType, ColumnType)] = [
      (.bool, .bool), (.int64, .int64), (.int64, .float64), (.float64, .int64),
      (.float64, .float64), (.date, .date), (.date, .datetime), (.datetime, .date),
      (.datetime, .datetime), (.string, .string), (.string, .category), (.category, .string),
      (.category, .category),
    ]
    for _ in 0..<4 {
      for (leftType, rightType) in pairs {
        let count = random.pick([0, 1, 63, 64, 65, 130])
        let left = Column.random(leftType, count: count, &random)
        let right = Column.random(rightType, count: count, &random)
        let values = (0..<min(3, count)).map { right[$0] }
        for comparator in Comparator.allCases {
          let rows = try left.compared(comparator, to: right)
          let cells = (0..<count).map { expected(comparator, left[$0], right[$0]) }
          #expect(rows == Column(cells), "\(leftType) \(comparator) \(rightType), \(propertySeed)")
          for value in values {
            let rows = try left.compared(comparator, to: value)
            let cells = (0..<count).map { expected(comparator, left[$0], value) }
            #expect(rows == Column(cells), "\(leftType) \(comparator) \(value), \(propertySeed)")
          }
        }
      }
    }
  }

  @Test func textsMayBeDates() throws {
    let dates = Column([CalendarDate("2020-02-29"), nil, CalendarDate("2020-03-01")])
    #expect(try (dates > "2020-02-29") == Column([false, nil, true]))
    #expect(try (dates <= "2020-02-29 12:00") == Column([true, nil, false]))
    let instants = Column([Timestamp("2020-02-29T12:00:00Z")])
    #expect(try (instants > "2020-02-29") == Column([true]))
    #expect(
      message { try dates == "today" }
        == "a column of type date cannot be compared with 'today', a string; a date is YYYY-MM-DD"
    )
    #expect(message { try instants == "now" }.hasSuffix("a datetime is YYYY-MM-DD HH:MM:SS"))
  }

  @Test func saysWhatDoesNotCompare() throws {
    #expect(
      message { try Column([1]) == "old" }
        == "a column of type int64 cannot be compared with 'old', a string; "
        + "compare it with a number, or cast it with cast(to:)"
    )
    #expect(
      message { try Column(["a"]) < 1.5 }.contains("with 1.5, a float64; compare it with a text")
    )
    #expect(message { try Column([true]) == 1 }.contains("compare it with true or false"))
    #expect(
      message { try Column([1]) .== Column(["a"]) }
        == "a column of type int64 cannot be compared with one of type string; "
        + "cast one of the two with cast(to:)"
    )
    #expect(
      message { try Column([1]) .< Column([1, 2]) } == "columns of 1 and of 2 rows are compared"
    )
  }
}
