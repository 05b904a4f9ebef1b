import Foundation
import TabularTensor

@testable import TabularLoading

/// Numbers 0 ..< count that come one after the other, with what a test wants to happen at each.
struct NumberStream: IterableDataset {
  /// nil for no end.
  var count: Int?
  var division = StreamDivision.byLoader
  var fingerprint = "numbers"
  var read: @Sendable (Int) throws -> Void = { _ in }
  /// Which of the numbers a stream gives.
  var gives: @Sendable (Int, StreamContext) -> Bool = { _, _ in true }
  var open: @Sendable (StreamContext) throws -> Void = { _ in }

  func makeStream(_ context: StreamContext) throws -> ClosureStream<Sample<[Float], Int64>> {
    try open(context)
    var next = 0
    return ClosureStream {
      while count.map({ next < $0 }) ?? true {
        defer { next += 1 }
        guard gives(next, context) else { continue }
        try read(next)
        return Sample(features: [Float(next)], target: Int64(next))
      }
      return nil
    }
  }
}

typealias NumberStreamLoader = StreamLoader<Tensor<Float>, Tensor<Int64>>

extension StreamLoader where Target == Tensor<Int64> {
  /// The numbers of each batch of an epoch, for one thread.
  func numbers(_ epoch: Int) throws -> [[Int]] {
    var numbers: [[Int]] = []
    try forEachBatch(epoch: epoch) { numbers.append($0.target.scalars.map(Int.init)) }
    return numbers
  }

  /// The same, as a task sees it.
  func numbersOfTask(_ epoch: Int) async throws -> [[Int]] {
    var numbers: [[Int]] = []
    for try await batch in self.epoch(epoch) { numbers.append(batch.target.scalars.map(Int.init)) }
    return numbers
  }
}

/// The lines of a text file, as the documentation of `IterableDataset` has them.
struct Lines: IterableDataset {
  let path: String
  func makeStream(_ context: StreamContext) throws -> LineStream { try LineStream(path) }
}

final class LineStream: ElementStream {
  private let file: UnsafeMutablePointer<FILE>
  private var line: UnsafeMutablePointer<CChar>?
  private var capacity = 0

  init(_ path: String) throws {
    guard let file = fopen(path, "r") else { throw CocoaError(.fileReadNoSuchFile) }
    self.file = file
  }
  deinit {
    free(line)
    fclose(file)
  }
  func next() -> Sample<[Float], Float>? {
    guard getline(&line, &capacity, file) > 0, let line else { return nil }
    let numbers = String(cString: line).dropLast().split(separator: ",").map { Float($0) ?? .nan }
    return Sample(features: numbers.dropLast(), target: numbers.last ?? .nan)
  }
  /// Lines of other workers: nothing is made of them.
  func skip(_ count: Int) -> Int {
    for passed in 0..<count where getline(&line, &capacity, file) <= 0 { return passed }
    return count
  }
}
