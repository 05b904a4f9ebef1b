internal import TabularTensor

/// The batches of Arrow data in their order, as bytes that are not looked into yet.
struct ArrowInput {
  let schema: ArrowTableSchema
  private let source: ArrowSource
  private var dictionaries: [Int64: Dictionary] = [:]
  /// The batches of a file; nil for a stream.
  private var blocks: [ArrowBlock]?
  private var nextBlock = 0
  /// Where the next message of a stream stands; nil behind the last.
  private var position: Int?
  private var rowCount = 0
  /// Rows of columns without bytes, beside the bytes that back them.
  private var backing = (rows: 0, bytes: 0)

  /// The words of a dictionary as they came, and put together once a batch needs them.
  private struct Dictionary {
    var parts: [Column]
    var words: ArrowWords?
  }

  /// Finds out whether it is a file or a stream, and reads what stands before the batches.
  init(_ source: ArrowSource) throws(ArrowFault) {
    self.source = source
    let magic = ArrowSource.magic.count
    if let size = source.size, size >= magic,
      let start = try source.buffer(at: 0, count: magic),
      start.bytes.elementsEqual(ArrowSource.magic)
    {
      let footer = try Self.footer(source, size)
      schema = footer.schema
      blocks = footer.batches
      for block in footer.dictionaries {
        let (message, body, _) = try Self.message(source, block)
        guard case .dictionary(let id, let isDelta, let header) = message else {
          throw .damaged("no dictionary at byte \(block.offset)")
        }
        try learn(id, isDelta, header, body)
      }
      return
    }
    guard let (message, _, end) = try Self.message(source, at: 0) else {
      throw .damaged("it is empty")
    }
    guard case .schema(let schema) = message else {
      throw .damaged("it does not begin with a schema")
    }
    self.schema = schema
    position = end
  }

  private static func footer(_ source: ArrowSource, _ size: Int) throws(ArrowFault) -> ArrowFooter {
    let magic = ArrowSource.magic
    let behind = 4 + magic.count
    let missing = ArrowFault.damaged("it has no footer at its end; is it complete?")
    guard size >= 8 + behind, let end = try source.buffer(at: size - behind, count: behind),
      end.bytes.suffix(magic.count).elementsEqual(magic)
    else { throw missing }
    let count = Int(Int32(littleEndian: end.bytes.loadUnaligned(as: Int32.self)))
    guard count > 0, count <= size - behind - 8,
      let bytes = try source.buffer(at: size - behind - count, count: count)
    else { throw missing }
    return try ArrowFooter(bytes.bytes, fileSize: size - behind - count)
  }

  /// The next batch, or nil behind the last.
  mutating func next() throws(ArrowFault) -> ArrowBatch? {
    if let blocks {
      guard nextBlock < blocks.count else { return nil }
      let block = blocks[nextBlock]
      nextBlock += 1
      guard case (.batch(let header), let body, _) = try Self.message(source, block) else {
        throw .damaged("no batch at byte \(block.offset)")
      }
      return try batch(header, body)
    }
    while let offset = position {
      guard let (message, body, end) = try Self.message(source, at: offset) else {
        position = nil
        break
      }
      position = end
      switch message {
      case .schema: throw .damaged("a second schema at byte \(offset)")
      case .dictionary(let id, let isDelta, let header): try learn(id, isDelta, header, body)
      case .batch(let header): return try batch(header, body)
      }
    }
    return nil
  }

  private mutating func batch(_ header: ArrowBatchHeader, _ body: Buffer) throws(ArrowFault)
    -> ArrowBatch
  {
    guard header.rowCount < ArrowBatchHeader.rowLimit - rowCount else {
      throw .damaged("\(header.rowCount) rows behind \(rowCount)")
    }
    // A column of type null has no bytes: any number of rows would cost the file nothing.
    backing.bytes += body.byteCount
    let nullColumns = schema.fields.count { $0.type == .null && $0.dictionary == nil }
    let limit = 1 << 22 + 64 * min(backing.bytes, 1 << 40)
    // Both factors are below 2^40, which is more than fits.
    let rows = header.rowCount.multipliedReportingOverflow(by: nullColumns)
    backing.rows += rows.overflow ? limit + 1 : min(rows.partialValue, limit + 1)
    guard backing.rows <= limit else {
      throw .damaged("\(header.rowCount) rows of nulls that no byte backs")
    }
    var words: [Int64: ArrowWords] = [:]
    for (id, dictionary) in dictionaries {
      if let known = dictionary.words {
        words[id] = known
      } else {
        words[id] = try ArrowWords(Column(joining: dictionary.parts))
        dictionaries[id]?.words = words[id]
      }
    }
    defer { rowCount += header.rowCount }
    return ArrowBatch(header: header, body: body, words: words, firstRow: rowCount)
  }

