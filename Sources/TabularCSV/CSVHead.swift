/// What the first lines of an input say: the names of its columns, and where its rows begin.
struct CSVHead: Sendable {
  /// The header as it stands; nil where there is none.
  let header: [String]?
  /// How many cells a row has.
  let width: Int
  /// The offset and the physical line of the header.
  private(set) var headerOffset = 0
  private(set) var headerLine = 1
  /// The offset and the physical line at which the rows begin.
  let dataOffset: Int
  let dataLine: Int

  /// Reads a head from the input's first bytes, of which `read` gives at least a number.
  init(
    name: String,
    options: CSVReadingOptions,
    read: (Int) throws(CSVError) -> [UInt8]
  ) throws(CSVError) {
    var wanted = 8 * 1024
    while true {
      let bytes = try read(wanted)
      let isLast = bytes.count < wanted
      if let head = try CSVHead(bytes, isLast: isLast, name: name, options: options) {
        self = head
        return
      }
      guard !isLast else {
        throw Self.empty(bytes, name: name, options: options)
      }
      guard wanted < CSVReadingOptions.longestRecord else {
        throw CSVError(.tooLong, file: name, line: 1, byteOffset: 0, TooLong.wording)
      }
      wanted *= 8
    }
  }

  /// There is no record: why not.
  private static func empty(_ bytes: [UInt8], name: String, options: CSVReadingOptions)
    -> CSVError
  {
    var expected = options.hasHeader ? "a header" : "a record"
    let found: String
    let start = start(of: bytes, isLast: true, options)
    if bytes.isEmpty || bytes == [0xEF, 0xBB, 0xBF] {
      found = "an empty file"
    } else if let start, options.skipLines > 0, start.offset == bytes.count {
      expected += " behind \(options.skipLines) skipped lines"
      found = "the end of the input"
    } else {
      found = "nothing but blank lines\(options.comment == nil ? "" : " and comments")"
    }
    return CSVError(
      .empty,
      file: name,
      line: 1,
      byteOffset: 0,
      expected: expected,
      found: found
    )
  }

  /// Nil where the bytes do not suffice.
  private init?(_ bytes: [UInt8], isLast: Bool, name: String, options: CSVReadingOptions)
    throws(CSVError)
  {
    guard let (start, line) = Self.start(of: bytes, isLast: isLast, options) else { return nil }
    var scanner = LibCSVScanner(
      dialect: options.dialect,
      isLenient: options.quoting == .lenient,
      comment: Array((options.comment ?? "").utf8),
      offset: start,
      line: line,
      afterReturn: false
    )
    var block = RecordBlock()
    bytes[start...].withUnsafeBufferPointer { scanner.scan($0, isLast: isLast, into: &block) }
    guard options.hasHeader else {
      let first = block.records.first { !$0.isBlank && $0.problem == nil }
      guard let width = first?.cellCount ?? (isLast && !block.records.isEmpty ? 1 : nil) else {
        return nil
      }
      (header, self.width, dataOffset, dataLine) = (nil, width, start, line)
      return
    }
    guard let record = block.records.first(where: { !$0.isBlank }) else { return nil }
    if let problem = record.problem {
      throw CSVError(problem, record: nil, file: name)
    }
    var end = record.bytes.upperBound
    if end < bytes.count, bytes[end] == UInt8(ascii: "\r") {
      // The LF of a CR LF may stand in bytes that were not read.
      guard end + 1 < bytes.count || isLast else { return nil }
      end += end + 1 < bytes.count && bytes[end + 1] == UInt8(ascii: "\n") ? 2 : 1
    } else if end < bytes.count {
      end += 1
    }
    var header: [String] = []
    for cell in block.cells[record.firstCell..<(record.firstCell + record.cellCount)] {
      let text = block.text[cell.start..<(cell.start + cell.length)]
      guard let valid = String(validating: text, as: UTF8.self) else {
        throw CSVError(
          .encoding,
          file: name,
          line: record.line,
          byteOffset: record.bytes.lowerBound,
          expected: "a header in UTF-8",
          found: "bytes that are not: \(CSVError.quoted(block.string(cell)))"
            + " (give the encoding if it is another)"
        )
      }
      header.append(valid)
    }
    if let expected = options.expectedHeader, expected != header {
      throw CSVError(
        .header,
        file: name,
        line: record.line,
        byteOffset: record.bytes.lowerBound,
        expected: "the header \(CSVError.quoted(expected.joined(separator: ",")))",
        found: CSVError.quoted(header.joined(separator: ","))
      )
    }
    (self.header, width, dataOffset) = (header, header.count, end)
    (headerOffset, headerLine) = (record.bytes.lowerBound, record.line)
    dataLine = bytes[start..<end].withUnsafeBufferPointer {
      line + physicalLines(in: $0, after: false)
    }
  }

