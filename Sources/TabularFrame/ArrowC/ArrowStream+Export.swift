public import CTabularABI
internal import TabularCSV
internal import TabularTensor

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

// Frames for other libraries, by the Arrow C stream interface.
//
// Source: "The Arrow C stream interface" in the Arrow columnar format's documentation.
extension DataFrame {
  /// Hands the frame to another library as a stream of one record batch, without copying.
  public func exportArrow(stream: UnsafeMutablePointer<ArrowArrayStream>) {
    var left: DataFrame? = self
    stream.initialize(
      to: ArrowArrayStream(
        ExportedFrames(schema: iloc[0..<0]) {
          defer { left = nil }
          return left
        }
      )
    )
  }

  /// Hands frames to another library as a stream of record batches, in memory for one at a time.
  ///
  /// `next` gives the frames, nil behind the last. It is called at once for the first frame, whose
  /// names and types all of them must have, and then whenever the consumer asks, on the thread that
  /// asks, one call at a time. What it throws the consumer gets as the stream's last error.
  ///
  /// - Throws: what `next` throws for the first frame; the structure is left alone then.
  public static func exportArrow(
    stream: UnsafeMutablePointer<ArrowArrayStream>,
    _ next: sending @escaping () throws(FrameError) -> DataFrame?
  ) throws(FrameError) {
    var first = try next()
    stream.initialize(
      to: ArrowArrayStream(
        ExportedFrames(schema: first?.iloc[0..<0] ?? DataFrame()) { () throws(FrameError) in
          if let frame = first {
            first = nil
            return frame
          }
          return try next()
        }
      )
    )
  }
}

extension CSVChunks {
  /// Hands the chunks to another library as a stream of record batches, in memory for about one at
  /// a time.
  ///
  /// The first chunk is read at once. What is wrong with a later one the consumer gets as the
  /// stream's last error.
  ///
  /// - Throws: `FrameError` for the first chunk; the structure is left alone then.
  public consuming func exportArrow(stream: UnsafeMutablePointer<ArrowArrayStream>)
    throws(FrameError)
  {
    nonisolated(unsafe) var chunks = self
    try DataFrame.exportArrow(stream: stream) { () throws(FrameError) in try chunks.next() }
  }
}

/// What stands behind an exported stream; its consumer makes one call at a time.
private final class ExportedFrames {
  /// Without rows.
  let schema: DataFrame
  private var next: (() throws(FrameError) -> DataFrame?)?
  /// Kept for the consumer until its next call.
  private var error: UnsafeMutablePointer<CChar>?
  private let entry = ExportEntry()

  init(schema: DataFrame, _ next: @escaping () throws(FrameError) -> DataFrame?) {
    self.schema = schema
    self.next = next
  }

  deinit { free(error) }

  var lastError: UnsafePointer<CChar>? { UnsafePointer(error) }

  /// Writes the next batch, or a released array behind the last.
  func export(to array: UnsafeMutablePointer<ArrowArray>) -> CInt {
    free(error)
    error = nil
    array.initialize(to: ArrowArray())
    do throws(FrameError) {
      guard let frame = try next?() else {
        next = nil
        return 0
      }
      guard frame.types.elementsEqual(schema.types, by: ==) else {
        throw FrameError(
          .type,
          "a frame of the stream has the columns \(frame.typeList), the first \(schema.typeList)"
        )
      }
      frame.exportArrow(array: array)
      return 0
    } catch {
      self.error = strdup(error.description)
      return error.kind == .csv || error.kind == .file ? EIO : EINVAL
    }
  }
}

extension DataFrame {
  fileprivate var typeList: String {
    types.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
  }
}

extension ArrowArrayStream {
  fileprivate init(_ frames: ExportedFrames) {
    self.init()
    private_data = Unmanaged.passRetained(frames).toOpaque()
    get_schema = { stream, schema in
      guard let schema, let frames = stream?.pointee.frames else { return EINVAL }
      frames.schema.exportArrow(schema: schema)
      return 0
    }
    get_next = { stream, array in
      guard let array, let frames = stream?.pointee.frames else { return EINVAL }
      return frames.export(to: array)
    }
    get_last_error = { stream in stream?.pointee.frames?.lastError }
    release = { stream in
      guard let stream, let held = stream.pointee.private_data else { return }
      stream.pointee.private_data = nil
      stream.pointee.release = nil
      Unmanaged<ExportedFrames>.fromOpaque(held).release()
    }
  }

  private var frames: ExportedFrames? {
    private_data.map { Unmanaged<ExportedFrames>.fromOpaque($0).takeUnretainedValue() }
  }
}
