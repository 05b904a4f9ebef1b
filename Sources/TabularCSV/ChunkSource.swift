internal import Synchronization
internal import TabularFiles

/// A run of an input's bytes, as one thread takes it.
struct Chunk {
  /// The number of the chunk over all inputs, from 0.
  var index: Int
  /// The input, and the offset of the first byte in it.
  var input: Int
  var offset: Int
  var count: Int
  /// Whether the input ends with it.
  var isLast: Bool
  /// Why it could not be read; it has no bytes then.
  var failure: CSVError?
}

/// A place in the inputs.
struct ReadingPlace: Comparable {
  var input = 0
  var offset = 0

  static func < (left: Self, right: Self) -> Bool {
    (left.input, left.offset) < (right.input, right.offset)
  }
}

/// Where a reading ends before the inputs do.
struct ReadingEnd {
  var place: ReadingPlace
  /// Whether the last record ends there too; else it is left open.
  var isEndOfInput: Bool
}

/// Hands the chunks of one or more inputs to threads, in order.
///
/// Where every input can be read at any offset, threads read side by side; else one after the other.
final class ChunkSource: Sendable {
  private let inputs: [CSVInput]
  private let chunkSize: Int
  private let place: ReadingPlace
  private let end: ReadingEnd?
  /// How many inputs there are up to the end.
  private let inputCount: Int
  /// The number of the first chunk of each input from `place` on; empty where some input is a stream.
  private let firstChunks: [Int]
  private let nextChunk = Atomic<Int>(0)
  private let streaming: Locked<(input: Int, offset: Int)>

  /// Chunks of all inputs, or from a place on, or up to one.
  init(
    _ inputs: [CSVInput],
    chunkSize: Int,
    from place: ReadingPlace? = nil,
    to end: ReadingEnd? = nil
  ) {
    self.inputs = inputs
    self.chunkSize = chunkSize
    let place = place ?? ReadingPlace(offset: inputs.first?.dataOffset ?? 0)
    self.place = place
    self.end = end
    let last = end?.place ?? ReadingPlace(input: inputs.count)
    let isEntered = last.input < inputs.count && last.offset > inputs[last.input].dataOffset
    let inputCount = max(place.input, last.input + (isEntered ? 1 : 0))
    self.inputCount = inputCount
    streaming = Locked((place.input, place.offset))
    guard inputs.allSatisfy({ $0.size != nil }) else {
      firstChunks = []
      return
    }
    var total = 0
    firstChunks =
      inputs[place.input..<inputCount].enumerated().map { index, input in
        defer {
          let start = index == 0 ? place.offset : input.dataOffset
          let limit = place.input + index == last.input ? last.offset : input.end
          let bytes = max(0, min(limit, input.end) - start)
          // An empty input has a chunk too: it ends there.
          total += max(1, (bytes + chunkSize - 1) / chunkSize)
        }
        return total
      } + [total]
  }

  /// How many chunks there are; nil where some input is a stream.
  var chunkCount: Int? { firstChunks.last }

  /// Reads the next chunk; nil when there is none left.
  func next(into buffer: PaddedBytes) -> Chunk? {
    guard let total = firstChunks.last else { return nextOfStreams(into: buffer) }
    let index = nextChunk.wrappingAdd(1, ordering: .relaxed).oldValue
    guard index < total else { return nil }
    var low = 0
    var high = firstChunks.count - 1
    while high - low > 1 {
      let middle = (low + high) / 2
      if firstChunks[middle] <= index { low = middle } else { high = middle }
    }
    let number = place.input + low
    let input = inputs[number]
    let start = low == 0 ? place.offset : input.dataOffset
    let offset = start + (index - firstChunks[low]) * chunkSize
    let isCut = number == end?.place.input
    let inputEnd = isCut ? min(input.end, end?.place.offset ?? .max) : input.end
    let lastByte = isCut && end?.isEndOfInput == true ? inputEnd : input.end
    let count = max(0, min(chunkSize, inputEnd - offset))
    var chunk = Chunk(index: index, input: number, offset: offset, count: count, isLast: true)
    do throws(CSVError) {
      let read = try input.read(into: buffer.space, count: count, at: offset)
      guard read == count else { throw input.shrunk(to: offset + read) }
      chunk.isLast = offset + count >= lastByte
    } catch {
      chunk.failure = error
      chunk.count = 0
    }
    buffer.fill(chunk.count)
    return chunk
  }

  private func nextOfStreams(into buffer: PaddedBytes) -> Chunk? {
    streaming.withLock { place in
      guard place.input < inputCount else { return nil }
      let input = inputs[place.input]
      let index = nextChunk.wrappingAdd(1, ordering: .relaxed).oldValue
      var chunk = Chunk(
        index: index,
        input: place.input,
        offset: place.offset,
        count: 0,
        isLast: true
      )
      do throws(CSVError) {
        chunk.count = try input.read(into: buffer.space, count: chunkSize, at: place.offset)
        chunk.isLast = chunk.count < chunkSize
      } catch {
        chunk.failure = error
      }
      buffer.fill(chunk.count)
      place.offset += chunk.count
      if chunk.isLast {
        place.input += 1
        place.offset = place.input < inputs.count ? inputs[place.input].dataOffset : 0
      }
      return chunk
    }
  }
}
