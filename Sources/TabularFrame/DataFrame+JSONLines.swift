internal import OrderedCollections
internal import TabularCSV
internal import TabularFiles
internal import TabularTensor

extension DataFrame {
  /// Writes the frame as JSON Lines: an object a row, nulls, NaN and infinities as `null`, dates as text.
  ///
  /// The file appears under its name when it is complete; `-` is standard output.
  ///
  /// - Throws: `FrameError` of kind `file` when it cannot be written.
  public func writeJSONLines(to path: String) throws(FrameError) {
    do throws(FileError) {
      let file = try AtomicFile(path: path)
      let keys = table.keys.map { jsonString($0) + ":" }
      let columns = Array(table.values)
      var text = ""
      for row in 0..<rowCount {
        let pairs = zip(keys, columns).map { $0 + $1[row].json }
        text += "{\(pairs.joined(separator: ","))}\n"
        if text.utf8.count > 1 << 18 {
          try file.write(text)
          text = ""
        }
      }
      try file.write(text)
      try file.commit()
    } catch {
      throw FrameError(error)
    }
  }
}

extension Value {
  fileprivate var json: String {
    switch self {
    case .null: "null"
    case .float64(let value) where !value.isFinite: "null"
    case .bool, .int64, .float64: description
    case .string, .date, .datetime: jsonString(description)
    }
  }
}
