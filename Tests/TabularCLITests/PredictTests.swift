import Foundation
import TabularFrame
import Testing

struct PredictTests {
  private static let csv = packaged("datasets/titanic-synthetic.csv")

  private static func model(_ work: Workdir, _ more: String...) throws -> String {
    let path = work.path("model.safetensors")
    let run = try Command(
      ["train", csv, "--target", "Survived", "--epochs", "3", "--save", path, "--quiet"] + more
    )
    #expect(run.exitCode == 0, "\(run.errors)")
    return path
  }

  @Test func takesRowsWithoutTheTargetAndWithNewCategories() throws {
    let work = try Workdir()
    let model = try Self.model(work)
    var rows = try DataFrame(contentsOfCSV: Self.csv).iloc[0..<4].drop(columns: ["Survived"])
    rows["Embarked"] = Column(["S", "X", nil, "Q"])
    rows["Age"] = Column([30, nil, nil, 200] as [Double?])
    let input = work.path("new.csv")
    try rows.writeCSV(to: input)
    let output = work.path("out.csv")
    let run = try Command("predict", input, "--model", model, "-o", output)
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.errors.contains("column 'Age': 2 null"))
    #expect(run.errors.contains("column 'Age': 1 outside the range of the fit"))
    #expect(run.errors.contains("column 'Embarked': 1 of a category unseen in the fit"))
    let result = try DataFrame(contentsOfCSV: output)
    #expect(result.columns == ["row", "prediction", "probability_0", "probability_1"])
    #expect(result.rowCount == 4)
    for row in 0..<4 {
      let parts = try result.iloc[row].values().suffix(2)
      #expect(abs(parts.reduce(0, +) - 1) < 1e-6)
      let likelier = (parts.first ?? 0) >= 0.5 ? Value.int64(0) : .int64(1)
      #expect(try result["prediction"][row] == likelier)
    }
  }

  @Test func namesRowsByAColumnAndClassesByTheirNames() throws {
    let work = try Workdir()
    let model = try Self.model(work, "--class-names", "Dead,Survived")
    let run = try Command("predict", Self.csv, "--model", model, "--id", "PassengerId", "--quiet")
    #expect(run.exitCode == 0 && run.errors.isEmpty)
    #expect(run.lines[0] == "PassengerId,prediction,probability_Dead,probability_Survived")
    #expect(run.lines[1].hasPrefix("1,Dead,") || run.lines[1].hasPrefix("1,Survived,"))
  }

  @Test func aTextColumnThatHoldsNumbersIsTextStill() throws {
    let work = try Workdir()
    let train = try work.file(
      "t.csv",
      "y,code\n" + (0..<40).map { "\($0 % 2),\($0 % 2 == 0 ? "a" : "7")\n" }.joined()
    )
    let model = work.path("m.safetensors")
    _ = try Command("train", train, "--target", "y", "--epochs", "1", "--save", model, "--quiet")
    let run = try Command("predict", "-", "--model", model, input: "code\n7\n7\n")
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(!run.errors.contains("unseen"))
  }

  @Test func refusesWhatIsNoModelAndWhatLacksAColumn() throws {
    let work = try Workdir()
    let junk = try work.file("junk.safetensors", "no model at all")
    let noModel = try Command("predict", Self.csv, "--model", junk)
    #expect(noModel.exitCode == 1 && noModel.errors.contains("not a valid safetensors file"))
    let model = try Self.model(work)
    let lacking = try work.file("l.csv", "Pclass,Sex\n3,male\n")
    let run = try Command("predict", lacking, "--model", model, "-o", work.path("p.csv"))
    #expect(run.exitCode == 1 && run.errors.split(separator: "\n").count == 1, "\(run.errors)")
    #expect(!work.contents.contains("p.csv"))
  }
}