  /// Where the first record begins: behind a byte order mark and the lines that are skipped.
  static func start(of bytes: [UInt8], isLast: Bool, _ options: CSVReadingOptions)
    -> (offset: Int, line: Int)?
  {
    var offset = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var line = 1
    while line <= options.skipLines {
      guard let end = bytes[offset...].firstIndex(where: { $0 == 10 || $0 == 13 }) else {
        return isLast ? (bytes.count, line) : nil
      }
      guard bytes[end] == 10 || end + 1 < bytes.count || isLast else { return nil }
      offset = end + 1
      if bytes[end] == 13, offset < bytes.count, bytes[offset] == 10 { offset += 1 }
      line += 1
    }
    return (offset, line)
  }

  /// Names for the columns, and those that the header does not give as they are.
  ///
  /// An empty header becomes `column_N`, a repeated one gets `_2`, `_3`, ...
  func uniqueNames() -> (names: [String], renamed: [(position: Int, header: String, name: String)])
  {
    guard let header else { return ((0..<width).map { "column_\($0 + 1)" }, []) }
    var taken = Set(header)
    var seen: Set<String> = []
    // The next suffix to try, so that a header repeated a million times takes no million squared.
    var next: [String: Int] = [:]
    var names: [String] = []
    var renamed: [(position: Int, header: String, name: String)] = []
    for (i, text) in header.enumerated() {
      var name = text
      if text.isEmpty || seen.contains(text) {
        let base = text.isEmpty ? "column_\(i + 1)" : text
        var suffix = next[base] ?? (text.isEmpty ? 1 : 2)
        repeat {
          name = suffix == 1 ? base : "\(base)_\(suffix)"
          suffix += 1
        } while taken.contains(name)
        next[base] = suffix
        renamed.append((position: i, header: text, name: name))
      }
      taken.insert(name)
      seen.insert(name)
      names.append(name)
    }
    return (names, renamed)
  }
}

extension CSVInput {
  /// Where this input has each column of the first one; nil where it has them alike.
  ///
  /// - Throws: `CSVError` of kind `header` when it has other columns, or, unless they are matched by
  ///   name, has them in another order.
  func order(as first: CSVInput, byName: Bool) throws(CSVError) -> [Int]? {
    if byName, let header = head.header, let expected = first.head.header, header != expected,
      header.sorted() == expected.sorted()
    {
      let own = head.uniqueNames().names
      return first.head.uniqueNames().names.map { name in own.firstIndex(of: name) ?? 0 }
    }
    try refuseOtherColumns(than: first)
    return nil
  }

  /// One table has one header.
  private func refuseOtherColumns(than first: CSVInput) throws(CSVError) {
    if let header = head.header, let expected = first.head.header, header != expected {
      throw CSVError(
        .header,
        file: name,
        line: head.headerLine,
        byteOffset: head.headerOffset,
        expected:
          "the header of \(first.name), \(CSVError.quoted(expected.joined(separator: ",")))"
          + (header.sorted() == expected.sorted()
            ? " (--union-by-name, unionByName, matches columns by name)" : ""),
        found: CSVError.quoted(header.joined(separator: ","))
      )
    }
    guard head.width == first.head.width else {
      throw CSVError(
        .header,
        file: name,
        line: head.dataLine,
        byteOffset: head.dataOffset,
        expected: "\(first.head.width) columns, as in \(first.name)",
        found: "\(head.width)"
      )
    }
  }
}
