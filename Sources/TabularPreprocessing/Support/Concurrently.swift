/// Runs `body` for each index below `count` on the processors' threads, and waits for all.
///
/// `body` must write nothing that it writes for another index.
func concurrently(_ count: Int, cells: Int, _ body: @escaping (Int) -> Void) {
  // Sendable by its promise.
  nonisolated(unsafe) let body = body
  forEachTask(count, cells: cells) { body($0) }
}

/// Elements that threads write, each its own.
///
/// Invariant: no two threads use one index, and nobody reads the array meanwhile.
struct SharedElements<Element>: @unchecked Sendable {
  private let elements: UnsafeMutablePointer<Element>

  init(_ elements: UnsafeMutableBufferPointer<Element>) {
    // An empty buffer has no element to write.
    self.elements = elements.baseAddress ?? UnsafeMutablePointer(bitPattern: 64).unsafelyUnwrapped
  }

  subscript(index: Int) -> Element {
    nonmutating _modify { yield &elements[index] }
    _read { yield elements[index] }
  }
}

extension Array where Element: Sendable {
  /// An array whose elements threads make, each from its index; the first error in order wins.
  init<E: Error>(
    concurrently count: Int,
    cells: Int,
    _ element: @escaping (Int) throws(E) -> Element
  ) throws(E) {
    var results = [Result<Element, E>?](repeating: nil, count: count)
    results.withUnsafeMutableBufferPointer { buffer in
      let shared = SharedElements(buffer)
      // A closure of its own, whose error is a value.
      concurrentlyStore(count, cells, element, shared)
    }
    self = []
    reserveCapacity(count)
    for case let result? in results { append(try result.get()) }
  }
}

private func concurrentlyStore<Element, E: Error>(
  _ count: Int,
  _ cells: Int,
  _ element: @escaping (Int) throws(E) -> Element,
  _ shared: SharedElements<Result<Element, E>?>
) {
  concurrently(count, cells: cells) { index in
    do throws(E) {
      shared[index] = .success(try element(index))
    } catch {
      shared[index] = .failure(error)
    }
  }
}
