public import CTabularABI
internal import TabularTensor

// Frames of other libraries, by the Arrow C data interface.
extension DataFrame {
  /// Takes over a record batch that another library handed out.
  ///
  /// Buffers that are laid out as columns have them are shared, and the batch's columns released one
  /// by one when nobody holds them any more: int64, float64, days (`tdD`), timestamps in microseconds,
  /// bits, string views, the bytes of other texts, and Int32 codes of dictionaries.
  /// Other integers, float16 and float32, `tdm`, timestamps of other units, other codes and nulls
  /// (`n`) are converted. A time zone is left out: instants are UTC. Rows get new ids.
  ///
  /// Lengths, buffers, codes and views are checked; that texts are UTF-8 is believed. Both
  /// structures are moved from, whether this throws or not: their `release` is nil afterwards.
  ///
  /// - Throws: `FrameError` of kind `arrow` for a type or a value that no column holds without loss,
  ///   naming column and format, and for structures that break the rules of the interface.
  public init(
    importingArrow schema: UnsafeMutablePointer<ArrowSchema>,
    array: UnsafeMutablePointer<ArrowArray>
  ) throws(FrameError) {
    let (types, batch) = (ImportedSchema(moving: schema), ImportedArray(moving: array))
    let fields = try types.columns()
    guard batch.array.release != nil else { throw .released("array") }
    self = try DataFrame(batch, fields, firstRow: 0)
  }

  /// Takes over the columns of a record batch, whose rows are numbered from `firstRow` on.
  init(_ batch: ImportedArray, _ fields: [ArrowCField], firstRow: Int) throws(FrameError) {
    // What the structure points to lives as long as the object.
    defer { withExtendedLifetime(batch) {} }
    let array = batch.array
    func refused(_ message: String) -> FrameError {
      FrameError(.arrow, "the Arrow record batch \(message)")
    }
    let limit = Int64(1) << 40
    guard (0...limit).contains(array.length), (0...limit).contains(array.offset) else {
      throw refused("claims \(array.length) rows from \(array.offset) on")
    }
    guard array.n_children == Int64(fields.count), fields.isEmpty || array.children != nil else {
      throw refused("has \(array.n_children) columns; its schema has \(fields.count)")
    }
    guard array.n_buffers == 1, array.buffers != nil else {
      throw refused("has \(array.n_buffers) buffers; expected 1")
    }
    let (rows, offset) = (Int(array.length), Int(array.offset))
    if let bits = array.buffers[0], array.null_count != 0, rows > 0 {
      let bytes = Buffer(
        borrowing: UnsafeMutableRawPointer(mutating: bits),
        byteCount: (offset + rows + 7) / 8,
        owner: batch
      )
      guard BitVector(buffer: bytes, offset: offset, count: rows).population == rows else {
        throw refused("has null rows; expected nulls in columns alone")
      }
    }
    var columns: [(name: String, column: Column)] = []
    for (index, field) in fields.enumerated() {
      guard let child = array.children[index], child.pointee.release != nil else {
        throw FrameError.released("array of column '\(field.name)'")
      }
      // A column is moved out, so that it can outlive the others.
      let holder = ImportedArray(moving: child)
      defer { withExtendedLifetime(holder) {} }
      let data = try ArrowData(
        field,
        holder.array,
        skipping: offset,
        count: rows,
        holder: holder
      )
      columns.append((name: field.name, column: try Column(data)))
    }
    try self.init(columns, ids: RowIDs(runs: [(RowID(record: firstRow), rows)]))
  }
}
