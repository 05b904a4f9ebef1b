import Foundation
import Testing

/// The header as other compilers take it, and a program in C.
@Suite(.enabled(if: hasCompiler, "there is no cc")) struct HeaderTests {
  private let headers = root.appending(path: "Sources/CTabularABI/include").path
  private let work: Workdir

  init() throws { work = try Workdir() }

  private func source(_ text: String) throws -> String {
    let path = work.path("program.c")
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  /// Without a warning, in C and in C++, and behind other declarations of the Arrow structures.
  @Test(arguments: [["-std=c99"], ["-x", "c++", "-std=c++11"]])
  func theHeaderIsPlainC(language: [String]) throws {
    let path = try source(
      """
      #define ARROW_C_DATA_INTERFACE
      #define ARROW_C_STREAM_INTERFACE
      struct ArrowSchema { int theirs; };
      struct ArrowArray { int theirs; };
      struct ArrowArrayStream { int theirs; };
      #include "TabularC.h"
      #include "TabularC.h"
      int main(void) { return tabular_version() == 0; }
      """
    )
    let flags = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only", "-I", headers]
    let compiled = try run(env, ["cc"] + language + flags + [path])
    #expect(compiled.code == 0, "\(compiled.output)")
  }

  @Test func aProgramInCReadsACSV() throws {
    let path = try source(
      """
      #include <stdio.h>
      #include "TabularC.h"
      int main(int count, char **arguments) {
        struct ArrowArrayStream stream;
        struct ArrowArray batch;
        if (tabular_read_csv(arguments[count - 1], NULL, 400, &stream) != TABULAR_OK) {
          puts(tabular_last_error());
          return 1;
        }
        while (stream.get_next(&stream, &batch) == 0 && batch.release) {
          printf("%d rows, %d columns\\n", (int)batch.length, (int)batch.n_children);
          batch.release(&batch);
        }
        stream.release(&stream);
        return 0;
      }
      """
    )
    let folder = URL(filePath: Python.library).deletingLastPathComponent().path
    let program = work.path("program")
    let compiled = try run(
      env,
      ["cc", path, "-I", headers, "-o", program, "-L", folder, "-lTabularC"]
        + ["-Wl,-rpath,\(folder)", "-Wl,--allow-shlib-undefined"]
    )
    try #require(compiled.code == 0, "\(compiled.output)")
    let titanic = root.appending(path: "datasets/titanic-synthetic.csv").path
    let result = try run(URL(filePath: program), [titanic])
    let lines = [400, 400, 91].map { "\($0) rows, 12 columns\n" }
    #expect(result.output == lines.joined())
    let missing = try run(URL(filePath: program), [work.path("missing.csv")])
    #expect(missing.code == 1 && missing.output.contains("missing.csv"))
  }
}

private let env = URL(filePath: "/usr/bin/env")
private let hasCompiler = (try? run(env, ["cc", "--version"]))?.code == 0
