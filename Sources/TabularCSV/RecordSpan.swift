/// A place between two records of the inputs.
package struct RecordPlace: Sendable, Equatable {
  /// The input, and the offset in it at which the next record begins.
  package var input = 0
  package var offset = 0
  /// The next record's number in its input, from 0, and its physical line.
  package var record = 0
  package var line = 1
  /// How many records each input before this one has.
  package var recordCounts: [Int] = []

  var place: ReadingPlace { ReadingPlace(input: input, offset: offset) }
}

/// A part of the inputs that begins and ends between records.
package struct RecordSpan: Sendable, Equatable {
  package var start: RecordPlace
  package var end: RecordPlace
}

/// One process's part in finding the spans of all: what each says, until all agree.
///
/// A process guesses from the bytes behind its border where the first record begins, and goes on
/// from there, with the reader's own machine, to the first record behind the next border. Where its
/// guess is what the process before it found, that is exact; where it is not, it goes on again from
/// what was found. The first span begins where the inputs do, so that in each round one more is
/// right: mostly all are in the first.
struct SpanSearch {
  private let reader: CSVReader
  private let rank: Int
  private let borders: [ReadingPlace]
  private var leg: Leg

  /// What lies between two places, which are found without what lies before them.
  private struct Leg {
    var start: ReadingPlace
    var end = ReadingPlace()
    /// The records of each input that ended; the first one's from `start` on.
    var finished: [Int] = []
    /// The records and lines from `start` on, or from the beginning of the end's input.
    var records = 0
    var line = 0
  }

  /// Finds a part of `count` in the first place.
  init(_ reader: CSVReader, rank: Int, of count: Int) throws(CSVError) {
    precondition(0..<count ~= rank, "part \(rank) is not one of \(count)")
    self.reader = reader
    self.rank = rank
    borders = reader.borders(count)
    let border = borders[rank]
    let isInside = rank > 0 ? try reader.isLikelyInside(at: border) : false
    let start = try reader.recordStart(behind: border, isInside: isInside) ?? border
    leg = try Self.leg(reader, from: start, to: borders[rank + 1])
  }

  /// What the other processes are to know.
  var message: [UInt8] {
    let numbers =
      [leg.start.input, leg.start.offset, leg.end.input, leg.end.offset, leg.records, leg.line]
      + leg.finished
    return numbers.flatMap { number in withUnsafeBytes(of: Int64(number).littleEndian, Array.init) }
  }

  private static func leg(of message: [UInt8]) -> Leg {
    let numbers = stride(from: 0, to: message.count, by: 8).map { start in
      message[start..<(start + 8)].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    return Leg(
      start: ReadingPlace(input: numbers[0], offset: numbers[1]),
      end: ReadingPlace(input: numbers[2], offset: numbers[3]),
      finished: Array(numbers[6...]),
      records: numbers[4],
      line: numbers[5]
    )
  }

  /// Takes what all processes said, in order; returns the span once all agree.
  mutating func take(_ messages: [[UInt8]]) throws(CSVError) -> RecordSpan? {
    let legs = messages.map(Self.leg)
    var places = [reader.firstRecord]
    for leg in legs {
      guard let last = places.last, last.place == leg.start else { break }
      places.append(Self.place(last, behind: leg))
    }
    if places.count > legs.count { return RecordSpan(start: places[rank], end: places[rank + 1]) }
    let start = rank == 0 ? reader.firstRecord.place : legs[rank - 1].end
    if start != leg.start { leg = try Self.leg(reader, from: start, to: borders[rank + 1]) }
    return nil
  }

  private static func place(_ start: RecordPlace, behind leg: Leg) -> RecordPlace {
    var place = start
    (place.input, place.offset) = (leg.end.input, leg.end.offset)
    guard let first = leg.finished.first else {
      place.record += leg.records
      place.line += leg.line
      return place
    }
    place.recordCounts += [start.record + first] + leg.finished.dropFirst()
    (place.record, place.line) = (leg.records, leg.line)
    return place
  }

  /// Goes from a record's beginning to the first record behind a border.
  private static func leg(_ reader: CSVReader, from start: ReadingPlace, to border: ReadingPlace)
    throws(CSVError) -> Leg
  {
    guard start < border else { return Leg(start: start, end: start) }
    if !reader.areDivided, reader.options.skip == 0 {
      // Whole inputs; nobody asks how many records they have.
      let line = border.input < reader.inputs.count ? reader.inputs[border.input].head.dataLine : 1
      let finished = [Int](repeating: 0, count: border.input - start.input)
      return Leg(start: start, end: border, finished: finished, line: line)
    }
    var first = RecordPlace(input: start.input, offset: start.offset, line: 0)
    first.recordCounts = [Int](repeating: 0, count: start.input)
    var entry = reader.structure(from: first, to: border).firstEntry
    _ = try reader.structure(from: first, to: border).run(&entry)
    var end = try reader.openRecord(entry, at: border)
    // The record that is open there goes on to where its quotes say, if they are regular.
    if end.place < border, !entry.isIrregular,
      let close = try reader.recordStart(behind: border, isInside: entry.scan.isInside)
    {
      first = RecordPlace(input: border.input, offset: border.offset)
      _ = try reader.structure(from: first, to: close).run(&entry)
      let found = try reader.openRecord(entry, at: close)
      if found.place == close { end = found }
    }
    return Leg(
      start: start,
      end: end.place,
      finished: Array(end.recordCounts[start.input...]),
      records: end.record,
      line: end.line
    )
  }
}

extension CSVReader {
  /// The part `rank` of `count` parts of about the same size, which begin and end between records:
  /// one after the other they are the inputs, record for record.
  ///
  /// Every process calls this with the same inputs and options. Inputs that are packed or transcoded
  /// are not divided. `exchange` gets bytes of this process and returns those of all, in order of
  /// rank. What it throws is thrown, and a `CSVError` where an input cannot be read.
  package func span(
    _ rank: Int,
    of count: Int,
    exchange: ([UInt8]) throws -> [[UInt8]]
  ) throws -> RecordSpan {
    var search = try SpanSearch(self, rank: rank, of: count)
    while true {
      if let span = try search.take(try exchange(search.message)) { return span }
    }
  }

  /// The same reader for a part alone; a limit counts the rows of the part.
  package func part(_ span: RecordSpan) -> CSVReader {
    var part = self
    part.span = span
    return part
  }
}
