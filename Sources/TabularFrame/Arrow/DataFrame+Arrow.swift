// Arrow IPC in and out.
extension DataFrame {
  /// Reads an Arrow IPC file or stream (Feather version 2 is the file), all its batches as one frame.
  ///
  /// Integers become int64, floats float64, timestamps microseconds (a time zone is dropped: the
  /// instants are in UTC), texts strings, and dictionaries of texts categories; a value that would
  /// change on the way is an error. Buffers that a frame holds alike are mapped and not copied where
  /// there is one batch: a file that is cut short while the frame lives ends the process. `-` is
  /// standard input. Buffers may be packed with LZ4 or zstd.
  ///
  /// - Throws: `FrameError` of kind `file` when it cannot be read, of kind `arrow` when it is no sound
  ///   Arrow data or has a column or a value that a frame does not hold.
  public init(contentsOfArrow path: String) throws(FrameError) {
    do throws(ArrowFault) {
      var reader = try ArrowReader(ArrowSource.open(path, isMapped: true), path: path)
      self = try reader.readAll()
    } catch {
      throw FrameError(error, path: path)
    }
  }
}

extension DataFrame {
  /// Writes the frame as Arrow IPC: a file that pyarrow, polars, DuckDB and pandas open, or a stream.
  ///
  /// Datetimes are `timestamp[us, UTC]`, categories dictionaries with int32 codes, texts string views
  /// unless the options say plain UTF-8. Buffers are aligned to 64 bytes. Row ids are not kept. The
  /// file appears under its name when it is complete; `-` is standard output, as a stream.
  ///
  /// - Throws: `FrameError` of kind `file` when it cannot be written.
  public func writeArrow(
    to path: String,
    options: ArrowWritingOptions = ArrowWritingOptions()
  ) throws(FrameError) {
    var writer = try ArrowWriter(path, columns: types, options: options)
    try writer.append(self, isOnly: true)
    try writer.finish()
  }
}
