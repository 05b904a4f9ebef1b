import Foundation
import Testing

@testable import TabularFrame

struct DataFrameJSONLinesTests {
  static func text(_ frame: DataFrame) throws -> String {
    try withTemporaryFile("frame.jsonl") { path in
      try frame.writeJSONLines(to: path)
      return try String(contentsOfFile: path, encoding: .utf8)
    }
  }

  @Test func writesAnObjectARow() throws {
    #expect(
      try Self.text(everyType()) == """
        {"bool":true,"int64":-9223372036854775808,"float64":0.1,"date":"1969-12-31",\
        "datetime":"1969-12-31T23:59:59.999999Z","string":"","category":"x"}
        {"bool":null,"int64":null,"float64":null,"date":null,"datetime":null,"string":null,\
        "category":null}
        {"bool":false,"int64":9223372036854775807,"float64":-5e-324,"date":"2020-02-29",\
        "datetime":"2020-02-29T00:00:00.5Z","string":"a text longer than twelve bytes",\
        "category":"x"}

        """
    )
    #expect(try Self.text(DataFrame()) == "")
  }

  @Test func everyLineIsJSON() throws {
    let texts = ["\"", "\\", "a\nb\r\tc", "\u{0}\u{1F}\u{7F}", "\u{1F6A2}\u{2028}"]
    let frame = try DataFrame([
      ("te\"xt", Column(texts)),
      ("x", Column([1e300, .nan, .infinity, -0.0, Double.leastNonzeroMagnitude])),
    ])
    let lines = try Self.text(frame).split(separator: "\n")
    #expect(lines.count == texts.count)
    for (line, expected) in zip(lines, texts) {
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      #expect(object?["te\"xt"] as? String == expected)
    }
    #expect(lines[1].hasSuffix("\"x\":null}") && lines[2].hasSuffix("\"x\":null}"))
  }

  @Test func aFolderThatIsNotThereIsAnError() throws {
    let error = #expect(throws: FrameError.self) {
      try people().writeJSONLines(to: "/nowhere/at/all.jsonl")
    }
    #expect(error?.kind == .file)
  }
}
