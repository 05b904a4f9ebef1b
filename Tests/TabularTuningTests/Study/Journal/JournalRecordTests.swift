import Foundation
import Testing

@testable import TabularTuning

@Suite struct JournalRecordTests {
  /// What `optuna.load_study` says of the trials of the same file.
  @Test func optunasOwnJournal() throws {
    let folder = try Folder()
    let path = folder.path("golden")
    try optunaJournal.write(toFile: path, atomically: false, encoding: .utf8)
    let record = try StudyRecord(contentsOfJournal: path)
    #expect(record.name == "golden")
    #expect(record.direction == .minimize)
    #expect(record.parameterNames == ["optimizer", "batch_size", "lr", "dropout"])
    #expect(
      record.trials.map(\.state)
        == [.complete, .complete, .failed, .failed, .complete, .pruned, .complete, .running]
    )
    #expect(record.trials.map(\.value) == [0.25, 1.25, nil, nil, .infinity, 1e9, 0.75, nil])
    #expect(
      record.trials.map(\.parameters) == [
        ["optimizer": .text("adam"), "batch_size": .integer(50)],
        ["optimizer": .text("sgd"), "lr": .number(0.00018924123965722266)],
        ["optimizer": .integer(3)], ["optimizer": .integer(3)], ["optimizer": .text("adam")],
        ["optimizer": .integer(3)], ["dropout": .number(0.25)], [:],
      ]
    )
    let steps = record.trials.map(\.intermediateValues)
    #expect(steps[0] == [1: 0.5, 2: 0.25])
    #expect(steps[3][1]?.isNaN == true)
    #expect(steps[4] == [1: -.infinity])
    #expect(steps[6] == [1: 0.8, 2: 0.75])
    #expect(record.bestTrial?.number == 0)
  }

  /// Each line of ours is, but for the keys' order of distributions, what Optuna writes.
  @Test func linesAreOptunas() throws {
    // A line that is only read: what an enqueued trial or `add_trial` knows.
    let lines = optunaJournal.split(separator: "\n").filter { !$0.contains("\"system_attrs\"") }
    for line in lines {
      let record = try JournalRecord(line: line.utf8)
      let json = try JSONValue(parsing: line.utf8)
      // Their choice of `None` is a text here.
      if line.contains("null, 3]") { continue }
      let time = (json["datetime_start"] ?? json["datetime_complete"])?.asText ?? ""
      let ours = try JSONValue(parsing: record.line(worker: "w", time: time).utf8)
      #expect(sorted(ours) == sorted(json))
    }
    #expect(lines.count == 30)
  }

  /// Members by name, and a distribution's text as what it says.
  private func sorted(_ json: JSONValue) -> [String] {
    (json.asMembers ?? []).map { member in
      guard member.key == "distribution", let text = member.value.asText,
        let value = try? JSONValue(parsing: text.utf8)
      else { return "\(member.key) \(member.value.json)" }
      return "distribution \(value.json)"
    }.sorted()
  }

  @Test(
    arguments: [
      ("{\"op_code\":4", "',' or '}' expected, found the end, at column 13"),
      ("[]", "expected an object"),
      ("{\"op_code\":11}", "operation 11 is none of 0 to 10"),
      ("{\"op_code\":true}", "expected a whole number as 'op_code', found true"),
      (
        "{\"op_code\":7,\"trial_id\":0,\"step\":1}",
        "expected a number as 'intermediate_value', which is missing"
      ),
      (
        "{\"op_code\":6,\"trial_id\":0,\"state\":9}",
        "expected a number from 0 to 4 as 'state', found 9"
      ),
      (
        "{\"op_code\":5,\"trial_id\":0,\"param_name\":\"a\",\"param_value_internal\":2,\"distribution\":"
          + "\"{\\\"name\\\": \\\"CategoricalDistribution\\\", \\\"attributes\\\": {\\\"choices\\\": [1, 2]}}\"}",
        "2.0 is no value of choice([1, 2])"
      ),
    ]
  ) func damagedLines(line: String, reason: String) {
    let fault = #expect(throws: JournalFault.self) { try JournalRecord(line: line.utf8) }
    #expect(fault?.reason == reason)
  }
}
