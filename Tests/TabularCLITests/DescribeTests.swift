import Foundation
import Testing

struct DescribeTests {
  /// Lines of a column, its heading first.
  private func block(_ run: Command, _ column: String) throws -> [String] {
    let blocks = run.output.components(separatedBy: "\n\n")
    let block = try #require(blocks.first { $0.hasPrefix("\(column)  ") }, "\(run.output)")
    return block.split(separator: "\n").map(String.init)
  }

  @Test(.enabled(if: hasShared, "../shared is missing"))
  func numbersEqualPandas() throws {
    let run = try Command("describe", realTitanic, "--json")
    #expect(run.exitCode == 0 && run.errors.isEmpty)
    let result = try #require(try run.json.first)
    #expect(result["rows"] as? Int == 891)
    let columns = try #require(result["columns"] as? [[String: Any]])
    let age = try #require(columns.first { $0["name"] as? String == "Age" })
    // pandas 3.1.1: df.Age.describe(), nunique(), value_counts()
    #expect(age["count"] as? Int == 714 && age["nulls"] as? Int == 177)
    #expect(age["distinct"] as? Int == 88)
    let mean = try #require(age["mean"] as? Double)
    let deviation = try #require(age["deviation"] as? Double)
    #expect(abs(mean - 29.69911764705882) < 1e-12 && abs(deviation - 14.526497332334042) < 1e-12)
    #expect(age["min"] as? Double == 0.42 && age["max"] as? Double == 80)
    #expect(age["quartiles"] as? [Double] == [20.125, 28, 38])
    let frequent = try #require(age["most_frequent"] as? [[String: Any]])
    #expect(frequent.count == 1 && frequent[0]["value"] as? Double == 24)
    #expect(frequent[0]["count"] as? Int == 30)
    // numpy: np.histogram(df.Age.dropna(), 24)
    let histogram = try #require(age["histogram"] as? [String: Any])
    #expect(
      histogram["counts"] as? [Int] == [
        30, 20, 14, 7, 29, 79, 68, 72, 90, 54, 57, 44, 26, 26, 34, 14, 15, 13, 9, 6, 2, 3, 1, 1,
      ]
    )
    let siblings = try #require(columns.first { $0["name"] as? String == "SibSp" })
    let bins = try #require(siblings["histogram"] as? [String: Any])
    #expect(bins["edges"] as? [Double] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    #expect(bins["counts"] as? [Int] == [608, 209, 28, 16, 18, 5, 0, 0, 7])
  }

  @Test(.enabled(if: hasShared, "../shared is missing"))
  func showsABlockAColumn() throws {
    let run = try Command("describe", realTitanic)
    #expect(run.lines[0] == "\(realTitanic): 891 rows, 12 columns")
    #expect(
      try block(run, "Age") == [
        "Age  float64  714 values, 177 nulls (20%), 88 distinct, most frequent 24 (30 times)",
        "  mean 29.699  deviation 14.526  min 0.42  quartiles 20.125 28 38  max 80",
        "  0.42 ▃▂▂▁▃█▇▇█▅▆▄▃▃▄▂▂▂▁▁▁▁▁▁ 80",
      ]
    )
    #expect(
      try block(run, "Embarked") == [
        "Embarked  string  889 values, 2 nulls (<1%), 3 distinct",
        "  each of 1 character, such as 'S'",
        "  S  ██████████████████████████████  644 (72%)",
        "  C  ███████  168 (19%)",
        "  Q  ███  77 (9%)",
      ]
    )
    #expect(try block(run, "PassengerId")[0].hasSuffix("891 distinct, each once"))
    #expect(try block(run, "Ticket").last == "  ... and 676 more")
  }

  @Test func datesHaveAMedian() throws {
    let csv =
      "d,t\n2024-03-01,2024-03-01T12:00:00Z\n2024-01-31,2024-03-01T13:00:00Z\n,\n"
      + "2024-02-02,2024-03-02T00:00:00Z\n2024-02-02,2024-03-02T00:00:00Z\n"
    let run = try Command("describe", "-", input: csv)
    #expect(run.exitCode == 0, "\(run.errors)")
    let lines = try block(run, "d")
    #expect(
      lines[0] == "d  date  4 values, 1 null (20%), 3 distinct, most frequent 2024-02-02 (2 times)"
    )
    #expect(lines[1] == "  min 2024-01-31  median 2024-02-02  max 2024-03-01")
    #expect(lines[2].hasPrefix("  2024-01-31 ") && lines[2].hasSuffix(" 2024-03-01"))
    #expect(try block(run, "t")[1].contains("median 2024-03-01T13:00:00"))
    let json = try #require(try Command("describe", "-", "--json", input: csv).json.first)
    let columns = try #require(json["columns"] as? [[String: Any]])
    #expect(columns[0]["quartiles"] as? [String] == ["2024-01-31", "2024-02-02", "2024-02-02"])
    #expect(columns[0]["mean"] == nil)
  }

  @Test func boolsAndCategoriesAreListed() throws {
    let csv = "b,c\ntrue,x\nfalse,x\ntrue,\ntrue,y\n"
    let run = try Command("describe", "-", "--types", "c=category", input: csv)
    #expect(
      try block(run, "b") == [
        "b  bool  4 values, 2 distinct", "  mean 0.75  deviation 0.5",
        "  true   ██████████████████████████████  3 (75%)", "  false  ██████████  1 (25%)",
      ]
    )
    #expect(
      try block(run, "c") == [
        "c  category  3 values, 1 null (25%), 2 distinct", "  each of 1 character, such as 'x'",
        "  x  ██████████████████████████████  2 (67%)", "  y  ███████████████  1 (33%)",
      ]
    )
  }

  @Test func emptyColumnsAndTablesAreClear() throws {
    let none = try Command("describe", "-", input: "a,b\n")
    #expect(none.exitCode == 0)
    #expect(none.lines[0] == "-: 0 rows, 2 columns")
    #expect(none.lines.dropFirst().allSatisfy { $0.hasSuffix("  no values") }, "\(none.output)")
    let nulls = try Command("describe", "-", input: "a,b\n,1\n,1\n")
    #expect(nulls.output.contains("\na  string  no values, all null\n"), "\(nulls.output)")
    #expect(nulls.output.contains("\nb  int64  2 values, 1 distinct, most frequent 1 (2 times)\n"))
    let json = try Command("describe", "-", "--json", input: "a,b\n,1\n,1\n").json
    let columns = try #require(json.first?["columns"] as? [[String: Any]])
    #expect(columns[0]["count"] as? Int == 0 && columns[0]["nulls"] as? Int == 2)
    let empty = try Command("describe", "-", input: "")
    #expect(empty.exitCode == 1 && empty.output.isEmpty)
    #expect(empty.errors.hasSuffix("expected a header, found an empty file\n"))
  }

  @Test func extremesDoNotTrap() throws {
    let csv = "i,f,n,w\n9223372036854775807,1e308,nan,😀\n-9223372036854775808,-1e308,inf,e\u{301}\n"
    let run = try Command("describe", "-", input: csv)
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(try block(run, "i")[1].contains("max 9223372036854775807"))
    #expect(try block(run, "w")[1] == "  each of 1 character, such as '😀'")
    #expect(try Command("describe", "-", "--json", input: csv).json.count == 1)
  }

  @Test func unknownColumnsAreSaid() throws {
    let run = try Command("describe", "-", "--columns", "b", input: "a\n1\n")
    #expect(run.exitCode == 1 && run.output.isEmpty)
    #expect(run.errors.split(separator: "\n").count == 1 && run.errors.contains("'b'"))
  }
}
