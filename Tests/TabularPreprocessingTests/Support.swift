import Foundation
import TabularCSV
import TabularFrame
import TabularPreprocessing

/// The folder of reference values beside the package; tests that need it skip without it.
enum Reference {
  static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "shared")

  static let isThere = FileManager.default.fileExists(atPath: path("reference"))

  static func path(_ name: String) -> String { folder.appending(path: name).path }

  /// What scikit-learn answers on the Titanic.
  static func preprocessing() throws -> [String: Any] {
    let data = try Data(contentsOf: folder.appending(path: "reference/titanic_preprocessing.json"))
    return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
  }

  static func titanic() throws -> DataFrame {
    try DataFrame(contentsOfCSV: path("data/titanic.csv"))
  }
}

/// What an expression threw, or `no error`.
func message<Result>(_ body: () throws -> Result) -> String {
  do {
    _ = try body()
    return "no error"
  } catch {
    return "\(error)"
  }
}

/// Whether a value is the expected one up to a relative difference (an absolute one below 1).
func isClose(_ value: Double, _ expected: Double, within tolerance: Double = 1e-9) -> Bool {
  value == expected || abs(value - expected) <= tolerance * max(1, abs(expected))
}

extension DataFrame {
  /// A numeric column's values, a null as NaN, false and true as 0 and 1.
  func numbers(_ name: String) throws -> [Double] {
    let column = try self[name]
    guard column.type == .bool else { return try self[name, as: Double.self].map { $0 ?? .nan } }
    return try self[name, as: Bool.self].map { $0.map { $0 ? 1 : 0 } ?? .nan }
  }

  /// The rows in chunks of lengths that a seed decides, none of them empty.
  func chunks(_ count: Int, seed: UInt64) -> [DataFrame] {
    var random = SplitMix64(seed: seed)
    var cuts: Set<Int> = []
    while cuts.count < min(count, rowCount) - 1 { cuts.insert(1 + random.below(rowCount - 1)) }
    let bounds = [0] + cuts.sorted() + [rowCount]
    return zip(bounds, bounds.dropFirst()).map { iloc[$0..<$1] }
  }
}
