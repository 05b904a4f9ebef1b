import Testing

struct InspectTests {
  private static let csv = packaged("datasets/titanic-synthetic.csv")

  @Test func showsSchemaRowsAndATrainCommand() throws {
    let run = try Command("inspect", Self.csv)
    #expect(run.exitCode == 0 && run.errors.isEmpty)
    #expect(run.lines[0] == "\(Self.csv): 891 rows, 12 columns")
    #expect(run.lines[1].hasPrefix("This is synthetic"))
    #expect(run.lines.contains { $0.hasPrefix("Cabin") && $0.contains("687") })
    #expect(run.lines.last == "Train with: tabular train \(Self.csv) --target Survived")
  }

  @Test func printsJSON() throws {
    let result = try #require(try Command("inspect", Self.csv, "--json").json.first)
    #expect(result["rows"] as? Int == 891 && result["synthetic"] as? Bool == true)
    let columns = try #require(result["columns"] as? [[String: Any]])
    #expect(columns.map { $0["name"] as? String }.first == "PassengerId")
    #expect(columns[5]["type"] as? String == "float64" && columns[5]["nulls"] as? Int == 177)
  }

  @Test(.enabled(if: hasShared, "../shared is missing"))
  func theRealListIsNotSynthetic() throws {
    let run = try Command("inspect", realTitanic)
    #expect(run.exitCode == 0 && !run.output.contains("synthetic"))
  }

  @Test func readsStandardInputAndSaysWhatItDecided() throws {
    let run = try Command("inspect", "-", input: "a,a\n1,x\nNA,y\n3,x\n")
    #expect(run.exitCode == 0)
    #expect(run.errors.contains("column 'a' is numeric but for 'NA', read as null 1 times"))
    #expect(run.errors.contains("column 2, headed 'a', is named 'a_2'"))
  }
}
