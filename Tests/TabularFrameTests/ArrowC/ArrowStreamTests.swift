import CTabularABI
import Foundation
import TabularCSV
import Testing

@testable import TabularFrame

extension ArrowCTests {
  @Suite struct Streams {
    private func numbers(_ values: Range<Int64>) throws -> DataFrame {
      try DataFrame([("n", Column(Array(values)))])
    }

    /// A stream of frames, which ends with nil or with an error.
    private func stream(_ frames: [DataFrame], failing error: FrameError? = nil) throws
      -> ArrowArrayStream
    {
      var stream = ArrowArrayStream()
      nonisolated(unsafe) var left = frames
      try DataFrame.exportArrow(stream: &stream) { () throws(FrameError) in
        if left.isEmpty, let error { throw error }
        return left.isEmpty ? nil : left.removeFirst()
      }
      return stream
    }

    @Test func framesGoOutAndComeBack() throws {
      try releasingAll {
        let frames = [try numbers(0..<5), try numbers(5..<6), try numbers(6..<9)]
        var exported = try stream(frames)
        var chunks = try ArrowChunks(importing: &exported)
        #expect(exported.release == nil)
        for frame in frames { #expect(try chunks.next() == frame) }
        #expect(try chunks.next() == nil)
        #expect(try chunks.next() == nil)

        var again = try stream(frames)
        let whole = try DataFrame(importingArrow: &again)
        #expect(try whole == numbers(0..<9))
        #expect(whole.rowIDs.map(\.record) == Array(0..<9))
      }
    }

    @Test func aFrameIsAStreamOfOneBatch() throws {
      try releasingAll {
        let frame = try everyType()
        var exported = ArrowArrayStream()
        frame.exportArrow(stream: &exported)
        #expect(try DataFrame(importingArrow: &exported) == frame)
      }
    }

    @Test func chunksOfAFileAreBatches() throws {
      try releasingAll {
        try withTemporaryFile("rides.csv") { path in
          let frame = try DataFrame(csv: "id,word\n1,a\n2,b\n3,a longer word than twelve\n4,\n")
          try frame.writeCSV(to: path)
          var exported = ArrowArrayStream()
          try DataFrame.chunks(ofCSV: path, rows: 3).exportArrow(stream: &exported)
          var chunks = try ArrowChunks(importing: &exported)
          #expect(try chunks.next() == frame.iloc[0..<3])
          #expect(try chunks.next() == frame.iloc[3..<4])
          #expect(try chunks.next() == nil)
        }
      }
    }

    @Test func aStreamWithoutBatchesHasItsTypes() throws {
      try releasingAll {
        var exported = try stream([])
        #expect(try DataFrame(importingArrow: &exported).columns == [])
        var empty = try stream([everyType().iloc[0..<0]])
        #expect(
          try DataFrame(importingArrow: &empty).types.map(\.type) == everyType().types.map(\.type)
        )
      }
      let foreign = Foreign()
      var bare = foreign.stream([]) {
        $0.schema(
          "+s",
          children: [$0.schema("vu", "a"), $0.schema("i", "b", dictionary: $0.schema("u"))]
        )
      }
      let frame = try DataFrame(importingArrow: &bare)
      #expect(frame.types.map(\.type) == [.string, .category] && frame.rowCount == 0)
      #expect(foreign.counter.isBalanced)
    }

    @Test func whatGoesWrongLaterIsTheStreamsLastError() throws {
      try releasingAll {
        let error = FrameError(.value, "the third chunk is lost")
        var exported = try stream([numbers(0..<2)], failing: error)
        var array = ArrowArray()
        #expect(exported.get_next(&exported, &array) == 0 && array.length == 2)
        #expect(exported.get_last_error(&exported) == nil)
        array.release(&array)
        #expect(exported.get_next(&exported, &array) == EINVAL && array.release == nil)
        #expect(exported.get_last_error(&exported).map { String(cString: $0) } == error.message)
        exported.release(&exported)

        var mixed = try stream([numbers(0..<2), everyType()])
        var chunks = try ArrowChunks(importing: &mixed)
        _ = try chunks.next()
        #expect(
          message { try chunks.next() }
            == "the Arrow stream failed: a frame of the stream has the columns bool bool, int64 "
            + "int64, float64 float64, date date, datetime datetime, string string, category "
            + "category, the first n int64"
        )
        #expect(try chunks.next() == nil, "nothing comes behind an error")
      }
    }

    @Test func anErrorOfTheFirstFrameIsThrownAtOnce() {
      releasingAll {
        let error = FrameError(.value, "nothing to read")
        #expect(message { _ = try stream([], failing: error) } == "nothing to read")
      }
    }

