import Foundation
import TabularCSV
import TabularFrame

/// The folder of reference values beside the package; tests that need it skip without it.
enum Reference {
  static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "shared")

  static let isThere = FileManager.default.fileExists(atPath: path("reference"))

  static func path(_ name: String) -> String { folder.appending(path: name).path }

  static func json(_ name: String) throws -> [String: Any] {
    let data = try Data(contentsOf: folder.appending(path: name))
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

/// Runs with the path of a file that does not exist yet, and removes it afterwards.
func withTemporaryFile<Result>(_ name: String, _ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.appending(path: name).path)
}

/// Four people with a null in three of the four columns.
func people() throws -> DataFrame {
  try DataFrame([
    ("name", Column(["Ann", "Bo", nil, "Di"])), ("age", Column([31, nil, 7, 40])),
    ("fare", Column([7.25, 0.5, 12, nil])), ("alive", Column([true, false, false, true])),
  ])
}

/// A column of each type with a null in the middle.
func everyType() throws -> DataFrame {
  try DataFrame([
    ("bool", Column([true, nil, false])), ("int64", Column([Int64.min, nil, Int64.max])),
    ("float64", Column([0.1, nil, -Double.leastNonzeroMagnitude])),
    (
      "date",
      Column([CalendarDate(daysSinceEpoch: -1), nil, CalendarDate(daysSinceEpoch: 18_321)])
    ),
    (
      "datetime",
      Column([
        Timestamp(microsecondsSinceEpoch: -1), nil,
        Timestamp(microsecondsSinceEpoch: 1_582_934_400_500_000),
      ])
    ),
    ("string", Column(["", nil, "a text longer than twelve bytes"])),
    ("category", Column(["x", nil, "x"]).asCategory()),
  ])
}

extension DataFrame {
  /// The types of the columns, as commands for a reader.
  var typeCommands: [String: ColumnType] {
    Dictionary(uniqueKeysWithValues: types.map { ($0.name, $0.type) })
  }
}
