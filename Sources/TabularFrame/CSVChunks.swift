public import TabularCSV

/// The frames of a CSV that is read a number of rows at a time, in file order.
///
/// Each column has one type throughout: the commanded one, or that of the whole input, which is read
/// twice then. Of what cannot be read twice (standard input, a pipe) it is the type of the first
/// frame, and a later cell that does not fit is an error.
///
/// ```swift
/// var chunks = try DataFrame.chunks(ofCSV: "rides.csv", rows: 100_000)
/// while let frame = try chunks.next() { print(frame.rowCount) }
/// ```
public struct CSVChunks {
  private var parsed: ParsedChunks

  /// What was decided and left out so far.
  public var report: CSVReport { parsed.report }

  fileprivate init(_ parsed: ParsedChunks) { self.parsed = parsed }

  /// The next rows, or nil behind the last.
  ///
  /// As many as asked for; fewer at the end, and where bad rows were left out.
  ///
  /// - Throws: `FrameError` whose `underlying` is a `CSVError` with file, line, byte and column.
  public mutating func next() throws(FrameError) -> DataFrame? {
    do throws(CSVError) {
      return try parsed.next().map { DataFrame($0) }
    } catch {
      throw FrameError(error)
    }
  }
}

extension DataFrame {
  /// Reads a CSV `rows` rows at a time, in memory for about as many.
  ///
  /// A path may be a pattern; `-` is standard input. The record of each row's id is its place in the
  /// file, as when the file is read at once.
  ///
  /// - Throws: `FrameError` when the input cannot be read, or a column that the options name is
  ///   missing.
  public static func chunks(
    ofCSV path: String,
    rows: Int,
    options: CSVReadingOptions = CSVReadingOptions()
  ) throws(FrameError) -> CSVChunks {
    try chunks(ofCSV: [path], rows: rows, options: options)
  }

  /// Reads CSV files with the same header as one table, `rows` rows at a time.
  ///
  /// - Throws: `FrameError` when an input cannot be read, or a column that the options name is
  ///   missing.
  public static func chunks(
    ofCSV paths: [String],
    rows: Int,
    options: CSVReadingOptions = CSVReadingOptions()
  ) throws(FrameError) -> CSVChunks {
    guard rows > 0 else { throw FrameError(.value, "chunks of \(rows) rows, expected 1 or more") }
    do throws(CSVError) {
      let reader = try CSVReader(paths: paths, options: options, inParts: true)
      return CSVChunks(try reader.chunks(rows: rows))
    } catch {
      throw FrameError(error)
    }
  }
}
