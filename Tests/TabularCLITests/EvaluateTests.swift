import Foundation
import Testing

struct EvaluateTests {
  private let work: Workdir
  private let model: String
  private let input: String

  init() throws {
    work = try Workdir()
    let rows = (0..<150).map { "\($0 % 40).5,\($0 % 40 < 20 ? "no" : "yes")" }
    input = try work.file("in.csv", "x,y\n" + rows.joined(separator: "\n") + "\n")
    model = work.path("m.safetensors")
    let run = try Command(
      "train",
      input,
      "--target",
      "y",
      "--valid-input",
      input,
      "--save",
      model,
      "--json",
      "--quiet"
    )
    #expect(run.exitCode == 0, "\(run.errors)")
    last = try #require(try run.json.last)
  }

  private let last: [String: Any]

  @Test func saysWhatTrainSaid() throws {
    let found = try #require(
      try Command("evaluate", input, "--model", model, "--json").json.first
    )
    for name in ["loss", "accuracy", "roc_auc", "log_loss", "f1", "accuracy_low"] {
      #expect(found[name] as? Double == last["valid_\(name)"] as? Double, "\(name)")
    }
    #expect(found["rows"] as? Int == 150)
    let confusion = try #require(found["confusion"] as? [[Int]])
    #expect(confusion.flatMap(\.self).reduce(0, +) == 150)
    // Converted rows are the same rows.
    let tensors = work.path("t.safetensors")
    _ = try Command("convert", input, "--target", "y", "-o", tensors, "--quiet")
    let again = try Command("evaluate", tensors, "--model", model, "--json")
    #expect(again.exitCode == 0, "\(again.errors)")
    #expect(try again.json.first?["rows"] as? Int == 150)
  }

  @Test func printsATable() throws {
    let run = try Command("evaluate", input, "--model", model, "--threshold", "0.4")
    #expect(run.exitCode == 0)
    #expect(run.lines[0].hasPrefix("rows") && run.lines[0].hasSuffix("150"))
    #expect(run.lines[2].hasPrefix("accuracy ") && run.lines[2].contains("95 % interval "))
    let table = run.output.split(separator: "\n\n")[1].split(separator: "\n")
    #expect(table.map { $0.split(separator: " ")[0] } == ["taken", "no", "yes"])
  }

  @Test func refusesRowsWithoutTheTarget() throws {
    let bare = try work.file("bare.csv", "x\n1.5\n")
    let run = try Command("evaluate", bare, "--model", model)
    #expect(run.exitCode == 1)
    #expect(run.errors.contains("has no column 'y' to compare with; columns: x"))
    let other = try work.file("other.csv", "x,y\n1.5,maybe\n")
    let unknown = try Command("evaluate", other, "--model", model)
    #expect(unknown.exitCode == 1 && unknown.errors.contains("maybe"), "\(unknown.errors)")
    let null = try work.file("null.csv", "x,y\n1.5,\n2.5,no\n")
    #expect(try Command("evaluate", null, "--model", model).exitCode == 1)
    let dropped = try Command("evaluate", null, "--model", model, "--drop-null-targets")
    #expect(dropped.exitCode == 0 && dropped.lines[0].hasSuffix("1"), "\(dropped.errors)")
  }
}
