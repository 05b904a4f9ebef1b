import Foundation
import Testing

@testable import TabularCSV
@testable import TabularFrame

/// What pandas answers on the real passengers: `shared/reference/titanic_frame.json`.
@Suite(.enabled(if: Reference.isThere, "needs ../shared, the folder of reference values"))
struct TitanicTests {
  let expected: [String: Any]
  let frame: DataFrame

  init() throws {
    expected = try Reference.json("reference/titanic_frame.json")
    frame = try Reference.titanic()
  }

  @Test func shapeColumnsKindsAndNulls() throws {
    #expect(expected["shape"] as? [Int] == [frame.shape.rows, frame.shape.columns])
    #expect(expected["columns"] as? [String] == frame.columns)
    let kinds = Dictionary(
      uniqueKeysWithValues: frame.types.map { name, type in
        (name, type == .int64 ? "integer" : type == .float64 ? "float" : "\(type)")
      }
    )
    #expect(expected["kinds"] as? [String: String] == kinds)
    let nulls = Dictionary(
      uniqueKeysWithValues: frame.namedColumns.map { ($0.name, $0.column.nullCount) }
    )
    #expect(expected["null_counts"] as? [String: Int] == nulls)
  }

  @Test(arguments: [0, 890])
  func rows(position: Int) throws {
    let row = try #require(expected["iloc_\(position)"] as? [String: Any])
    #expect(row.count == frame.columns.count)
    for (name, value) in row {
      let found = try frame.iloc[position][name]
      switch found {
      case .null: #expect(value is NSNull)
      case .int64(let number): #expect(value as? Int64 == number)
      case .float64(let number): #expect(value as? Double == number)
      default: #expect(value as? String == found.description)
      }
    }
    #expect(try frame.iloc[position - 891].description == frame.loc[position].description)
  }

  @Test func countsAndSums() throws {
    #expect(try frame["Ticket"].distinctCount == expected["unique_tickets"] as? Int)
    let quoted = try frame.filter { try $0["Name", as: String.self]?.contains("\"") ?? false }
    #expect(quoted.rowCount == expected["names_with_quotes"] as? Int)
    // The median is pandas' own, in `describe`.
    let ages = try frame["Age"].fillNulls(28)
    let sum = try TypedColumn<Double>(ages).reduce(0) { $0 + ($1 ?? .nan) }
    let filled = try #require(expected["fillna_median_age_sum"] as? Double)
    #expect(abs(sum - filled) < 1e-9 * filled)
    let counts = try #require(expected["value_counts"] as? [String: [String: Int]])
    for (name, counts) in counts {
      for (value, count) in counts {
        let found = try frame.filter {
          let cell = try $0[name]
          return value == "<null>" ? cell.isNull : cell.description == value && !cell.isNull
        }
        #expect(found.rowCount == count, "\(name) \(value)")
      }
      #expect(try frame[name].distinctCount == counts.count { $0.key != "<null>" })
    }
  }

  @Test func groupsBySelection() throws {
    let means = try #require(expected["group_mean_survived"] as? [String: Double])
    #expect(means.count == 6)
    for (group, mean) in means {
      let parts = group.split(separator: "/").map(String.init)
      let rows = try frame.filter {
        try $0["Sex"].description == parts[0] && $0["Pclass"].description == parts[1]
      }
      let survived = try rows["Survived", as: Double.self].reduce(0) { $0 + ($1 ?? 0) }
      #expect(abs(survived / Double(rows.rowCount) - mean) < 1e-12, "\(group)")
    }
  }

  @Test func survivesARoundTrip() throws {
    #expect(try DataFrame(csv: frame.csv()) == frame)
    let known = try frame.dropNulls(columns: ["Age", "Embarked"])
    #expect(known.rowCount == 712)  // pandas: df.dropna(subset=["Age", "Embarked"])
    #expect(try known["PassengerId", as: Int.self].map { $0 } == known.rowIDs.map { $0.record + 1 })
  }
}
