public import TabularCSV
internal import TabularTensor

/// The batches of an Arrow IPC file or stream, one by one, as frames.
///
/// In memory is one batch at a time, of the size that the writer chose, and the dictionaries. Files
/// are read, not mapped, so that one that shrinks meanwhile is an error.
///
/// ```swift
/// var batches = try ArrowReader("rides.arrow")
/// while let frame = try batches.next() { print(frame.rowCount) }
/// ```
public struct ArrowReader {
  private let path: String
  private var input: ArrowInput

  /// Opens a file or a stream, which its first bytes tell apart; `-` is standard input.
  ///
  /// A file that comes through a pipe is taken into memory, since its end says what is in it.
  ///
  /// - Throws: `FrameError` of kind `file` when it cannot be read, of kind `arrow` when it is no
  ///   Arrow data or has a column that a frame does not hold.
  public init(_ path: String) throws(FrameError) {
    do throws(ArrowFault) {
      try self.init(ArrowSource.open(path, isMapped: false), path: path)
    } catch {
      throw FrameError(error, path: path)
    }
  }

  init(_ source: ArrowSource, path: String) throws(ArrowFault) {
    self.path = path
    input = try ArrowInput(source)
    for field in input.schema.fields { _ = try field.columnType }
  }

  /// The columns' names in order.
  public var columns: [String] { input.schema.fields.map(\.name) }

  /// The type that each column has in a frame, in order.
  public var types: [(name: String, type: ColumnType)] {
    // Checked by the initialiser.
    input.schema.fields.map { ($0.name, (try? $0.columnType) ?? .string) }
  }

  /// The texts that the writer gave along, such as `feature_names`.
  public var metadata: [String: String] { input.schema.metadata }

  /// The next batch, or nil behind the last.
  ///
  /// The record of a row's id is its place among all rows.
  ///
  /// - Throws: `FrameError` of kind `arrow` where the bytes contradict the format or a value does not
  ///   fit, of kind `file` when they cannot be read.
  public mutating func next() throws(FrameError) -> DataFrame? {
    do throws(ArrowFault) {
      guard let batch = try input.next() else { return nil }
      let columns = try batch.columns(input.schema, isAlone: true)
      let first = RowID(record: batch.firstRow)
      return try frame(columns, ids: RowIDs(runs: [(first, batch.rowCount)]))
    } catch {
      throw FrameError(error, path: path)
    }
  }

  /// All batches as one frame.
  mutating func readAll() throws(ArrowFault) -> DataFrame {
    var batches: [ArrowBatch] = []
    while let batch = try input.next() { batches.append(batch) }
    let (schema, all) = (input.schema, batches)
    let parts = PerThread<Result<[Column], ArrowFault>>(all.count) { _ in .success([]) }
    // With few batches all threads work on one, with many each on its own.
    let isAlone = all.count < 2 * Workers.count(for: .max)
    Workers.forEach(all.count, threads: isAlone ? 1 : Workers.count(for: .max)) { number in
      parts[number] = Result { () throws(ArrowFault) in
        try all[number].columns(schema, isAlone: isAlone)
      }
    }
    let columns = try parts.array.map { part throws(ArrowFault) in try part.get() }
    let joined = try schema.fields.indices.map { index throws(ArrowFault) -> Column in
      guard !columns.isEmpty else { return try schema.fields[index].empty }
      return Column(joining: columns.map { $0[index] })
    }
    return try frame(joined, ids: RowIDs(records: all.reduce(0) { $0 + $1.rowCount }))
  }

  private func frame(_ columns: [Column], ids: RowIDs) throws(ArrowFault) -> DataFrame {
    let named = zip(input.schema.fields, columns).map { (name: $0.name, column: $1) }
    do throws(FrameError) {
      return try DataFrame(named, ids: ids)
    } catch {
      // Names differ, and every column has the batch's rows.
      throw .damaged(error.message)
    }
  }
}

extension ArrowField {
  /// The type that it has in a frame.
  var columnType: ColumnType {
    get throws(ArrowFault) {
      switch type {
      case .null: return dictionary == nil ? .string : .category
      case .bool: return .bool
      case .int: return .int64
      case .float: return .float64
      case .date32, .date64: return .date
      case .timestamp: return .datetime
      case .utf8, .largeUtf8, .utf8View: return dictionary == nil ? .string : .category
      case .other(let name):
        throw ArrowFault.refused(
          "is of type \(name), which a frame does not hold; leave it out, or cast it in pyarrow or "
            + "polars before writing"
        ).naming(self.name)
      }
    }
  }

  /// A column without rows.
  fileprivate var empty: Column {
    get throws(ArrowFault) {
      switch try columnType {
      case .bool: Column([Bool?]())
      case .int64: Column([Int64?]())
      case .float64: Column([Double?]())
      case .date: Column([CalendarDate?]())
      case .datetime: Column([Timestamp?]())
      case .string: Column([String?]())
      case .category: Column([String?]()).asCategory()
      }
    }
  }
}
