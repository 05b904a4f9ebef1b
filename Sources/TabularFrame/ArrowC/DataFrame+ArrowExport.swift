public import CTabularABI
internal import TabularTensor

// Frames for other libraries, by the Arrow C data interface.
//
// Source: "The Arrow C data interface" in the Arrow columnar format's documentation.
extension DataFrame {
  /// Hands the frame to another library as a record batch, without copying.
  ///
  /// int64, float64, date and datetime become `l`, `g`, `tdD` and `tsu:UTC`, bool a bitmap `b`,
  /// string the views `vu`, category a dictionary of Int32 codes and views. Only a bitmap of rows
  /// that begins at another bit than its column's values is copied.
  ///
  /// Both structures are written, whatever they held before. Each is released once by whoever holds
  /// it, from any thread; the buffers live until then, and must not be written to. Row ids stay here.
  public func exportArrow(
    schema: UnsafeMutablePointer<ArrowSchema>,
    array: UnsafeMutablePointer<ArrowArray>
  ) {
    exportArrow(schema: schema)
    exportArrow(array: array)
  }

  /// Hands out names and types alone.
  func exportArrow(schema: UnsafeMutablePointer<ArrowSchema>) {
    schema.initialize(
      to: ArrowSchema(
        format: "+s",
        name: "",
        children: types.map { ArrowSchema(name: $0.name, type: $0.type) }
      )
    )
  }

  /// Hands out the columns.
  func exportArrow(array: UnsafeMutablePointer<ArrowArray>) {
    array.initialize(
      to: ArrowArray(
        ArrowLayout(length: rowCount, buffers: [nil], owners: []),
        children: namedColumns.map { ArrowArray($0.column) }
      )
    )
  }
}
