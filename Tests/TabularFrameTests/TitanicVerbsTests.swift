import Foundation
import Testing

@testable import TabularCSV
@testable import TabularFrame

/// What pandas answers on the real passengers, by the verbs that a user of pandas would take:
/// `shared/reference/titanic_frame.json`.
@Suite(.enabled(if: Reference.isThere, "needs ../shared, the folder of reference values"))
struct TitanicVerbsTests {
  let expected: [String: Any]
  let frame: DataFrame

  init() throws {
    expected = try Reference.json("reference/titanic_frame.json")
    frame = try Reference.titanic()
  }

  @Test func describes() throws {
    let statistics = try #require(expected["describe"] as? [String: [String: Double]])
    let described = try frame.describe().setIndex("statistic")
    #expect(Set(described.frame.columns) == Set(statistics.keys))
    for (name, values) in statistics {
      #expect(values.count == described.frame.rowCount)
      for (statistic, value) in values {
        #expect(
          try isClose(described.loc[statistic, name][0].double, value),
          "\(name) \(statistic)"
        )
      }
    }
  }

  @Test func countsValues() throws {
    let counts = try #require(expected["value_counts"] as? [String: [String: Int]])
    #expect(counts.count == 5)
    for (name, counts) in counts {
      let found = try frame[name].valueCounts(includingNulls: true)
      #expect(found.rowCount == counts.count)
      for row in 0..<found.rowCount {
        let value = found.iloc[row, 0]
        let key = value.isNull ? "<null>" : value.description
        #expect(counts[key] == found.iloc[row, 1].int, "\(name) \(key)")
      }
      #expect(try (found["count"] .>= found["count"].shift(-1)).min() != false)
    }
    #expect(try frame["Ticket"].nunique() == expected["unique_tickets"] as? Int)
    #expect(try frame["Name"].contains("\"").sum().int == expected["names_with_quotes"] as? Int)
  }

  @Test func fillsAndCorrelates() throws {
    let ages = try frame["Age"].fillNulls(frame["Age"].median())
    #expect(try isClose(ages.sum().double, expected["fillna_median_age_sum"] as? Double))
    #expect(try isClose(frame.corr("Age", "Fare"), expected["corr_age_fare"] as? Double))
    let matrix = try frame.corr().setIndex("column")
    #expect(
      try isClose(matrix.loc["Age", "Fare"][0].double, expected["corr_age_fare"] as? Double)
    )
  }

  @Test func cutsAges() throws {
    let ages = try frame["Age"].cut([0, 12, 18, 60, 80])
    let counts = try DataFrame([("age", ages)]).iloc[ages.isNotNull].getDummies(columns: ["age"])
    let sums = try counts.columns.map { try counts[$0].sum().int }
    #expect(sums == expected["cut_age_4_counts"] as? [Int])
    #expect(counts.columns == ["age_(0, 12]", "age_(12, 18]", "age_(18, 60]", "age_(60, 80]"])
  }

  @Test func makesDummies() throws {
    let rows = try #require(expected["get_dummies_embarked_first_5"] as? [[String: Int]])
    let dummies = try frame["Embarked"].getDummies()
    #expect(dummies.columns == ["C", "Q", "S"])
    for (position, row) in rows.enumerated() {
      for (name, value) in row {
        #expect(try dummies[name].cast(to: .int64)[position].int == value)
      }
    }
    #expect(rows.count == 5)
  }

  @Test func crosstabulates() throws {
    let counts = try #require(
      expected["crosstab_sex_survived"] as? [String: [String: Int]]
    )
    let table = try frame.crosstab(index: "Sex", columns: "Survived").setIndex("Sex")
    #expect(table.frame.columns == ["0", "1"] && table.index == Column(["female", "male"]))
    for (sex, row) in counts {
      for (survived, count) in row {
        #expect(try table.loc[sex, survived] == Column([count]))
      }
    }
    #expect(counts.count == 2)
  }

  @Test func pivotsMeans() throws {
    let means = try #require(expected["group_mean_survived"] as? [String: Double])
    let table = try frame.pivot(
      index: "Sex",
      columns: "Pclass",
      values: "Survived",
      aggregate: .mean
    ).setIndex("Sex")
    for (group, mean) in means {
      let parts = group.split(separator: "/").map(String.init)
      #expect(try isClose(table.loc[parts[0], parts[1]][0].double, mean))
    }
    #expect(means.count == 6)
  }

  @Test func selectsByMasks() throws {
    let mask = try frame["Age"] > 30 && frame["Sex"] == "female"
    // pandas: df[(df.Age > 30) & (df.Sex == "female")].Survived.mean(), and its length
    let women = try frame.loc[mask]
    #expect(try women.rowCount == 103 && isClose(women["Survived"].mean(), 0.8058252427184466))
    let titles = try frame["Name"].extract(#", ([^.]+)\."#)
    // pandas: df.Name.str.extract(r", ([^.]+)\.")[0].value_counts().head(3)
    #expect(try titles.valueCounts().head(3)["value"] == Column(["Mr", "Miss", "Mrs"]))
    #expect(try titles.valueCounts().head(3)["count"] == Column([517, 182, 125]))
  }

  @Test func groups() throws {
    let means = try #require(expected["group_mean_survived"] as? [String: Double])
    let bySex = try frame.groupBy("Sex", "Pclass").aggregate(.mean("Survived", as: "mean"))
    #expect(bySex.rowCount == means.count)
    for row in 0..<bySex.rowCount {
      let group = "\(bySex.iloc[row, 0])/\(bySex.iloc[row, 1])"
      #expect(isClose(bySex.iloc[row, 2].double, means[group]), "\(group)")
    }
    let fares = try #require(expected["group_fare"] as? [String: [String: Double]])
    let byClass = try frame.groupBy("Pclass").aggregate(
      .mean("Fare", as: "mean"),
      .median("Fare", as: "median"),
      .min("Fare", as: "min"),
      .max("Fare", as: "max"),
      .std("Fare", as: "std"),
      .count("Fare", as: "count"),
      .sum("Fare", as: "sum")
    ).setIndex("Pclass")
    #expect(fares.count == 3)
    for (group, statistics) in fares {
      #expect(statistics.count == 7)
      for (name, value) in statistics {
        let label = try #require(Int(group))
        #expect(try isClose(byClass.loc[label, name][0].double, value), "\(group) \(name)")
      }
    }
  }

  @Test func sorts() throws {
    let sorted = try frame.sort(by: [.descending("Fare"), "Name"]).head(10)
    let ids = try #require(
      expected["sorted_by_fare_desc_name_asc_first_10_ids"] as? [Int]
    )
    #expect(try sorted["PassengerId"] == Column(ids))
  }
}
