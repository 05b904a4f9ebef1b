import Foundation
import Testing

/// Runs that differ in one thing are told apart at that thing.
struct VerifyTests {
  private let work: Workdir

  init() throws { work = try Workdir() }

  private static func csv(_ change: (Int, String) -> String = { $1 }) -> String {
    "x,city,y\n"
      + (0..<200).map { i in
        change(i, "\(i * 37 % 101).5,c\(i % 5),\(i * 7 % 2)")
      }.joined(separator: "\n") + "\n"
  }

  private func run(_ name: String, _ csv: String = Self.csv(), _ options: [String] = []) throws
    -> String
  {
    let input = try work.file("\(name).csv", csv)
    let model = work.path("\(name).safetensors")
    let run = try Command(
      ["train", input, "--target", "y", "--epochs", "3", "--save", model, "--quiet"] + options
    )
    #expect(run.exitCode == 0, "\(run.errors)")
    return model
  }

  private func verify(_ left: String, _ right: String) throws -> (code: Int32, line: String) {
    let run = try Command("verify", left, right)
    return (run.exitCode, run.lines.first ?? run.errors)
  }

  @Test func findsNothingBetweenEqualRuns() throws {
    let (left, right) = (try run("a"), try run("b", Self.csv(), ["--devices", "2"]))
    let found = try verify(left, right)
    #expect(found.code == 0)
    #expect(found.line == "the same from the bytes of the input to the weights, 15 steps")
    let json = try Command("verify", left, right, "--json").json
    #expect(json.first?["equal"] as? Bool == true && json.first?["steps"] as? Int == 15)
  }

