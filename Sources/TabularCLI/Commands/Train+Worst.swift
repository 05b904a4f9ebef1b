import ArgumentParser
import TabularFiles
import TabularFrame
import TabularPreprocessing
import TabularTensor
import TabularTraining

// The validation rows that the model does worst on, as they were read.
extension Train {
  /// How many rows, and where to.
  func worstRows() throws -> (count: Int, path: String) {
    guard worst.count == 2, let count = Int(worst[0]), count > 0 else {
      throw ValidationError(
        "--worst takes a number of rows and a file, such as --worst 20 worst.csv; "
          + "found '\(worst.joined(separator: " "))'"
      )
    }
    return (count, worst[1])
  }

  func writeWorst(_ data: TrainingData, _ trainer: Trainer) throws {
    guard let valid = data.valid, let rows = data.validRows else {
      throw Failure("--worst writes rows of a table, and '\(input)' is converted already")
    }
    let (count, path) = try worstRows()
    let losses = try trainer.model.rowLosses(valid, loss: trainer.loss).scalars
    let order = losses.indices.sorted { (losses[$1], $0) < (losses[$0], $1) }.prefix(count)
    let positions = try positions(of: order.map { valid.rowIDs[$0] }, in: rows)
    let predictions = try trainer.predict(valid.features)
    let files = try expandGlobs([division.validInput ?? input])
    let ids = order.map { valid.rowIDs[$0] }
    var columns: [(name: String, column: Column)] = [
      ("loss", Column(order.map { Double(losses[$0]) })),
      ("prediction", prediction(predictions, Array(order), valid.classes)),
      ("file", Column(ids.map { files[$0.file] })),
      ("row", Column(ids.map(\.record))),
    ]
    if let lines = try lines(of: ids, in: files) { columns.append(("line", Column(lines))) }
    let frame = rows.taking(positions)
    for name in frame.columns {
      // What the table has under one of these names keeps its own.
      let own = columns.contains { $0.name == name } ? "\(name)_of_row" : name
      columns.append((own, try frame[name]))
    }
    try DataFrame(columns).writeCSV(to: path)
    reading.console.note("the \(order.count) worst validation rows are in \(path)")
  }

  private func prediction(_ predictions: Predictions, _ rows: [Int], _ names: [String]?) -> Column {
    guard let classes = predictions.classes else {
      let outputs = predictions.outputs.scalars
      return Column(shortest: rows.map { outputs[$0] })
    }
    return Column(
      rows.map { row in
        let label = Int(classes[row])
        return names.flatMap { $0.indices.contains(label) ? $0[label] : nil } ?? "\(label)"
      }
    )
  }

  /// The line at which each row begins in its file; nil where lines say nothing.
  private func lines(of ids: [RowID], in files: [String]) throws -> [Int]? {
    var found: [RowID: Int] = [:]
    for (number, file) in files.enumerated() {
      let own = ids.filter { $0.file == number }
      guard !own.isEmpty else { continue }
      guard let lines = try RecordLines(file, reading) else { return nil }
      for (id, line) in zip(own, lines.lines(of: own.map(\.record))) { found[id] = line }
    }
    return ids.map { found[$0] ?? 0 }
  }

  /// Where rows are in a table.
  private func positions(of ids: [RowID], in rows: DataFrame) throws -> [Int] {
    var places: [RowID: Int] = [:]
    for (place, id) in rows.rowIDs.enumerated() { places[id] = place }
    return try ids.map { id in
      guard let place = places[id] else { throw Failure("row \(id) is not in the table") }
      return place
    }
  }
}

/// The lines of a file at which its records begin.
struct RecordLines {
  private let bytes: [UInt8]
  private let skipped: Int
  private let hasHeader: Bool
  private let comment: [UInt8]

  /// Reads a file; nil where lines say nothing: standard input, compressed files, and
  /// other encodings than UTF-8.
  init?(_ path: String, _ reading: ReadingOptions) throws {
    guard path != "-", reading.countsLines else { return nil }
    bytes = try InputFile(path: path).readAll()
    let isCompressed = bytes.starts(with: [0x1F, 0x8B]) || bytes.starts(with: [0x28, 0xB5, 0x2F])
    guard !isCompressed else { return nil }
    skipped = reading.skipLines
    hasHeader = !reading.noHeader
    comment = Array((reading.comment ?? "").utf8)
  }

  /// The line, from 1, of each record, of which the first after the header is 0.
  func lines(of records: [Int]) -> [Int] {
    let wanted = Set(records)
    var found: [Int: Int] = [:]
    var (line, record) = (1, hasHeader ? -1 : 0)
    var place = 0
    while place < bytes.count, found.count < wanted.count {
      let (start, first) = (place, line)
      var isQuoted = false
      scan: while place < bytes.count {
        switch bytes[place] {
        case UInt8(ascii: "\""): isQuoted.toggle()
        case UInt8(ascii: "\n"):
          line += 1
          if !isQuoted { break scan }
        default: break
        }
        place += 1
      }
      let content = bytes[start..<place].prefix { $0 != UInt8(ascii: "\r") }
      place += 1
      let isComment = !comment.isEmpty && content.starts(with: comment)
      if first <= skipped || content.isEmpty || isComment { continue }
      if wanted.contains(record) { found[record] = first }
      record += 1
    }
    return records.map { found[$0] ?? 0 }
  }
}
