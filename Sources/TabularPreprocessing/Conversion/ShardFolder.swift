internal import Foundation
package import TabularCollectives
internal import TabularFiles
package import TabularTensor

/// A folder of files of features: `part-00000.safetensors` and so on, and an index.
///
/// Each part appears when it is complete, and the index when all are. A conversion that was
/// interrupted and is run again keeps the parts that are there, whole and as they were written.
///
/// Of several processes each writes parts of its own rows, which are numbered through, and the
/// first one the index; they begin anew where they were interrupted.
package final class ShardFolder<Scalar: FloatingTensorScalar> {
  private let path: String
  private let layout: FeatureLayout
  private let format: FeatureFormat
  private let rowCount: Int
  private let shardRows: Int
  private let recipe: String
  private let ranks: (any Communicator)?
  /// The number of this process's first part, and the rows of all processes.
  private let firstPart: Int
  private let allRowCount: Int
  private var journal: ShardJournal
  /// The parts of an earlier run.
  private let intact: [ShardIndex.Part]
  private var file: FeatureFile<Scalar>?
  /// The rows so far.
  private var rows = 0
  package private(set) var infinities = 0

  /// Opens a folder, which is made where it is not there.
  ///
  /// - Parameters:
  ///   - path: the folder.
  ///   - format: the format of the parts.
  ///   - layout: what they hold.
  ///   - rowCount: the rows that will come, all of them; of this process.
  ///   - shardRows: the rows of a part; the last one may have fewer.
  ///   - key: tells conversions apart: inputs, options and recipe.
  ///   - recipe: the recipe's JSON, which the index holds.
  ///   - ranks: the processes that write the folder together.
  /// - Throws: `PreprocessingError` of kind `file` when it cannot be written to.
  package init(
    path: String,
    format: FeatureFormat = .safetensors,
    layout: FeatureLayout,
    rowCount: Int,
    shardRows: Int,
    key: String,
    recipe: String,
    ranks: (any Communicator)? = nil
  ) throws(PreprocessingError) {
    precondition(shardRows > 0, "parts of \(shardRows) rows")
    self.ranks = ranks
    let rowCounts = try ranks?.counts(rowCount) ?? [rowCount]
    allRowCount = rowCounts.reduce(0, +)
    firstPart = rowCounts[..<(ranks?.rank ?? 0)].reduce(0) { $0 + ($1 + shardRows - 1) / shardRows }
    (self.path, self.format, self.layout) = (path, format, layout)
    (self.rowCount, self.shardRows, self.recipe) = (rowCount, shardRows, recipe)
    let key = Self.hash(
      "\(key)\n\(format)\n\(Scalar.dtype.rawValue)\n\(rowCount)\n\(shardRows)\n"
        + "\(layout.featureNames)\n\(layout.classes ?? [])\n\(recipe)"
    )
    try Self.files { () throws(FileError) in try makeFolder(path) }
    let isFirst = ranks?.rank ?? 0 == 0
    // The first alone: it removes the index as soon as it has seen it.
    if isFirst { try Self.refuseForeignIndex(in: path) }
    let known: ShardJournal? =
      ranks != nil ? nil : try? ShardIndex.decode("\(path)/\(ShardJournal.fileName)")
    var found: [ShardIndex.Part] = []
    if let known, known.key == key {
      for part in known.parts.prefix(while: { $0.isIntact(in: path) }) { found.append(part) }
    }
    intact = found
    journal = ShardJournal(key: key, parts: found)
    guard isFirst else {
      try waitForAll()
      return
    }
    // From here on the folder is not complete.
    try Self.files { () throws(FileError) in try removeFile("\(path)/\(ShardIndex.fileName)") }
    try ShardIndex.write(journal, to: "\(path)/\(ShardJournal.fileName)")
    try waitForAll()
  }

  private func waitForAll() throws(PreprocessingError) {
    // Who has told all others knows that they are here.
    _ = try ranks?.all([])
  }

  /// Refuses a folder whose index is somebody else's: it would be lost.
  private static func refuseForeignIndex(in folder: String) throws(PreprocessingError) {
    let path = "\(folder)/\(ShardIndex.fileName)"
    guard isThere(path) else { return }
    let index: ShardIndex? = try? ShardIndex.decode(path)
    guard index?.format != ShardIndex.format else { return }
    throw PreprocessingError(
      .file,
      "'\(path)' is not what convert wrote, and would be replaced: name another folder"
    )
  }

  /// The parts that an earlier run left, and their rows.
  package var resumed: (parts: Int, rows: Int) {
    (intact.count, intact.reduce(0) { $0 + $1.rows })
  }

  /// Counts rows that are there.
  package func skip(_ count: Int) { rows += count }

  /// Appends the next rows.
  ///
  /// - Throws: `PreprocessingError` of kind `file` when they cannot be written.
  package func append(_ matrix: FeatureMatrix<Scalar>) throws(PreprocessingError) {
    var first = max(0, min(matrix.rowCount, resumed.rows - rows))
    rows += first
    guard rows + matrix.rowCount - first <= rowCount else {
      throw .rowsThatWereNotCounted(rowCount)
    }
    while first < matrix.rowCount {
      let part = rows / shardRows
      let end = min(rowCount, (part + 1) * shardRows)
      let file: FeatureFile<Scalar>
      if let current = self.file {
        file = current
      } else {
        file = try open(part, rowCount: end - part * shardRows)
        self.file = file
      }
      let count = min(matrix.rowCount - first, end - rows)
      try file.append(matrix, rows: first..<first + count)
      first += count
      rows += count
      if rows == end { try finishPart(part) }
    }
  }

  private func name(_ part: Int) -> String {
    let number = "\(firstPart + part)"
    return "part-\(String(repeating: "0", count: max(0, 5 - number.count)))\(number).\(format)"
  }

  private func open(_ part: Int, rowCount: Int) throws(PreprocessingError) -> FeatureFile<Scalar> {
    try FeatureFile(
      path: "\(path)/\(name(part))",
      format: format,
      layout: layout,
      rowCount: rowCount
    )
  }

  private func finishPart(_ part: Int) throws(PreprocessingError) {
    guard let file else { return }
    try file.commit()
    infinities += file.infinities
    self.file = nil
    journal.parts.append(
      try ShardIndex.Part(
        file: name(part),
        rows: min(rowCount, (part + 1) * shardRows) - part * shardRows,
        in: path
      )
    )
    guard ranks == nil else { return }
    try ShardIndex.write(journal, to: "\(path)/\(ShardJournal.fileName)")
  }

  /// What a process has written.
  private struct Share: Codable {
    var parts: [ShardIndex.Part]
    var infinities: Int
  }

  /// Takes what all processes have written.
  private func join(_ ranks: any Communicator) throws(PreprocessingError) {
    let own = Share(parts: journal.parts, infinities: infinities)
    guard let data = try? JSONEncoder().encode(own) else {
      preconditionFailure("parts that are no JSON")
    }
    let all = try ranks.all(Array(data))
    let shares = all.compactMap { try? JSONDecoder().decode(Share.self, from: Data($0)) }
    journal.parts = shares.flatMap(\.parts)
    infinities = shares.reduce(0) { $0 + $1.infinities }
  }

  /// Writes the index, and removes what an earlier conversion has left.
  ///
  /// - Throws: `PreprocessingError` of kind `file` when it cannot be written.
  package func commit() throws(PreprocessingError) {
    precondition(rows == rowCount, "\(rows) rows of \(rowCount)")
    if allRowCount == 0, ranks?.rank ?? 0 == 0 {
      file = try open(0, rowCount: 0)
      try finishPart(0)
    }
    if let ranks {
      try join(ranks)
      guard ranks.rank == 0 else { return try waitForAll() }
    }
    let index = ShardIndex(
      rows: allRowCount,
      dtype: Scalar.dtype.rawValue,
      featureNames: layout.categories.others(of: layout.featureNames.count).map {
        layout.featureNames[$0]
      },
      categories: layout.categories.isEmpty ? nil : layout.categories,
      target: layout.target,
      classes: layout.classes,
      source: layout.metadata["source"],
      parts: journal.parts
    )
    let mine = Set(journal.parts.map(\.file))
    let others = namesInFolder(path).filter { isOurs($0) && !mine.contains($0) }
    try Self.files { () throws(FileError) in
      try writeFile(Array(recipe.utf8), to: "\(path)/\(ShardIndex.recipeName)")
      for name in others { try removeFile("\(path)/\(name)") }
    }
    try ShardIndex.write(index, to: "\(path)/\(ShardIndex.fileName)")
    try Self.files { () throws(FileError) in try removeFile("\(path)/\(ShardJournal.fileName)") }
    try waitForAll()
  }

  /// Whether a file is a part, or what an interrupted run has left of a part or a list of them.
  private func isOurs(_ name: String) -> Bool {
    if let end = name.firstRange(of: ".partial-") {
      let whole = String(name[..<end.lowerBound])
      return isPart(whole)
        || [ShardIndex.fileName, ShardIndex.recipeName, ShardJournal.fileName].contains(whole)
    }
    return isPart(name)
  }

  private func isPart(_ name: String) -> Bool {
    guard name.hasPrefix("part-") else { return false }
    let rest = name.dropFirst(5)
    let digits = rest.prefix { ("0"..."9").contains($0) }
    return digits.count >= 5 && rest.dropFirst(digits.count) == ".\(format)"
  }

  private static func files(_ work: () throws(FileError) -> Void) throws(PreprocessingError) {
    do throws(FileError) {
      try work()
    } catch {
      throw PreprocessingError(error)
    }
  }

  /// Source: Fowler, Noll and Vo, FNV-1a with 64 bits.
  private static func hash(_ text: String) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return String(hash, radix: 16)
  }
}
