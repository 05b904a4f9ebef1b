/// Elements that come one after the other, and whose number nobody knows before the last one.
///
/// It is read by a `StreamLoader`. Each worker makes a stream of its own, and by default each of
/// these gives all elements, in the same order: the loader takes from each what is its worker's, and
/// passes over the rest with `skip`. So the batches are the same for any number of workers and ranks,
/// each element comes once, and the dataset has to know of neither. That reads the stream once a
/// worker, which is worth it where `skip` is cheaper than `next`.
///
/// A dataset that divides its elements among workers itself, such as by files, says so by `division`.
/// It is told which worker of how many a stream is for, by the context: to divide by
/// `WorkerInfo.current`, as one does by PyTorch's `get_worker_info()`, loses elements where the loader
/// divides too.
///
/// ```swift
/// /// The lines of a text file.
/// struct Lines: IterableDataset {
///   let path: String
///   func makeStream(_ context: StreamContext) throws -> LineStream { try LineStream(path) }
/// }
///
/// final class LineStream: ElementStream {
///   private let file: UnsafeMutablePointer<FILE>
///   private var line: UnsafeMutablePointer<CChar>?
///   private var capacity = 0
///
///   init(_ path: String) throws {
///     guard let file = fopen(path, "r") else { throw CocoaError(.fileReadNoSuchFile) }
///     self.file = file
///   }
///   deinit {
///     free(line)
///     fclose(file)
///   }
///   func next() -> Sample<[Float], Float>? {
///     guard getline(&line, &capacity, file) > 0, let line else { return nil }
///     let numbers = String(cString: line).split(separator: ",").map { Float($0) ?? .nan }
///     return Sample(features: numbers.dropLast(), target: numbers.last ?? .nan)
///   }
///   /// Lines of other workers: nothing is made of them.
///   func skip(_ count: Int) -> Int {
///     for passed in 0..<count where getline(&line, &capacity, file) <= 0 { return passed }
///     return count
///   }
/// }
///
/// let loader = try StreamLoader(Lines(path: "rides.csv"), batchSize: 64, workers: 2)
/// for try await batch in loader.epoch(0) { print(batch.features.shape) }
/// ```
public protocol IterableDataset: Sendable {
  /// One pass over the elements.
  ///
  /// An element that is a `Sample` or a pair of collatable parts needs no collate closure.
  associatedtype Stream: ElementStream where Stream.Element: Sendable

  /// Begins a pass over the elements: once an epoch for each worker, on the worker's thread.
  ///
  /// - Throws: whatever keeps the elements from being read; the loader says where that was.
  func makeStream(_ context: StreamContext) throws -> Stream

  /// Who divides the elements among workers: the loader, unless the dataset knows better.
  var division: StreamDivision { get }

  /// What tells this dataset from another: a cursor resumes a dataset of the same fingerprint only.
  ///
  /// Of the dataset's type alone, unless it knows better.
  var fingerprint: String { get }
}

extension IterableDataset {
  /// By the loader.
  public var division: StreamDivision { .byLoader }

  /// The name of the type, hashed.
  public var fingerprint: String {
    var hash = Fingerprint()
    hash.combine(String(reflecting: Self.self))
    return hash.text
  }
}

/// Who divides the elements of a stream among workers.
public enum StreamDivision: String, Sendable {
  /// Every worker's stream gives all elements, in the same order.
  ///
  /// Worker w of W makes the batches w, w + W, w + 2 W, ... and passes over the others: the batches are
  /// the same for any number of workers and ranks, and an epoch can be resumed.
  case byLoader
  /// The stream of each worker gives a part of the elements: that of `context.worker` of
  /// `context.workerCount`.
  ///
  /// As in PyTorch, each worker makes batches of its own part, and they are delivered in turn: one of
  /// each worker that has some left. They depend on the number of workers, unless the part is that of
  /// `context.owns(_:)`. Nothing can tell whether the parts are all elements, once each; ranks and
  /// cursors are refused.
  case byDataset
}

/// One pass over elements.
///
/// It stays with one worker. An iterator of the standard library is one as it is:
/// `extension IndexingIterator: ElementStream {}`.
public protocol ElementStream<Element> {
  /// What comes.
  associatedtype Element

  /// The next element; nil at the end, after which nothing is asked any more.
  ///
  /// - Throws: whatever keeps the element from being read; the loader says which it was, and asks
  ///   for nothing more.
  mutating func next() throws -> Element?

  /// Passes over elements that are another worker's, or were delivered before: how many there were,
  /// fewer than `count` at the end.
  ///
  /// They are read and dropped unless the stream is faster than that.
  ///
  /// - Throws: `RowError` for an element that cannot be read, or whatever keeps them all from it.
  mutating func skip(_ count: Int) throws -> Int

  /// The next elements: `count` of them, fewer at the end.
  ///
  /// One after the other unless the stream is faster than that.
  ///
  /// - Throws: `RowError` for an element that cannot be read, or whatever keeps them all from it.
  mutating func elements(_ count: Int) throws -> [Element]
}

extension ElementStream {
  /// Reads the elements and drops them.
  ///
  /// - Throws: `RowError` for the first one that cannot be read.
  @inlinable
  public mutating func skip(_ count: Int) throws -> Int {
    for position in 0..<count {
      do {
        guard try next() != nil else { return position }
      } catch {
        throw RowError(position: position, underlying: error)
      }
    }
    return count
  }

  /// Reads the elements one after the other.
  ///
  /// - Throws: `RowError` for the first one that cannot be read.
  @inlinable
  public mutating func elements(_ count: Int) throws -> [Element] {
    // Inlinable, so that it is compiled together with the stream.
    var elements: [Element] = []
    elements.reserveCapacity(Swift.min(count, 1 << 16))
    while elements.count < count {
      do {
        guard let element = try next() else { break }
        elements.append(element)
      } catch {
        throw RowError(position: elements.count, underlying: error)
      }
    }
    return elements
  }
}

/// A stream that is a closure: the next element each time it is called, nil at the end.
public struct ClosureStream<Element>: ElementStream {
  @usableFromInline let body: () throws -> Element?

  /// Asks `body` for each element; one thread does.
  @inlinable
  public init(_ body: @escaping () throws -> Element?) { self.body = body }

  /// What the closure gives.
  ///
  /// - Throws: what it throws.
  @inlinable
  public mutating func next() throws -> Element? { try body() }
}
