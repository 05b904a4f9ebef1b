import Foundation
import Testing

@testable import TabularTuning

@Suite struct JournalFileTests {
  private let folder: Folder
  private let path: String

  init() throws {
    folder = try Folder()
    path = folder.path("journal")
  }

  private func write(_ text: String) throws {
    try text.write(toFile: path, atomically: false, encoding: .utf8)
  }

  @Test func tornLastLineIsCutOff() throws {
    try write(optunaJournal + "{\"op_code\":6,\"trial_")
    let file = try JournalFile(path: path, creating: false)
    #expect(
      file.repair
        == "'\(path)': the last line was cut off after 20 bytes, as by a killed process; dropped it"
    )
    #expect(try String(contentsOfFile: path, encoding: .utf8) == optunaJournal)
    #expect(file.state.studies[0].trials.count == 8)
  }

  @Test func readersDoNotLookAtATornLine() throws {
    try write(optunaJournal + "{\"op_code\":6,\"trial_")
    #expect(try StudyRecord(contentsOfJournal: path).trials.count == 8)
  }

  @Test func damagedLineInTheMiddle() throws {
    var lines = optunaJournal.split(separator: "\n").map(String.init)
    lines[4] = String(lines[4].dropLast(9))
    let damaged = lines.joined(separator: "\n") + "\n"
    try write(damaged)
    let error = #expect(throws: TuningError.self) { try JournalFile(path: path, creating: false) }
    #expect(error?.kind == .journal)
    #expect(error?.message.hasPrefix("'\(path)', line 5: ") == true)
    #expect(error?.message.hasSuffix("; the line is damaged, or no journal of a study") == true)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == damaged, "nothing is lost")
  }

  @Test func oneWriterAtATime() throws {
    let first = try JournalFile(path: path, creating: true)
    let error = #expect(throws: TuningError.self) { try JournalFile(path: path, creating: true) }
    #expect(
      error?.message
        == "'\(path)' is being written by process \(getpid()): wait for its end, or name another journal"
    )
    try first.append([.createStudy(name: "a", directions: [.minimize])])
    #expect(try StudyRecord(contentsOfJournal: path).name == "a", "a reader needs no lock")
  }

  @Test func aLongJournalIsReadWhole() throws {
    let file = try JournalFile(path: path, creating: true)
    try file.append(
      [.createStudy(name: "a", directions: [.minimize])]
        + (0..<3000).map { _ in .createTrial(study: 0, JournalRecord.Template()) }
    )
    #expect(try Data(contentsOf: URL(filePath: path)).count > 1 << 17)
    let read = try StudyRecord(contentsOfJournal: path)
    #expect(read.trials.count == 3000)
    let copy = folder.path("copy")
    try FileManager.default.copyItem(atPath: path, toPath: copy)
    #expect(try JournalFile(path: copy, creating: false).state.studies[0].trials.count == 3000)
  }

  @Test func theLockEndsWithItsHolder() throws {
    _ = try JournalFile(path: path, creating: true)
    let again = try JournalFile(path: path, creating: true)
    #expect(again.isNew)
  }

  @Test func missingFolder() {
    let error = #expect(throws: TuningError.self) {
      try JournalFile(path: folder.path("no/journal"), creating: true)
    }
    #expect(error?.kind == .file)
    #expect(
      error?.message == "cannot open '\(folder.path("no/journal"))': No such file or directory"
    )
  }

  @Test(arguments: [(nil, "one study"), ("b", "a study 'b'")] as [(String?, String)])
  func noSuchStudy(name: String?, expected: String) throws {
    try write(name == nil ? "" : optunaJournal)
    let error = #expect(throws: TuningError.self) {
      try StudyRecord(contentsOfJournal: path, study: name)
    }
    let found = name == nil ? "none" : "'golden'"
    #expect(error?.message == "'\(path)': expected \(expected), found \(found)")
  }
}