  @Test func tellsOneByte() throws {
    let left = try run("a")
    // A digit of row 120's number.
    let right = try run("b", Self.csv { $0 == 120 ? $1.replacing(".5", with: ".6") : $1 })
    let found = try verify(left, right)
    #expect(found.code == 1)
    let byte = Self.csv().utf8.count * 121 / 201
    let numbers = found.line.split { !$0.isNumber }.compactMap { Int($0) }
    #expect(
      found.line.hasPrefix("different in bytes: file 0, 'a.csv': from byte "),
      "\(found.line)"
    )
    #expect(abs(numbers[1] - byte) < 60 && numbers[2] == numbers[1] + 8)
    let longer = try verify(left, run("c", Self.csv() + "1.5,c0,1\n"))
    #expect(longer.line.hasPrefix("different in bytes: file 0"))
  }

  @Test func tellsTheTypeOfACellAndOfAColumn() throws {
    let csv = Self.csv {
      $0 == 77 ? "na," + $1.split(separator: ",").dropFirst().joined(separator: ",") : $1
    }
    let options = ["--impute", "constant=0"]
    let left = try run("a", csv, options + ["--null-values", "na"])
    // One cell is text, and so is its column.
    let text = try verify(left, run("b", csv, ["--encode", "x=hash=8"]))
    #expect(text.line == "different in types: column 'x': float64 and string")
    // One cell is a null or a word, in a column of text both times.
    let words = Self.csv { $0 == 33 ? $1.replacing("c3", with: "na") : $1 }
    let cell = try verify(run("c", words), run("d", words, ["--null-values", "na"]))
    #expect(cell.line == "different in types: column 'city': row 33")
  }

  @Test func tellsARowOfTheSplit() throws {
    let left = try run("a")
    let other = try verify(left, run("b", Self.csv(), ["--valid", "0.21"]))
    #expect(other.line.hasPrefix("different in split: part 'train': row "), "\(other.line)")
    #expect(other.line.hasSuffix(" of it, of 160 and 158"))
    let seed = try verify(left, run("c", Self.csv(), ["--seed", "1"]))
    #expect(seed.line.hasPrefix("different in split: part 'train': row "), "\(seed.line)")
  }

  @Test func tellsAFittedNumberAndASetting() throws {
    let left = try run("a")
    let scale = try verify(left, run("b", Self.csv(), ["--scale", "minmax"]))
    #expect(scale.line.hasPrefix("different in recipe: "), "\(scale.line)")
    // One number of the recipe is another.
    let recipe = work.path("recipe.json")
    let saved = try run("c", Self.csv(), ["--save-recipe", recipe])
    #expect(try verify(left, saved).code == 0)
    let text = try String(contentsOfFile: recipe, encoding: .utf8)
    let number = try #require(text.firstMatch(of: /"(mean|means)"\s*:\s*\[?\s*(-?[0-9.]+)/)).2
    let edited = try work.file("edited.json", text.replacing(number, with: "\(number)1"))
    func apply(_ name: String, _ path: String) throws -> String {
      let input = try work.file("\(name).csv", Self.csv())
      let model = work.path("\(name).safetensors")
      let run = try Command([
        "train", input, "--target", "y", "--recipe", path, "--epochs", "3", "--save", model,
      ])
      #expect(run.exitCode == 0, "\(run.errors)")
      return model
    }
    let found = try verify(apply("d", recipe), apply("e", edited))
    #expect(found.line.hasPrefix("different in recipe: steps["), "\(found.line)")
    #expect(found.line.contains("\(number) and \(number)1"), "\(found.line)")

    let rate = try verify(left, run("f", Self.csv(), ["--lr", "0.004"]))
    #expect(rate.line == "different in settings: optimizer.learningRate: 0.003 and 0.004")
    let hidden = try verify(left, run("g", Self.csv(), ["--hidden", "32"]))
    #expect(hidden.line.hasPrefix("different in settings: layers"), "\(hidden.line)")
  }

  /// One row of one step, one loss, one weight: planted into the record itself.
  @Test func tellsTheOrderAStepAndAWeight() throws {
    let left = try run("a")
    func planted(_ name: String, _ change: (inout [String: Any]) throws -> Void) throws -> String {
      let bytes = try Data(contentsOf: URL(filePath: left))
      let length = Int(
        bytes[0..<8].enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
      )
      var header = try #require(
        JSONSerialization.jsonObject(with: bytes[8..<(8 + length)]) as? [String: Any]
      )
      var metadata = try #require(header["__metadata__"] as? [String: Any])
      var record = try #require(
        JSONSerialization.jsonObject(with: Data((metadata["run"] as! String).utf8))
          as? [String: Any]
      )
      try change(&record)
      let json = try JSONSerialization.data(withJSONObject: record)
      metadata["run"] = String(decoding: json, as: UTF8.self)
      header["__metadata__"] = metadata
      var text = try JSONSerialization.data(withJSONObject: header)
      text.append(Data(repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8))
      let size = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) }
      try (size + text + bytes[(8 + length)...]).write(to: URL(filePath: work.path(name)))
      return work.path(name)
    }
    func plant(_ key: String, step: Int) throws -> String {
      try planted("\(key).safetensors") { record in
        var steps = try #require(record["steps"] as? [String: Any])
        var list = try #require(steps[key] as? [String: Any])
        var digits = Array(try #require(list["hashes"] as? String))
        digits[16 * step + 3] = digits[16 * step + 3] == "0" ? "1" : "0"
        list["hashes"] = String(digits)
        steps[key] = list
        record["steps"] = steps
      }
    }
    #expect(try verify(left, planted("same.safetensors") { _ in }).code == 0)
    #expect(try verify(left, plant("orders", step: 7)).line == "different in order: step 7")
    #expect(try verify(left, plant("losses", step: 11)).line == "different in steps: step 11")
    let weights = try planted("weights.safetensors") { $0["weights"] = "0" }
    #expect(try verify(left, weights).line.hasPrefix("different in weights: "))
    // Another order of the same rows, where all before is the same.
    let more = try verify(left, run("more", Self.csv(), ["--epochs", "4"]))
    #expect(more.line.hasPrefix("different in "), "\(more.line)")
  }

  @Test func takesCheckpointsAndRefusesWhatKeepsNoRecord() throws {
    let folder = work.path("ck")
    let left = try run("a", Self.csv(), ["--checkpoint", folder])
    #expect(try verify(left, folder).code == 0)
    let empty = work.path("empty")
    try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: false)
    #expect(try verify(left, empty).line.contains("is a folder without checkpoints"))
    let other = work.path("t.safetensors")
    _ = try Command("convert", work.path("a.csv"), "--target", "y", "-o", other, "--quiet")
    #expect(try verify(left, other).line.contains("holds no model"))
  }
}