  /// Takes a dictionary, or more words of one.
  private mutating func learn(
    _ id: Int64,
    _ isDelta: Bool,
    _ header: ArrowBatchHeader,
    _ body: Buffer
  ) throws(ArrowFault) {
    // One that no column has is of no use.
    guard let field = schema.fields.first(where: { $0.dictionary?.id == id }) else { return }
    guard schema.fields.allSatisfy({ $0.dictionary?.id != id || $0.type == field.type }) else {
      throw .damaged("columns of different types share dictionary \(id)")
    }
    do throws(ArrowFault) {
      var reader = ArrowColumnReader(header: header, body: body, isAlone: true)
      let plain = ArrowField(field.name, field.type)
      // Words without bytes: as pandas makes of categories of which there are none.
      guard field.type != .null || header.rowCount <= 1 << 16 else {
        throw .damaged("a dictionary of \(header.rowCount) nulls")
      }
      let values = try reader.column(plain)
      let known = isDelta ? dictionaries[id]?.parts ?? [] : []
      dictionaries[id] = Dictionary(parts: known + [values])
    } catch {
      throw error.naming(field.name)
    }
  }
}

// Messages.
extension ArrowInput {
  /// The message at an offset, its body, and what is behind; nil at the end.
  private static func message(
    _ source: ArrowSource,
    at offset: Int
  ) throws(ArrowFault) -> (message: ArrowMessage, body: Buffer, end: Int)? {
    guard let prefix = try source.buffer(at: offset, count: 8) else { return nil }
    let mark = prefix.bytes.loadUnaligned(as: UInt32.self).littleEndian
    let count = Int(
      Int32(littleEndian: prefix.bytes.loadUnaligned(fromByteOffset: 4, as: Int32.self))
    )
    guard mark == .max else {
      throw offset == 0
        ? .damaged("it begins with neither ARROW1 nor a message of Arrow 0.15 or later")
        : .damaged("no message at byte \(offset)")
    }
    guard count != 0 else { return nil }
    guard count > 0, let metadata = try source.buffer(at: offset + 8, count: count) else {
      throw .damaged("a message of \(count) bytes at byte \(offset)")
    }
    let (message, bodySize) = try ArrowMessage.parsed(metadata.bytes)
    let start = offset + 8 + count
    guard let body = try source.buffer(at: start, count: bodySize) else {
      throw .damaged(
        "it ends at byte \(start), before a body of \(bodySize) bytes; is it complete?"
      )
    }
    return (message, body, start + bodySize)
  }

  /// The message of a block.
  private static func message(
    _ source: ArrowSource,
    _ block: ArrowBlock
  ) throws(ArrowFault) -> (message: ArrowMessage, body: Buffer, end: Int) {
    guard let found = try message(source, at: block.offset),
      found.body.byteCount == block.bodySize,
      found.end == block.offset + block.metadataSize + block.bodySize
    else { throw .damaged("the footer and the message at byte \(block.offset) do not agree") }
    return found
  }
}

/// The values of a dictionary, and what its codes become.
struct ArrowWords: Sendable {
  /// As they were read.
  let values: Column
  /// Of texts: the words of a category, none of which is null or twice there.
  let words: StringVector?
  /// What each code becomes, -1 for a null; nil where it stays.
  let codes: FixedVector<Int32>?

  init(_ values: Column) throws(ArrowFault) {
    guard values.count <= RowIndices.limit else {
      throw .refused("has a dictionary of \(values.count) words, at most \(RowIndices.limit)")
    }
    self.values = values
    guard case .string(let texts) = values.storage else {
      (words, codes) = (nil, nil)
      return
    }
    let groups = KeyGroups(
      TextKeys(texts: texts, validity: values.validity),
      keepingNulls: false
    )
    if groups.firstRows.count == texts.count {
      (words, codes) = (texts, nil)
    } else {
      words = texts.taking(RowIndices(groups.firstRows, below: texts.count))
      codes = groups.ids
    }
  }
}
