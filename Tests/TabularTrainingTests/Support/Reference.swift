import Foundation
import TabularPreprocessing
import TabularTensor

/// The folder of reference values beside the package; tests that need it skip without it.
enum Reference {
  static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared")

  static var isThere: Bool { FileManager.default.fileExists(atPath: path("reference")) }

  static func path(_ name: String) -> String { folder.appending(path: name).path }

  static func json<Value: Decodable>(_ name: String, as: Value.Type) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(contentsOf: folder.appending(path: name)))
  }
}

/// What PyTorch answered: `shared/reference/titanic_training.json`.
struct TitanicTraining: Decodable {
  struct Run: Decodable {
    var losses: [Double]
    var logits: [Double]
    var accuracy: Double

    enum CodingKeys: String, CodingKey {
      case losses
      case logits = "final_logits_first_10"
      case accuracy = "final_accuracy"
    }
  }
  var features: [String]
  var runs: [String: Run]
}

enum Titanic {
  /// The rows as the JSON's recipe describes them, by a splitter that knows this one file.
  static func matrix() throws -> FeatureMatrix<Float> {
    let text = try String(contentsOfFile: Reference.path("data/titanic.csv"), encoding: .utf8)
    var records = text.split(whereSeparator: \.isNewline).map { cells(of: $0) }
    let header = records.removeFirst()
    func column(_ name: String) -> [String] {
      let position = header.firstIndex(of: name) ?? 0
      return records.map { $0[position] }
    }
    func numbers(_ name: String) -> [Double] { column(name).map { Double($0) ?? .nan } }
    let known = numbers("Age").filter { !$0.isNaN }.sorted()
    let median = (known[(known.count - 1) / 2] + known[known.count / 2]) / 2
    let columns = [
      numbers("Pclass"),
      column("Sex").map { $0 == "female" ? 1 : 0 },
      numbers("Age").map { $0.isNaN ? median : $0 },
      numbers("SibSp"),
      numbers("Parch"),
      numbers("Fare"),
      column("Embarked").map { ["C": 1, "Q": 2][$0] ?? 0 },
    ].map { standardised($0) }
    let rows = records.indices.map { row in columns.map { Float($0[row]) } }
    return FeatureMatrix(
      features: Tensor(rows),
      featureNames: ["Pclass", "Sex", "Age", "SibSp", "Parch", "Fare", "Embarked"],
      labels: .classes(Tensor(column("Survived").map { Int64($0) ?? -1 })),
      classes: ["0", "1"]
    )
  }

  /// PyTorch's model at its initial weights.
  static func initialState() throws -> [String: Tensor<Float>] {
    let file = try Safetensors(
      contentsOf: Reference.path("reference/titanic_mlp_initial.safetensors")
    )
    return try file.tensors.mapValues { try Tensor<Float>($0) }
  }

  static func standardised(_ values: [Double]) -> [Double] {
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    return values.map { ($0 - mean) / variance.squareRoot() }
  }

  private static func cells(of line: Substring) -> [String] {
    var cells = [""]
    var quoted = false
    for character in line {
      switch character {
      case "\"": quoted.toggle()
      case "," where !quoted: cells.append("")
      default: cells[cells.count - 1].append(character)
      }
    }
    return cells
  }
}

/// The flowers: `shared/reference/iris.json`.
struct Iris: Decodable {
  var data: [[Float]]
  var target: [Int64]

  func matrix() -> FeatureMatrix<Float> {
    FeatureMatrix(
      features: Tensor(data),
      featureNames: ["sepal length", "sepal width", "petal length", "petal width"],
      labels: .classes(Tensor(target))
    )
  }
}
