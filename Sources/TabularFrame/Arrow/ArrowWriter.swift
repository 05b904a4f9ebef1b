internal import OrderedCollections
public import TabularCSV
internal import TabularFiles
internal import TabularTensor

/// Writes frames with the same columns as an Arrow IPC file or stream, a batch at a time.
///
/// In memory are the frame at hand and the words of categories. The file appears under its name when
/// it is finished; without that nothing is left of it.
///
/// A category column has one dictionary. In a file it stands behind the batches, which pyarrow and
/// polars both read, as they do not a growing one; a stream gives it anew when it has grown.
///
/// ```swift
/// var writer = try ArrowWriter("rides.arrow", columns: first.types)
/// for frame in frames { try writer.append(frame) }
/// try writer.finish()
/// ```
public struct ArrowWriter: ~Copyable {
  private var output: ArrowOutput
  let schema: ArrowTableSchema
  let options: ArrowWritingOptions
  private let format: ArrowFormat
  /// The frame's types; nil for a field that a matrix fills.
  private let types: [ColumnType?]
  private var dictionaries: [ArrowDictionary?]
  private var footer: ArrowFooter

  /// Begins a file; `-` is standard output.
  ///
  /// - Throws: `FrameError` of kind `column` when two columns have one name, of kind `file` when it
  ///   cannot be written.
  public init(
    _ path: String,
    columns: [(name: String, type: ColumnType)],
    options: ArrowWritingOptions = ArrowWritingOptions()
  ) throws(FrameError) {
    try self.init(
      path,
      fields: columns.enumerated().map { index, column in
        ArrowField(column.name, column.type, options.textType, id: index)
      },
      types: columns.map(\.type),
      options: options
    )
  }

  /// Begins a file of fields, of which those without a type of ours are filled from a matrix.
  init(
    _ path: String,
    fields: [ArrowField],
    types: [ColumnType?],
    options: ArrowWritingOptions
  ) throws(FrameError) {
    var names: Set<String> = []
    for field in fields where !names.insert(field.name).inserted {
      throw FrameError(.column, "two columns are named '\(field.name)'", column: field.name)
    }
    let schema = ArrowTableSchema(fields: fields, metadata: options.metadata)
    output = try Self.begun(path, schema, options.format(of: path))
    format = options.format(of: path)
    (self.schema, self.types, self.options) = (schema, types, options)
    footer = ArrowFooter(schema: schema)
    dictionaries = fields.map { $0.dictionary == nil ? nil : ArrowDictionary() }
  }

  private static func begun(
    _ path: String,
    _ schema: ArrowTableSchema,
    _ format: ArrowFormat
  ) throws(FrameError) -> ArrowOutput {
    do throws(FileError) {
      var output = try ArrowOutput(path)
      if format == .file { try output.write(ArrowSource.magic + [0, 0]) }
      _ = try output.write(.schema(schema))
      return output
    } catch {
      throw FrameError(error)
    }
  }

  /// Appends the rows of a frame with the columns of the initialiser, in their order.
  ///
  /// - Throws: `FrameError` of kind `column` or `type` when they differ, of kind `file` when they
  ///   cannot be written.
  public mutating func append(_ frame: DataFrame) throws(FrameError) {
    try append(frame, isOnly: false)
  }

  /// Appends rows; where they are the only ones, dictionaries can stand first.
  mutating func append(_ frame: DataFrame, isOnly: Bool) throws(FrameError) {
    let names = schema.fields.map(\.name)
    guard frame.columns == names else {
      throw FrameError(
        .column,
        "columns \(frame.columns.joined(separator: ", ")), expected "
          + names.joined(separator: ", ")
      )
    }
    let columns = Array(frame.table.values)
    try check(columns, from: 0)
    let codes = try learn(columns, isOnly: isOnly)
    let textType = options.textType
    let ranges = ranges(of: frame.rowCount, columns, most: options.batchRows)
    try writeBatches(ranges.count) { number in
      let rows = ranges[number]
      var body = ArrowBody(rowCount: rows.count)
      for (column, codes) in zip(columns, codes) {
        body.add(column.slice(rows), textType, codes: codes)
      }
      return body
    }
  }

  /// Gives the complete file its name.
  ///
  /// - Throws: `FrameError` of kind `file` when it cannot be written.
  public consuming func finish() throws(FrameError) {
    if format == .file {
      for index in dictionaries.indices { try writeDictionary(index) }
    }
    do throws(FileError) {
      try output.write([0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0])
      if format == .file {
        let bytes = footer.bytes
        let size = withUnsafeBytes(of: Int32(bytes.count).littleEndian) { Array($0) }
        try output.write(bytes + size + ArrowSource.magic)
      }
      try output.commit()
    } catch {
      throw FrameError(error)
    }
  }
}

