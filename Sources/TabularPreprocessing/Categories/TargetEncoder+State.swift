internal import TabularCSV
public import TabularFrame

extension TargetEncoder {
  /// What the target is, category by category.
  public struct State: FittingState {
    let encoder: TargetEncoder
    /// The classes seen; none where the target is a number.
    private(set) var classes = CategoryTable()
    /// All rows.
    private(set) var all: TargetMoments
    /// Whether the target was text in one chunk and numbers in another.
    private(set) var isMixed = false
    /// The categories of each column, and the target's moments of each.
    private(set) var parts: [(categories: CategoryTable, moments: TargetMoments)]

    init(encoder: TargetEncoder) {
      self.encoder = encoder
      let kind: TargetMoments.Kind = encoder.targetType == .continuous ? .numbers : .classes
      all = TargetMoments(kind, groups: 1)
      parts = encoder.columns.map { _ in (CategoryTable(), TargetMoments(kind)) }
    }

    /// Takes the rows of a chunk.
    ///
    /// - Throws: `PreprocessingError` when a column is missing or does not fit, or the target is
    ///   null.
    public mutating func observe(_ chunk: DataFrame) throws(PreprocessingError) {
      try TargetEncoding.refuseNulls(in: chunk, column: encoder.target)
      guard chunk.rowCount > 0 else { return }
      var columns: [Column] = []
      for name in encoder.columns { columns.append(try chunk.categories(name)) }
      let target = try targetValues(of: chunk)
      own()
      let count = max(1, classes.count)
      let rows = chunk.rowCount
      all.reserve(groups: 1, classes: count)
      all.add([Int32](repeating: 0, count: rows), target)
      parts.withUnsafeMutableBufferPointer { parts in
        let parts = SharedElements(parts)
        concurrently(columns.count, cells: columns.count * rows) { index in
          let table = parts[index].categories
          let codes = [Int32](unsafeUninitializedCapacity: rows) { codes, used in
            var coder = CategoryCoder(columns[index], table: table, mode: .insert)
            if let start = codes.baseAddress { coder.encode(0..<rows, into: start) }
            used = rows
          }
          parts[index].moments.reserve(groups: table.count, classes: count)
          parts[index].moments.add(codes, target)
        }
      }
    }

    /// The bytes of the categories.
    public var byteCount: Int { parts.reduce(0) { $0 + $1.categories.byteCount } }

    /// Takes what another state has gathered from other rows.
    public mutating func merge(_ other: State) {
      var other = other
      own()
      var classCodes: [Int] = []
      if all.kind == .classes, other.all.kind == .classes {
        classCodes = (0..<Int32(other.classes.count)).map {
          Int(classes.insert($0, of: other.classes))
        }
        if isNumeric(classes) {
          becomeNumbers()
          other.becomeNumbers()
        }
      } else {
        becomeNumbers()
        other.becomeNumbers()
      }
      let count = max(1, classes.count)
      // Where there are classes all of the other's have a code here; a free place counts nothing.
      func classOf(_ code: Int) -> Int { code < classCodes.count ? classCodes[code] : 0 }
      all.reserve(groups: 1, classes: count)
      isMixed = isMixed || other.isMixed
      all.merge(other.all, classOf: all.kind == .classes ? classOf : { $0 })
      for i in parts.indices {
        let theirs = other.parts[i].categories
        let codes = (0..<Int32(theirs.count)).map {
          Int(parts[i].categories.insert($0, of: theirs))
        }
        parts[i].moments.reserve(groups: parts[i].categories.count, classes: count)
        parts[i].moments.merge(
          other.parts[i].moments,
          group: { codes[$0] },
          classOf: all.kind == .classes ? classOf : { $0 }
        )
      }
    }

    /// The fitted encoder.
    ///
    /// - Throws: `PreprocessingError` without rows, or of kind `target` for one class only.
    public func finish() throws(PreprocessingError) -> FittedTargetEncoder {
      let target = try target()
      typealias Encodings = FittedTargetEncoder.Encodings
      let encodings = [Encodings](
        concurrently: parts.count,
        cells: parts.reduce(0) { $0 + $1.categories.count }
      ) { index in
        let (table, moments) = parts[index]
        let order = table.sortedCodes
        let values = zip(target.codes, target.summaries).map { code, summary in
          let encodings = moments.encodings(
            of: 0..<table.count,
            classCode: code,
            all: summary,
            smoothing: encoder.smoothing
          )
          return order.map { encodings[Int($0)] }
        }
        return Encodings(
          vocabulary: Vocabulary(column: encoder.columns[index], table: table.reordered(order)),
          values: values
        )
      }
      return FittedTargetEncoder(
        encodings: encodings,
        target: encoder.target,
        classes: all.kind == .classes
          ? classes.sortedCodes.compactMap { classes.category($0) } : nil,
        means: target.summaries.map(\.mean)
      )
    }
  }
}

// The target.
extension TargetEncoder.State {
  /// The target's rows as codes of classes, or as numbers.
  enum Target {
    case classes([Int32])
    case numbers([Double])
  }

