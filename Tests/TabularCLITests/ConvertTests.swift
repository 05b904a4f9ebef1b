import Foundation
import TabularPreprocessing
import TabularTensor
import Testing

@Suite(.enabled(if: hasShared, "../shared is missing"))
struct ConvertTests {
  /// Features and target as scikit-learn makes them: ../shared/reference/make_reference.py.
  @Test func equalsScikitLearn() throws {
    let work = try Workdir()
    let out = work.path("T.safetensors")
    let run = try Command(
      "convert",
      realTitanic,
      "--target",
      "Survived",
      "--drop",
      "PassengerId,Name,Ticket,Cabin",
      "-o",
      out
    )
    #expect(run.exitCode == 0 && run.output.isEmpty, "\(run.errors)")
    let made = try Safetensors(contentsOf: out)
    let expected = try Safetensors(contentsOf: shared("reference/titanic_convert.safetensors"))
    let features = try made.tensor("features", as: Float.self)
    let wanted = try expected.tensor("features", as: Float.self)
    #expect(features.shape == [891, 11])
    #expect(zip(features.scalars, wanted.scalars).allSatisfy { abs($0 - $1) <= 1e-6 })
    #expect(
      try made.tensor("target", as: Int64.self) == expected.tensor("target", as: Int64.self)
    )
    #expect(
      made.metadata["feature_names"]
        == #"["Pclass", "Age", "SibSp", "Parch", "Fare", "Sex_female", "Sex_male", "#
        + #""Embarked_C", "Embarked_Q", "Embarked_S", "Embarked_null"]"#
    )
    #expect(made.metadata["classes"] == #"["0", "1"]"#)
    #expect(made.metadata["rows"] == "891" && made.metadata["source"] == "titanic.csv")
    let recipe = try Recipe(json: try #require(made.metadata["recipe"]))
    #expect(recipe.fittedRows == 891)
  }

  /// A reader that others wrote: the safetensors package of Python.
  @Test(.enabled(if: pythonReadsSafetensors, "python3 lacks numpy or safetensors"))
  func isReadByPython() throws {
    let work = try Workdir()
    let out = work.path("T.safetensors")
    _ = try Command("convert", realTitanic, "--target", "Survived", "-o", out, "--quiet")
    let script = """
      import json, sys
      from safetensors import safe_open
      f = safe_open(sys.argv[1], "np")
      x, y = f.get_tensor("features"), f.get_tensor("target")
      print(x.dtype, x.shape, y.dtype, y.shape, len(json.loads(f.metadata()["feature_names"])))
      """
    #expect(try python(script, out) == "float32 (891, 12) int64 (891,) 12\n")
  }

  @Test func leavesOutIdentifiersAndSaysSo() throws {
    let work = try Workdir()
    let out = work.path("T.safetensors")
    let run = try Command("convert", realTitanic, "--target", "Survived", "-o", out)
    #expect(run.exitCode == 0)
    #expect(try Safetensors(contentsOf: out).tensor("features", as: Float.self).shape == [891, 12])
    #expect(run.errors.contains("Cabin: target encoding of 147 categories, cross-fitted"))
    for name in ["PassengerId", "Name", "Ticket"] {
      let lines = run.errors.split(separator: "\n").filter { $0.hasPrefix("\(name): left out, ") }
      #expect(lines.count == 1, "\(name)")
    }
  }

  @Test(arguments: [("float64", DType.float64), ("float16", .float16), ("float32", .float32)])
  func writesEveryFloat(name: String, dtype: DType) throws {
    let work = try Workdir()
    for ending in ["safetensors", "npy"] {
      let out = work.path("T.\(ending)")
      let run = try Command(
        "convert",
        realTitanic,
        "--target",
        "Survived",
        "--dtype",
        name,
        "-o",
        out,
        "--quiet"
      )
      #expect(run.exitCode == 0 && run.errors.isEmpty)
      let features =
        ending == "npy"
        ? try NPY.read(out) : try #require(try Safetensors(contentsOf: out).tensors["features"])
      #expect(features.dtype == dtype && features.shape == [891, 12])
    }
  }

  @Test func takesOptionsByColumn() throws {
    let work = try Workdir()
    let out = work.path("T.csv")
    let run = try Command(
      "convert",
      realTitanic,
      "--target",
      "Survived",
      "--features",
      "Pclass,Age,Sex,Embarked",
      "--scale",
      "none",
      "--impute",
      "Age=constant=-1",
      "--encode",
      "Sex=ordinal",
      "-o",
      out,
      "--save-recipe",
      work.path("recipe.json"),
      "--quiet"
    )
    #expect(run.exitCode == 0, "\(run.errors)")
    let lines = try String(contentsOfFile: out, encoding: .utf8).split(separator: "\n")
    #expect(
      lines[0] == "Pclass,Age,Sex,Embarked_C,Embarked_Q,Embarked_S,Embarked_null,Survived"
    )
    // Rows 0 and 5 of the real list: male, S, 22; male, Q, age unknown.
    #expect(lines[1] == "3.0,22.0,1.0,0.0,0.0,1.0,0.0,0")
    #expect(lines[6] == "3.0,-1.0,1.0,0.0,1.0,0.0,0.0,0")
    #expect(try Recipe(contentsOf: work.path("recipe.json")).featureNames.count == 7)
  }
}

/// What a Python program prints, or nil when it fails.
private func python(_ script: String, _ arguments: String...) throws -> String? {
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = ["python3", "-c", script] + arguments
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = FileHandle.nullDevice
  try process.run()
  let output = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return process.terminationStatus == 0 ? String(decoding: output, as: UTF8.self) : nil
}

private let pythonReadsSafetensors =
  (try? python("import numpy, safetensors")).flatMap(\.self) != nil