    @Test func streamsAreReleasedHalfReadAndOnAnotherThread() throws {
      try releasingAll {
        var exported = try stream([numbers(0..<2), numbers(2..<4), numbers(4..<6)])
        nonisolated(unsafe) var array = ArrowArray()
        #expect(exported.get_next(&exported, &array) == 0)
        nonisolated(unsafe) var moved = exported
        let done = DispatchSemaphore(value: 0)
        Thread {
          moved.release(&moved)
          done.signal()
        }
        .start()
        done.wait()
        #expect(moved.release == nil)
        // A batch outlives its stream.
        let values = array.children[0]!.pointee.buffers[1]!.assumingMemoryBound(to: Int64.self)
        #expect(values[1] == 1)
        array.release(&array)

        var half = try stream([numbers(0..<2), numbers(2..<4)])
        var chunks = try ArrowChunks(importing: &half)
        _ = try chunks.next()
      }
    }

    /// A consumer that keeps the callbacks, and calls them where it must not.
    @Test func callsBehindTheEndAndTheReleaseAreErrors() throws {
      try releasingAll {
        var exported = try stream([numbers(0..<2)])
        let (next, schema) = (exported.get_next!, exported.get_schema!)
        let (last, release) = (exported.get_last_error!, exported.release!)
        var (array, types) = (ArrowArray(), ArrowSchema())
        #expect(next(&exported, &array) == 0)
        array.release(&array)
        for _ in 0..<3 { #expect(next(&exported, &array) == 0 && array.release == nil) }
        release(&exported)
        release(&exported)
        #expect(next(&exported, &array) == EINVAL && schema(&exported, &types) == EINVAL)
        #expect(last(&exported) == nil)
        #expect(next(nil, &array) == EINVAL && schema(nil, nil) == EINVAL)
        #expect(message { try ArrowChunks(importing: &exported) }.contains("stream was released"))
      }
    }

    @Test func foreignStreamsThatFailSayWhy() throws {
      let foreign = Foreign()
      var failing = foreign.stream([]) { _ in nil }
      #expect(
        message { try ArrowChunks(importing: &failing) } == "the Arrow stream failed: error 5"
      )
      var odd = foreign.stream([]) { $0.schema("+s", children: [$0.schema("+l", "items")]) }
      #expect(message { try ArrowChunks(importing: &odd) }.contains("column 'items'"))
      var wrong = foreign.stream([foreign.array(1, [nil], children: [foreign.array(1, [nil])])]) {
        $0.schema("+s", children: [$0.schema("l", "a")])
      }
      var chunks = try ArrowChunks(importing: &wrong)
      #expect(message { try chunks.next() }.contains("has 1 buffers; expected 2"))
      #expect(try chunks.next() == nil)
      #expect(foreign.counter.isBalanced)
    }
  }
}

/// What stands behind a foreign stream.
private final class ForeignBatches {
  var arrays: [ArrowArray]
  let schema: () -> ArrowSchema?
  private let counter: ReleaseCounter

  init(_ arrays: [ArrowArray], _ counter: ReleaseCounter, _ schema: @escaping () -> ArrowSchema?) {
    (self.arrays, self.counter, self.schema) = (arrays, counter, schema)
    counter.began()
  }

  deinit {
    for var array in arrays { array.release?(&array) }
    counter.ended()
  }

  static func of(_ stream: UnsafeMutablePointer<ArrowArrayStream>?) -> ForeignBatches? {
    stream?.pointee.private_data.map { Unmanaged.fromOpaque($0).takeUnretainedValue() }
  }
}

extension Foreign {
  /// A stream of arrays; without a schema it fails.
  func stream(_ arrays: [ArrowArray], _ schema: @escaping (Foreign) -> ArrowSchema?)
    -> ArrowArrayStream
  {
    var stream = ArrowArrayStream()
    let batches = ForeignBatches(arrays, counter) { schema(self) }
    stream.private_data = Unmanaged.passRetained(batches).toOpaque()
    stream.get_schema = { stream, schema in
      guard let made = ForeignBatches.of(stream)?.schema() else { return 5 }
      schema?.initialize(to: made)
      return 0
    }
    stream.get_next = { stream, array in
      guard let batches = ForeignBatches.of(stream) else { return 5 }
      array?.initialize(to: batches.arrays.isEmpty ? ArrowArray() : batches.arrays.removeFirst())
      return 0
    }
    stream.get_last_error = { _ in nil }
    stream.release = { stream in
      guard let batches = ForeignBatches.of(stream) else { return }
      precondition(stream?.pointee.release != nil, "released twice")
      stream?.pointee.release = nil
      Unmanaged.passUnretained(batches).release()
    }
    return stream
  }
}
