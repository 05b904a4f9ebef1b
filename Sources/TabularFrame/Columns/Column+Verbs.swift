internal import TabularCSV

// Verbs that make a column of a column.
extension Column {
  /// Replaces each value by its entry; a null, and a value without an entry, become null.
  ///
  /// - Throws: `FrameError` of kind `type` when the keys are not of the column's type.
  public func map<Key: ColumnElement, Result: ColumnElement>(_ entries: [Key: Result])
    throws(FrameError) -> Column
  {
    let keys = try TypedColumn<Key>(self)
    return Column(keys.map { key in key.flatMap { entries[$0] } })
  }

  /// Replaces each value by what the closure makes of it; a null stays null.
  ///
  /// - Throws: `FrameError` of kind `type` when the closure takes another type than the column's,
  ///   and what the closure throws.
  public func map<Input: ColumnElement, Result: ColumnElement>(
    _ transform: (Input) throws -> Result?
  ) throws -> Column {
    let inputs = try TypedColumn<Input>(self)
    return Column(try inputs.map { input in try input.flatMap(transform) })
  }

  /// Replaces nulls by a value of the column's type.
  ///
  /// - Throws: `FrameError` of kind `type` when the value does not fit.
  public func fillNulls(_ value: Value) throws(FrameError) -> Column {
    func filled<Element: ColumnElement>(_ value: Element) -> Column {
      Column((0..<count).map { Element._read(self, $0) ?? value })
    }
    switch (type, value) {
    case (_, .null): return self
    case (.bool, .bool(let value)): return filled(value)
    case (.int64, .int64(let value)): return filled(value)
    case (.float64, .float64(let value)): return filled(value)
    case (.float64, .int64(let value)): return filled(Double(value))
    case (.date, .date(let value)): return filled(value)
    case (.datetime, .datetime(let value)): return filled(value)
    case (.string, .string(let value)): return filled(value)
    case (.category, .string(let value)): return filled(value).asCategory()
    default:
      throw FrameError(.type, "nulls of a column of type \(type) cannot be filled with \(value)")
    }
  }

  /// The same texts as a category: codes into a dictionary in order of first appearance.
  package func asCategory() -> Column {
    guard case .string(let texts) = storage else { return self }
    // By bytes: Swift takes canonically equivalent texts for equal, a file does not.
    var codeOf: [[UInt8]: Int32] = [:]
    var words: [String] = []
    let codes = FixedVector<Int32>(count: count) { row in
      guard !isNull(row) else { return 0 }
      let text = texts[row]
      let key = Array(text.utf8)
      if let code = codeOf[key] { return code }
      let code = Int32(words.count)
      codeOf[key] = code
      words.append(text)
      return code
    }
    return Column(
      storage: .category(codes, dictionary: StringVector(words)),
      validity: validity
    )
  }
}

extension Column: CustomStringConvertible {
  /// Type, length and the first values.
  public var description: String {
    let shown = (0..<Swift.min(count, 8)).map { self[$0].description }
    let dots = count > shown.count ? ", ..." : ""
    return "\(type) [\(shown.joined(separator: ", "))\(dots)], \(count) rows, \(nullCount) null"
  }
}

extension Column {
  /// The number of different values, nulls left out; texts differ when their bytes do.
  public var distinctCount: Int {
    func distinct<Key: Hashable>(_ key: (Int) -> Key) -> Int {
      var keys: Set<Key> = []
      for row in 0..<count where !isNull(row) { keys.insert(key(row)) }
      return keys.count
    }
    switch storage {
    case .bool(let bits): return distinct { bits[$0] }
    case .int64(let vector), .datetime(let vector): return distinct { vector[$0] }
    // NaN counts once, and -0 is 0.
    case .float64(let vector):
      return distinct { vector[$0].isNaN ? UInt64.max : (vector[$0] + 0).bitPattern }
    case .date(let vector): return distinct { vector[$0] }
    case .string(let texts): return distinct { texts.withBytes($0) { Array($0) } }
    case .category(let codes, _): return distinct { codes[$0] }
    }
  }
}

extension Column {
  /// Floats as the doubles of their shortest text, so that a CSV shows 0.1 and not 0.10000000149.
  package init(shortest floats: [Float]) {
    self.init(floats.map { Double($0.description) ?? Double($0) })
  }
}
