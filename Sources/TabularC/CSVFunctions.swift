public import CTabularABI.Library
internal import TabularCSV
internal import TabularFrame

// What the functions promise stands in TabularC.h.

/// Reads CSV files as an Arrow stream.
@c(tabular_read_csv) @implementation
public func tabular_read_csv(
  _ path: UnsafePointer<CChar>?,
  _ options: UnsafePointer<CChar>?,
  _ chunk_rows: Int64,
  _ stream: UnsafeMutablePointer<ArrowArrayStream>?
) -> Int32 {
  stream?.initialize(to: ArrowArrayStream())
  return answering("tabular_read_csv") {
    let stream = try given(stream, "stream")
    let path = try text(path, "path")
    let options = try InputOptions.read(options, .reading)
    guard chunk_rows >= 0 else {
      throw Failure.argument("chunk_rows is \(chunk_rows); give 0 for everything at once, or more")
    }
    guard chunk_rows > 0 else {
      try read(path, options).exportArrow(stream: stream)
      return
    }
    guard options.badRowsPath == nil else {
      throw Failure.argument("options: 'bad-rows' collect=PATH takes chunk_rows 0")
    }
    CallState.notices.set("")
    var chunks = try DataFrame.chunks(
      ofCSV: path,
      rows: Int(chunk_rows),
      options: options.reading
    )
    try DataFrame.exportArrow(stream: stream) { () throws(FrameError) in
      let frame = try chunks.next()
      // The consumer's thread is the one that asks.
      if frame == nil { CallState.notices.set(chunks.report.notices.joined(separator: "\n")) }
      return frame
    }
  }
}

/// Reads a whole table, and leaves what was decided to the caller.
func read(_ path: String, _ options: InputOptions) throws -> DataFrame {
  let (frame, report) = try DataFrame.readCSV(path, options: options.reading)
  if let path = options.badRowsPath { try DataFrame(badRows: report.badRows).writeCSV(to: path) }
  CallState.notices.set(report.notices.joined(separator: "\n"))
  return frame
}
