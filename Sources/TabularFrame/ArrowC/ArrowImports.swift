internal import CTabularABI

/// An array that was moved here, released when the last buffer that lies in it is gone.
///
/// Invariant: nobody writes to it after the move, and its release may be called from any thread, as
/// the C data interface demands of producers; so it is `Sendable`.
final class ImportedArray: @unchecked Sendable {
  let array: ArrowArray

  /// Moves a structure; the source is released from the consumer's point of view.
  init(moving source: UnsafeMutablePointer<ArrowArray>) {
    array = source.move()
    source.initialize(to: ArrowArray())
  }

  deinit {
    var array = array
    array.release?(&array)
  }
}

/// A schema that was moved here.
final class ImportedSchema {
  private let schema: ArrowSchema

  init(moving source: UnsafeMutablePointer<ArrowSchema>) {
    schema = source.move()
    source.initialize(to: ArrowSchema())
  }

  deinit {
    var schema = schema
    schema.release?(&schema)
  }

  /// The columns of a record batch.
  func columns() throws(FrameError) -> [ArrowCField] {
    // What the structure points to lives as long as this object.
    defer { withExtendedLifetime(self) {} }
    guard schema.release != nil else { throw .released("schema") }
    return try ArrowCField.columns(of: schema)
  }
}

/// A stream that was moved here.
final class ImportedStream {
  private var stream: ArrowArrayStream

  init(moving source: UnsafeMutablePointer<ArrowArrayStream>) {
    stream = source.move()
    source.initialize(to: ArrowArrayStream())
  }

  deinit { stream.release?(&stream) }

  func schema() throws(FrameError) -> ImportedSchema {
    guard stream.release != nil, let read = stream.get_schema else { throw .released("stream") }
    var schema = ArrowSchema()
    let code = read(&stream, &schema)
    guard code == 0 else { throw failure(code) }
    return ImportedSchema(moving: &schema)
  }

  /// The next array; nil behind the last.
  func next() throws(FrameError) -> ImportedArray? {
    guard stream.release != nil, let read = stream.get_next else { throw .released("stream") }
    var array = ArrowArray()
    let code = read(&stream, &array)
    guard code == 0 else { throw failure(code) }
    return array.release == nil ? nil : ImportedArray(moving: &array)
  }

  private func failure(_ code: CInt) -> FrameError {
    let text = stream.get_last_error?(&stream).map { String(cString: $0) }
    return FrameError(.arrow, "the Arrow stream failed: \(text ?? "error \(code)")")
  }
}

extension FrameError {
  static func released(_ what: String) -> FrameError {
    FrameError(.arrow, "the Arrow \(what) was released, or moved away, before")
  }
}
