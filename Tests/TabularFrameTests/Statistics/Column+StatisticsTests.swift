import TabularCSV
import Testing

@testable import TabularFrame

struct ColumnStatisticsTests {
  // pandas 3.1.1, of the same values
  @Test func agreesWithPandas() throws {
    let column = Column([3, 1, nil, 4, 1, 5, 9, .nan, 2, 6])
    #expect(try column.sum() == 31.0)
    #expect(try isClose(column.mean(), 3.875))
    #expect(try column.median() == 3.5)
    #expect(try isClose(column.var(), 7.553571428571429))
    #expect(try isClose(column.var(ddof: 0), 6.609375))
    #expect(try isClose(column.std(), 2.748376143938713))
    #expect(try isClose(column.quantile(0.3), 2.1))
    #expect(column.min() == 1.0 && column.max() == 9.0)
    #expect(column.nunique() == 7 && column.valueCount == 8)
    #expect(column.mode() == Column([1.0]))
    #expect(Column(["b", "a", nil, "a", "b", "c"]).mode() == Column(["a", "b"]))
  }

  @Test func everyTypeHasItsExtremes() throws {
    #expect(Column(["b", nil, "B", "\u{E9}"]).min() == "B")
    #expect(Column(["b", nil, "B", "\u{E9}"]).asCategory().max() == "\u{E9}")
    #expect(Column([true, nil, false]).min() == false)
    #expect(Column([.nan, 2.0, nil]).max() == 2.0)
    let frame = try everyType()
    for name in ["int64", "date", "datetime"] {
      #expect(try frame[name].min() < frame[name].max(), "\(name)")
    }
    #expect(try Column([true, nil, true]).sum() == 2)
    #expect(try Column([true, false]).mean() == 0.5)
  }

  @Test func integersAreExact() throws {
    #expect(try Column([Int64.max, -1, nil]).sum() == .int64(Int64.max - 1))
    #expect(
      message { try Column([Int64.max, 1]).sum() }
        == "the sum 9223372036854775808 is beyond int64; cast to float64 first"
    )
    #expect(try Column([Int64.max, Int64.max]).mean() == 0x1p63)
  }

  /// Sums that lose everything when they are added one by one.
  @Test func sumsAreCompensated() throws {
    var values = [1e16, 1, -1e16]
    for _ in 0..<1000 { values += [1e16, 0.001, -1e16] }
    #expect(try isClose(Column(values).sum().double, 2))
    #expect(try isClose(Column([1e9 + 0.125, 1e9 + 0.25, 1e9 + 0.375]).var(), 0.015625))
    #expect(
      try Column([.infinity, 1, 2] + [Double](repeating: 1, count: 30)).sum() == .float64(.infinity)
    )
    #expect(try Column([Double.infinity, -.infinity]).mean().isNaN)
  }

  @Test func agreesWithPlainSumsOnRandomColumns() throws {
    var random = SplitMix64(seed: propertySeed)
    for count in [0, 1, 2, 7, 64, 65, 500] {
      for type in [ColumnType.float64, .int64, .bool] {
        let column = Column(
          (0..<count).map { _ in
            random.chance(1, in: 5)
              ? nil : random.chance(1, in: 9) ? .nan : random.unit() * 100 - 50
          }
        )
        let whole =
          try type == .float64
          ? column : column.rounded().cast(to: .int64).cast(to: type)
        let numbers = (0..<count).compactMap { row in
          Double._read(whole, row).flatMap { $0.isNaN ? nil : $0 }
            ?? Bool._read(whole, row).map { $0 ? 1 : 0 }
        }
        let sum = numbers.reduce(0, +)
        let mean = numbers.isEmpty ? .nan : sum / Double(numbers.count)
        let variance =
          numbers.count < 2
          ? .nan
          : numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(numbers.count - 1)
        let sorted = numbers.sorted()
        let middle = sorted.count / 2
        let median =
          sorted.isEmpty
          ? .nan
          : sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        let found = try whole.sum()
        let total = found.double ?? .nan
        #expect(abs(total - sum) <= 1e-9, "\(propertySeed)")
        #expect(try abs(whole.mean() - mean) <= 1e-9 || mean.isNaN, "\(propertySeed)")
        #expect(try abs(whole.var() - variance) <= 1e-9 * 2500 || variance.isNaN, "\(propertySeed)")
        #expect(try isClose(whole.median(), median), "\(propertySeed)")
        #expect(try isClose(whole.quantile(0), sorted.first ?? .nan), "\(propertySeed)")
        #expect(try isClose(whole.quantile(1), sorted.last ?? .nan), "\(propertySeed)")
      }
    }
  }

  @Test func whatIsEmptyHasNoStatistics() throws {
    let empty = Column([Double?]())
    #expect(try empty.sum() == 0.0 && empty.mean().isNaN && empty.median().isNaN)
    #expect(try empty.std().isNaN && Column([1.0]).std().isNaN && Column([1.0]).std(ddof: 0) == 0)
    #expect(empty.min() == .null && Column([nil, Double.nan]).max() == .null)
    #expect(empty.mode().count == 0 && empty.nunique() == 0)
    #expect(empty.valueCounts().shape == (0, 2))
  }

  @Test func saysWhatIsWrong() throws {
    #expect(
      message { try Column(["a"]).mean() }
        == "mean of a column of type string, expected numbers; cast it with cast(to: .float64)"
    )
    for verb in [
      { try Column(["a"]).sum() as Any }, { try Column(["a"]).median() },
      { try Column(["a"]).std() }, { try Column(["a"]).var() }, { try Column(["a"]).quantile(0.5) },
    ] as [() throws -> Any] {
      #expect(message(verb).contains("of a column of type string, expected numbers"))
    }
    #expect(
      message { try Column([1]).quantile(50) }
        == "a quantile of 50.0, expected a fraction from 0 to 1"
    )
  }
}

extension Value {
  static func < (left: Value, right: Value) -> Bool {
    switch (left, right) {
    case (.int64(let l), .int64(let r)): l < r
    case (.date(let l), .date(let r)): l < r
    case (.datetime(let l), .datetime(let r)): l < r
    default: false
    }
  }
}
