public import CTabularABI

/// The frames of an Arrow stream that another library handed out, a record batch at a time.
///
/// ```swift
/// var chunks = try ArrowChunks(importing: &stream)
/// while let frame = try chunks.next() { print(frame.rowCount) }
/// ```
public struct ArrowChunks {
  private var stream: ImportedStream?
  private let fields: [ArrowCField]
  private var nextRow = 0

  /// Takes over a stream, and asks for its schema.
  ///
  /// The structure is moved from, whether this throws or not: its `release` is nil afterwards.
  ///
  /// - Throws: `FrameError` of kind `arrow` with what the stream tells, or for a type that no column
  ///   holds without loss.
  public init(importing stream: UnsafeMutablePointer<ArrowArrayStream>) throws(FrameError) {
    let imported = ImportedStream(moving: stream)
    fields = try imported.schema().columns()
    self.stream = imported
  }

  /// The next record batch, as `DataFrame(importingArrow:array:)` takes it over; nil behind the last,
  /// when the stream is released.
  ///
  /// - Throws: `FrameError` of kind `arrow`, after which there are no more batches.
  public mutating func next() throws(FrameError) -> DataFrame? {
    guard let stream else { return nil }
    self.stream = nil
    guard let batch = try stream.next() else { return nil }
    let frame = try DataFrame(batch, fields, firstRow: nextRow)
    nextRow += frame.rowCount
    self.stream = stream
    return frame
  }

  /// A frame of the stream's names and types without rows.
  fileprivate func empty() throws(FrameError) -> DataFrame {
    var columns: [(name: String, column: Column)] = []
    for field in fields { columns.append((name: field.name, column: try field.empty())) }
    return try DataFrame(columns)
  }
}

extension DataFrame {
  /// Takes over all record batches of an Arrow stream as one frame.
  ///
  /// One batch is shared as `DataFrame(importingArrow:array:)` shares it; several are joined, which
  /// copies values. The structure is moved from, whether this throws or not.
  ///
  /// - Throws: `FrameError` of kind `arrow` with what the stream tells, or for a batch that no frame
  ///   can be made of.
  public init(importingArrow stream: UnsafeMutablePointer<ArrowArrayStream>) throws(FrameError) {
    var chunks = try ArrowChunks(importing: stream)
    var frames: [DataFrame] = []
    while let frame = try chunks.next() { frames.append(frame) }
    self = frames.isEmpty ? try chunks.empty() : try DataFrame.concat(frames)
  }
}
