import Foundation
import TabularFrame

/// The `python3` on the path.
enum Python {
  /// Whether it has a package.
  static func has(_ package: String) -> Bool {
    (try? output("import \(package)")).flatMap(\.self) != nil
  }

  /// What a program prints, or nil when it fails, which is then on standard error.
  static func output(_ script: String, _ arguments: [String] = []) throws -> String? {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? String(decoding: output, as: UTF8.self) : nil
  }

  /// What `repr` gives for a value; a number or a text of ours.
  static func repr(_ value: Value) -> String {
    switch value {
    case .null: return "None"
    case .bool(let bit): return bit ? "True" : "False"
    case .int64(let number): return "\(number)"
    case .float64(let number):
      let whole = number.magnitude < 0x1p53 && number == number.rounded()
      if number.isNaN || number.isInfinite { return "\(number)" }
      return whole ? "\(number)" : number.magnitude >= 1e16 ? Python.exponent(number) : "\(number)"
    case .string(let text): return "'\(text.replacing("\u{0}", with: "\\x00"))'"
    case .date, .datetime: return value.description
    }
  }

  /// Python's exponent: at least two digits, and no fraction of zero.
  private static func exponent(_ number: Double) -> String {
    "\(number)".replacing(".0e", with: "e")
  }
}