  /// Output columns: the code of each one's class, or nil for numbers, and the moments of all rows.
  func target() throws(PreprocessingError) -> (
    codes: [Int?], summaries: [TargetMoments.Summary]
  ) {
    let name = encoder.target
    guard !isMixed else {
      throw PreprocessingError(
        .target,
        "the target '\(name)' is text in some chunks and numbers in others; read it as one type",
        column: name
      )
    }
    guard all.kind == .classes else {
      let summary = all.summary(of: 0, classCode: nil)
      guard summary.count > 0 else {
        throw PreprocessingError(.empty, "there are no rows to fit to", column: name)
      }
      return ([nil], [summary])
    }
    guard classes.count > 0 else {
      throw PreprocessingError(.empty, "there are no rows to fit to", column: name)
    }
    guard classes.count > 1 else {
      throw PreprocessingError(
        .target,
        "the target '\(name)' has one value only, '\(classes.category(0)?.description ?? "null")': "
          + "nothing to learn",
        column: name
      )
    }
    let sorted = classes.sortedCodes.map { Int($0) }
    let codes = sorted.count == 2 ? [sorted[1]] : sorted
    return (codes, codes.map { all.summary(of: 0, classCode: $0) })
  }

  /// The target of a chunk, which must be complete; new classes get a code.
  mutating func targetValues(of chunk: DataFrame) throws(PreprocessingError) -> Target {
    let name = encoder.target
    let column = try chunk.column(name)
    switch (column.type, encoder.targetType) {
    case (.int64, .continuous), (.float64, .continuous), (.float64, .automatic),
      (.bool, .continuous):
      becomeNumbers()
    case (.int64, _), (.bool, _): break
    case (.string, .automatic), (.category, .automatic), (.string, .classes), (.category, .classes):
      break
    default:
      throw PreprocessingError(
        .target,
        "the target '\(name)' is of type \(column.typeInWords), expected "
          + (encoder.targetType == .continuous
            ? "numbers" : encoder.targetType == .classes ? "classes" : "numbers or classes"),
        column: name
      )
    }
    if all.kind == .classes {
      if !isKnownUniquelyReferenced(&classes) { classes = classes.copy() }
      var coder = CategoryCoder(column, table: classes, mode: .insert)
      let codes = [Int32](unsafeUninitializedCapacity: column.count) { codes, used in
        if let start = codes.baseAddress { coder.encode(0..<column.count, into: start) }
        used = column.count
      }
      guard isNumeric(classes) else {
        guard classes.count <= TargetEncoder.mostClasses else {
          throw PreprocessingError(
            .target,
            "the target '\(name)' has more than \(TargetEncoder.mostClasses) classes",
            column: name
          )
        }
        return .classes(codes)
      }
      becomeNumbers()
    }
    let numbers = try NumberColumn(name, in: chunk)
    var values: [Double] = []
    values.reserveCapacity(numbers.count)
    for row in 0..<numbers.count {
      // Complete: a null was refused.
      values.append(try numbers.finite(row, name, in: chunk) ?? 0)
    }
    return .numbers(values)
  }

  /// Whether there are so many integers that they are numbers.
  private func isNumeric(_ classes: CategoryTable) -> Bool {
    guard encoder.targetType == .automatic, classes.count > TargetEncoder.largestClassCount else {
      return false
    }
    return (0..<Int32(classes.count)).allSatisfy { classes.key($0).kind == 1 }
  }

  /// Takes the classes so far for numbers, which loses nothing.
  private mutating func becomeNumbers() {
    guard all.kind == .classes else { return }
    let values = (0..<Int32(classes.count)).map { code in
      if classes.key(code).kind == 2 { isMixed = true }
      return switch classes.category(code) {
      case .int64(let value): Double(value)
      case .bool(true): 1.0
      default: 0.0
      }
    }
    // Only as many values as there are counts for.
    let known = Array(values.prefix(all.classCapacity))
    all = all.asNumbers(known)
    for i in parts.indices { parts[i].moments = parts[i].moments.asNumbers(known) }
    classes = CategoryTable()
  }

  /// Makes the tables this state's own, before it writes to them.
  private mutating func own() {
    if !isKnownUniquelyReferenced(&classes) { classes = classes.copy() }
    for i in parts.indices where !isKnownUniquelyReferenced(&parts[i].categories) {
      parts[i].categories = parts[i].categories.copy()
    }
  }
}

extension TargetMoments {
  /// Adds rows by their groups, for all of which there is room.
  mutating func add(_ groups: [Int32], _ target: TargetEncoder.State.Target) {
    groups.withUnsafeBufferPointer { groups in
      guard let start = groups.baseAddress else { return }
      switch target {
      case .classes(let codes):
        codes.withUnsafeBufferPointer { codes in
          if let codes = codes.baseAddress { add(start, classes: codes, count: groups.count) }
        }
      case .numbers(let values):
        values.withUnsafeBufferPointer { values in
          if let values = values.baseAddress { add(start, values: values, count: groups.count) }
        }
      }
    }
  }
}

extension TargetEncoder.State: SharedState {
  func put(into bytes: inout StateBytes) {
    classes.put(into: &bytes)
    all.put(into: &bytes)
    bytes.put(isMixed)
    for part in parts {
      part.categories.put(into: &bytes)
      part.moments.put(into: &bytes)
    }
  }

  mutating func take(from bytes: inout StateBytes) {
    classes = CategoryTable(from: &bytes)
    all.take(from: &bytes)
    isMixed = bytes.take()
    for i in parts.indices {
      parts[i].categories = CategoryTable(from: &bytes)
      parts[i].moments.take(from: &bytes)
    }
  }
}
