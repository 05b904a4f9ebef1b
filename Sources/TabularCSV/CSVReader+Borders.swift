internal import CTabularScan

// Where a file may be divided.
extension CSVReader {
  /// Where the first record begins.
  var firstRecord: RecordPlace {
    RecordPlace(offset: inputs[0].dataOffset, line: inputs[0].head.dataLine)
  }

  /// Whether parts may begin within inputs.
  var areDivided: Bool { inputs.allSatisfy { $0.size != nil } }

  /// The beginnings of parts of the same number of bytes, and the end; streams are not divided.
  func borders(_ count: Int) -> [ReadingPlace] {
    let end = ReadingPlace(input: inputs.count)
    guard areDivided else {
      return (0..<count).map { start(ofInput: inputs.count * $0 / count) } + [end]
    }
    let sizes = inputs.map { max(0, $0.end - $0.dataOffset) }
    let total = sizes.reduce(0, +)
    var borders: [ReadingPlace] = []
    for part in 0..<count {
      let (high, low) = total.multipliedFullWidth(by: part)
      var left = count.dividingFullWidth((high, low)).quotient
      var input = 0
      while input < inputs.count, left >= sizes[input], left > 0 {
        left -= sizes[input]
        input += 1
      }
      var place = start(ofInput: input)
      place.offset += left
      borders.append(place)
    }
    return borders + [end]
  }

  /// Where an input's records begin; the end behind the last input.
  private func start(ofInput input: Int) -> ReadingPlace {
    ReadingPlace(input: input, offset: input < inputs.count ? inputs[input].dataOffset : 0)
  }

  /// A reading of no column, which finds records alone, up to a place that may lie within one.
  func structure(from start: RecordPlace, to end: ReadingPlace) -> ReadingPass {
    var options = options
    options.badRows = .skip()
    options.limit = nil
    options.skip = 0
    // No row is looked into.
    var pass = pass([], capacity: .max, knownBadRows: NumberSet(), options: options)
    pass.start = start
    pass.end = ReadingEnd(place: end, isEndOfInput: false)
    return pass
  }

  /// Where the record begins that is open where a reading ended, or the next one.
  func openRecord(_ entry: RowEntry, at end: ReadingPlace) throws(CSVError) -> RecordPlace {
    let input = entry.recordCounts.count
    var place = RecordPlace(
      input: input,
      record: entry.records,
      line: entry.line,
      recordCounts: entry.recordCounts
    )
    if input != end.input || input == inputs.count {
      place.offset = start(ofInput: input).offset
    } else if entry.carry.count > 0 {
      (place.offset, place.line) = (entry.carryOffset, entry.carryLine)
    } else {
      place.offset = end.offset
      // The LF of a CR LF belongs to the record before.
      let isReturn = entry.scan.lastByte == UInt8(ascii: "\r") && !entry.scan.isInside
      if isReturn, try byte(at: end) == UInt8(ascii: "\n") {
        place.offset += 1
        if place.offset == inputs[input].end { place = behind(place) }
      }
    }
    return place
  }

  /// The beginning of the next input, from the end of one.
  private func behind(_ end: RecordPlace) -> RecordPlace {
    let next = end.input + 1
    return RecordPlace(
      input: next,
      offset: start(ofInput: next).offset,
      line: next < inputs.count ? inputs[next].head.dataLine : 1,
      recordCounts: end.recordCounts + [end.record]
    )
  }

  private func byte(at place: ReadingPlace) throws(CSVError) -> UInt8? {
    let input = inputs[place.input]
    guard place.offset < input.end else { return nil }
    let buffer = PaddedBytes(capacity: 1)
    let count = try input.read(into: buffer.space, count: 1, at: place.offset)
    return count == 1 ? buffer.start[0] : nil
  }

  /// The first beginning of a record from a place on, going by quotes; nil where they are irregular
  /// before it.
  func recordStart(behind place: ReadingPlace, isInside: Bool) throws(CSVError) -> ReadingPlace? {
    try firstRecords(behind: place, isInside: isInside, size: 4 * 1024).map(\.start)
  }

  /// Whether a place lies within quotes, as far as the records behind it tell.
  ///
  /// It does not matter but for time: a wrong answer is found out.
  func isLikelyInside(at place: ReadingPlace) throws(CSVError) -> Bool {
    let size = 64 * 1024
    guard let outside = try firstRecords(behind: place, isInside: false, size: size) else {
      return true
    }
    if outside.isTable { return false }
    return try firstRecords(behind: place, isInside: true, size: size)?.isTable ?? false
  }

  /// Looks at the bytes behind a place, at ever more until a record ends in them: where the first
  /// record begins, and whether those behind it have as many cells as they should.
  private func firstRecords(behind place: ReadingPlace, isInside: Bool, size: Int)
    throws(CSVError) -> (start: ReadingPlace, isTable: Bool)?
  {
    guard place.input < inputs.count else { return (place, true) }
    let input = inputs[place.input]
    guard place.offset > input.dataOffset else { return (place, true) }
    let before = try byte(at: ReadingPlace(input: place.input, offset: place.offset - 1)) ?? 0
    let isAfterEnd = !isInside && (before == UInt8(ascii: "\n") || before == UInt8(ascii: "\r"))
    if isAfterEnd, before == UInt8(ascii: "\n") { return (place, true) }
    var settings = pass([], capacity: 0, knownBadRows: nil).settings
    settings.usesLibCSV = false
    var size = size
    while true {
      let count = min(size, input.end - place.offset)
      var parser = ChunkParser(settings: settings, chunkSize: count)
      let read = try input.read(into: parser.buffer.space, count: count, at: place.offset)
      guard read == count else { throw input.shrunk(to: place.offset + read) }
      parser.buffer.fill(count)
      if isAfterEnd {
        let skipped = count > 0 && parser.buffer.start[0] == UInt8(ascii: "\n") ? 1 : 0
        return (following(ReadingPlace(input: place.input, offset: place.offset + skipped)), true)
      }
      // The quotes alone: comments and lenient quotes show in what is found later.
      parser.scan(ScanEntry(isInside: isInside, lastByte: before), isLast: false)
      guard parser.scanned.state.irregular == 0 else { return nil }
      if let end = parser.scanned.firstEnd {
        let position = Int(parser.positions.start[end])
        var next = ReadingPlace(input: place.input, offset: place.offset + position + 1)
        if parser.buffer.start[position] == UInt8(ascii: "\r"),
          try byte(at: next) == UInt8(ascii: "\n")
        {
          next.offset += 1
        }
        return (following(next), parser.scanned.rows != nil)
      }
      if place.offset + count == input.end { return (start(ofInput: place.input + 1), false) }
      guard size < CSVReadingOptions.longestRecord else { return nil }
      size *= 8
    }
  }

  /// The same place, or the next input's beginning where an input ends.
  private func following(_ place: ReadingPlace) -> ReadingPlace {
    place.offset < inputs[place.input].end ? place : start(ofInput: place.input + 1)
  }
}
