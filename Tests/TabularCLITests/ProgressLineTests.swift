import Foundation
import Testing

/// What a terminal shows while a training goes on; `script` (util-linux) makes the terminal.
struct ProgressLineTests {
  private static let script = "/usr/bin/script"

  @Test(
    .enabled(if: FileManager.default.isExecutableFile(atPath: script), "script is not there")
  )
  func aTerminalShowsHowFarItIs() throws {
    let work = try Workdir()
    let rows = (0..<100_000).map { "\($0 % 97).5,\($0 % 2)" }
    let input = try work.file("in.csv", "x,y\n" + rows.joined(separator: "\n") + "\n")
    func errors(_ option: String) throws -> String {
      let line = "\(Command.executable.path) train \(input) --target y --epochs 2 \(option)"
      let run = try Command(shell: "\(Self.script) -q -e -c '\(line)' \(work.path("typescript"))")
      #expect(run.exitCode == 0, "\(run.output)")
      return run.output
    }
    let shown = try errors("--batch-size 16")
    let line = /\r\u{1B}\[Kepoch (\d) of 2, \d+ %  loss \d\.\d+  \d+ rows\/s  \d+:\d\d left/
    let epochs = shown.matches(of: line).map { $0.1 }
    #expect(epochs.contains("1"), "\(shown.prefix(2_000))")
    // Each line of the table begins where that one was.
    #expect(shown.contains("\r\u{1B}[K    0 "))
    #expect(try !errors("--batch-size 16 --quiet").contains("\u{1B}[K"))
    #expect(try !errors("--batch-size 16 --json").contains("\u{1B}[K"))
  }
}
