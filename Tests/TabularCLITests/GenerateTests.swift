import Foundation
import Testing

struct GenerateTests {
  @Test func makesThePackagedFile() throws {
    let run = try Command("generate", "titanic", "--rows", "891", "--seed", "1912")
    #expect(run.exitCode == 0)
    let file = try String(
      contentsOfFile: packaged("datasets/titanic-synthetic.csv"),
      encoding: .utf8
    )
    #expect(run.output == file)
    #expect(try Command("generate", "titanic", "--seed", "1").output != file)
  }
}
