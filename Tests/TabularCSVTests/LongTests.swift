import Foundation

@testable import TabularCSV

/// How long the tests run that try random inputs: shortly, unless the environment says otherwise.
enum LongTests {
  private static let environment = ProcessInfo.processInfo.environment

  /// `TABULAR_LONG_TESTS=1`: as many inputs as the README's "Long checks" promise.
  static let areWanted = environment["TABULAR_LONG_TESTS"] == "1"

  /// `TABULAR_FUZZ_SECONDS`: how long the fuzzer runs; nil for a fixed number of inputs.
  static let fuzzSeconds = environment["TABULAR_FUZZ_SECONDS"].flatMap { Double($0) }

  /// `TABULAR_BENCH_FILES`: large files, separated by colons.
  static let benchFiles =
    environment["TABULAR_BENCH_FILES"]?.split(separator: ":").map { String($0) } ?? []

  /// `TABULAR_SEED`, or a new one; it is printed by long runs and by failures.
  static func seed(_ test: String = #function) -> UInt64 {
    let seed = environment["TABULAR_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...999_999)
    if areWanted || fuzzSeconds != nil { print("\(test): TABULAR_SEED=\(seed)") }
    return seed
  }

  /// Says how far a long run is.
  static func progress(_ text: @autoclosure () -> String) {
    if areWanted || fuzzSeconds != nil { print(text()) }
  }
}

/// A folder that is removed behind the test.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "csv-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}
