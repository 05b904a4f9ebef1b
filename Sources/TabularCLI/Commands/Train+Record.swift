import TabularFiles
import TabularFrame
import TabularPreprocessing
import TabularTraining

// What a run keeps of itself, for `tabular verify`.
extension Train {
  /// The record of what is known before the first step.
  func record(of data: TrainingData, _ trainer: Trainer) throws -> RunRecord {
    var run = RunRecord()
    for path in try expandGlobs([input] + (division.validInput.map { [$0] } ?? []))
    where path != "-" {
      if let file = try RunRecord.File(path) { run.files.append(file) }
    }
    run.columns = data.columns
    func add(_ name: String, _ matrix: FeatureMatrix<Float>?) {
      guard let matrix else { return }
      let rows = HashedSequence(matrix.rowIDs.lazy.map(\.rawValue))
      run.parts.append(RunRecord.Part(name: name, rows: rows))
    }
    add("train", data.train)
    add("valid", data.valid)
    add("test", data.test)
    run.recipe = try data.recipe?.json()
    run.settings = try trainer.settingsJSON()
    return run
  }
}

extension RunRecord.File {
  /// Hashes a file as it lies on disk; nil for a folder.
  init?(_ path: String) throws {
    guard let words = try fileWords(path) else { return nil }
    self.init(
      name: path.split(separator: "/").last.map(String.init) ?? path,
      byteCount: words.byteCount,
      words: words.words
    )
  }
}

extension RunRecord.Column {
  /// Hashes the columns of a table.
  static func all(of frame: DataFrame) throws -> [RunRecord.Column] {
    let types = frame.types
    return try frame.columns.map { name in
      RunRecord.Column(
        name: name,
        type: types.first { $0.0 == name }.map { "\($0.1)" } ?? "",
        cells: HashedSequence(try frame.cellHashes(of: name))
      )
    }
  }
}

/// The bytes of a file, 8 at a time, the last word filled with zeros; nil for a folder or a pipe.
private func fileWords(_ path: String) throws -> (words: HashedSequence, byteCount: Int)? {
  guard !isFolder(path) else { return nil }
  let file = try InputFile(path: path)
  guard let size = file.size else { return nil }
  var (words, offset) = (HashedSequence(), 0)
  try withUnsafeTemporaryAllocation(byteCount: 1 << 20, alignment: 8) { buffer in
    while offset < size {
      var filled = 0
      while filled < buffer.count {
        let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
        let count = try file.read(into: rest, at: offset + filled)
        if count == 0 { break }
        filled += count
      }
      guard filled > 0 else { break }
      let whole = (filled + 7) / 8
      for place in filled..<whole * 8 { buffer[place] = 0 }
      for word in 0..<whole {
        words.append(UInt64(littleEndian: buffer.load(fromByteOffset: word * 8, as: UInt64.self)))
      }
      offset += filled
    }
  }
  return (words, offset)
}
