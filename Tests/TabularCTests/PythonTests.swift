import Foundation
import Testing

/// What Python gets of the library, by ctypes, pyarrow and numpy, without a package of ours.
@Suite(
  .enabled(if: Python.canRun, "python3 lacks numpy or pyarrow, or libTabularC.so is not built")
)
struct PythonTests {
  let work: Workdir
  let titanic = root.appending(path: "datasets/titanic-synthetic.csv").path

  init() throws { work = try Workdir() }

  /// Runs a program whose last word must be `ok`.
  private func check(_ result: (code: Int32, output: String)) {
    let last = result.output.split(separator: "\n").last ?? ""
    #expect(result.code == 0 && last.hasPrefix("ok"), "\(result.output)")
  }

  /// Converts the packaged list with the command.
  private func convert() throws -> (recipe: String, tensors: String) {
    let (recipe, tensors) = (work.path("recipe.json"), work.path("titanic.safetensors"))
    // The fit, and then the fitted recipe applied: what learns from the target is cross-fitted first.
    for arguments in [
      ["--target", "Survived", "--save-recipe", recipe], ["--recipe", recipe],
    ] {
      let converted = try run(built("tabular"), ["convert", titanic, "-o", tensors] + arguments)
      try #require(converted.code == 0, "\(converted.output)")
    }
    return (recipe, tensors)
  }

  @Test func tablesAreWhatPyarrowReads() throws {
    check(try Python.run("check_tables.py", work.url.path))
  }

  @Test func tensorsAreWhatConvertWrites() throws {
    let (recipe, tensors) = try convert()
    check(try Python.run("check_tensors.py", titanic, recipe, tensors))
  }

  @Test func misuseIsAnErrorAndNeverACrash() throws {
    let (recipe, tensors) = try convert()
    check(try Python.run("check_misuse.py", work.url.path, recipe, tensors))
  }
}