extension ArrowWriter {
  /// Whether columns have the types of the fields from one on.
  func check(_ columns: [Column], from first: Int) throws(FrameError) {
    for (index, column) in columns.enumerated() {
      guard let type = types[first + index], type != column.type else { continue }
      let name = schema.fields[first + index].name
      throw FrameError(
        .type,
        "column '\(name)' is of type \(column.type), expected \(type)",
        column: name
      )
    }
  }

  /// Runs of rows with at most so many, and with no more text than a batch should have.
  func ranges(of rowCount: Int, _ columns: [Column], most: Int) -> [Range<Int>] {
    guard !schema.fields.isEmpty else { return rowCount > 0 ? [0..<rowCount] : [] }
    var (ranges, start) = ([Range<Int>](), 0)
    while start < rowCount {
      var end = min(start + most, rowCount)
      for case .string(let texts) in columns.map(\.storage) {
        end = texts.end(of: start..<end, size: 1 << 28)
      }
      ranges.append(start..<end)
      start = end
    }
    return ranges
  }

  /// Takes the words of categories; returns what each column's codes become.
  mutating func learn(_ columns: [Column], from first: Int = 0, isOnly: Bool) throws(FrameError)
    -> [FixedVector<Int32>?]
  {
    var codes: [FixedVector<Int32>?] = []
    for (index, column) in columns.enumerated() {
      guard case .category(_, let words) = column.storage else {
        codes.append(nil)
        continue
      }
      codes.append(dictionaries[first + index]?.codes(of: words))
      if isOnly || format == .stream { try writeDictionary(first + index) }
    }
    return codes
  }

  /// Writes the words of a column, unless these have been written.
  private mutating func writeDictionary(_ index: Int) throws(FrameError) {
    guard let dictionary = dictionaries[index], dictionary.writtenCount != dictionary.count else {
      return
    }
    let words = dictionary.words
    let name = schema.fields[index].name
    guard options.textType == .stringView || words.size <= Int(Int32.max) else {
      throw FrameError(
        .arrow,
        "column '\(name)' has \(words.size) bytes of categories, which plain UTF-8 of 32 bits does "
          + "not hold; write it as string views",
        column: name
      )
    }
    var body = ArrowBody(rowCount: words.count)
    body.add(Column(storage: .string(words), validity: nil), options.textType)
    do throws(FileError) {
      let message = ArrowMessage.dictionary(id: Int64(index), isDelta: false, body.header)
      footer.dictionaries.append(try output.write(message, body))
    } catch {
      throw FrameError(error)
    }
    dictionaries[index]?.writtenCount = words.count
  }

  /// Writes batches in their order; while some are written, the next ones are made.
  mutating func writeBatches(_ count: Int, _ make: @escaping @Sendable (Int) -> ArrowBody)
    throws(FrameError)
  {
    var made: [ArrowBody] = []
    var first = 0
    do throws(FileError) {
      repeat {
        let start = first
        let next = PerThread<ArrowBody?>(min(processorCount, count - first)) { _ in nil }
        try onThreads(next.count) { index in
          next[index] = make(start + index)
        } meanwhile: { () throws(FileError) in
          for body in made { footer.batches.append(try output.write(.batch(body.header), body)) }
        }
        made = next.array.compactMap(\.self)
        first += next.count
      } while !made.isEmpty
    } catch {
      throw FrameError(error)
    }
  }
}

extension StringVector {
  /// Where a run of rows has to end to have at most so many bytes; behind one row at least.
  fileprivate func end(of rows: Range<Int>, size: Int) -> Int {
    guard slice(rows).size > size else { return rows.upperBound }
    let views = views.pointer
    var (sum, row) = (0, rows.lowerBound)
    while row < rows.upperBound {
      sum += Int(views[row].length)
      if sum > size { break }
      row += 1
    }
    return max(row, rows.lowerBound + 1)
  }
}

extension ArrowField {
  /// The field that a column of a frame becomes.
  init(_ name: String, _ type: ColumnType, _ textType: ArrowWritingOptions.TextType, id: Int) {
    let text = textType == .utf8 ? ArrowType.utf8 : .utf8View
    switch type {
    case .bool: self.init(name, .bool)
    case .int64: self.init(name, .int(bits: 64, isSigned: true))
    case .float64: self.init(name, .float(bits: 64))
    case .date: self.init(name, .date32)
    case .datetime: self.init(name, .timestamp(.microsecond, zone: "UTC"))
    case .string: self.init(name, text)
    case .category: self.init(name, text, dictionary: Dictionary(id: Int64(id)))
    }
  }
}
