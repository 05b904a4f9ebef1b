public import TabularPreprocessing
public import TabularTensor

/// The values of many rows, of which those of a batch are taken.
///
/// Tensors whose outermost extent is the rows, labels, arrays, and dictionaries and optional values
/// of these.
public protocol RowStorage: Sendable {
  /// The numbers of rows, all the same; none where any number will do, as for no value.
  var rowCounts: [Int] { get }

  /// The rows at some positions, in their order; a position that does not exist traps.
  ///
  /// - Parameters:
  ///   - rows: the positions.
  ///   - context: the batch that is being made, which has memory for tensors.
  /// - Returns: as many rows as positions.
  func gathered(_ rows: [Int], in context: BatchContext) -> Self

  /// Puts rows together that come from several places.
  ///
  /// - Parameters:
  ///   - parts: the rows of each place with the positions where they go; together each position
  ///     0 ..< count once.
  ///   - count: the rows of all parts.
  /// - Returns: the rows in the order of their positions.
  /// - Throws: `CollationError` where they do not go together.
  static func joined(
    _ parts: [(positions: [Int], rows: Self)],
    count: Int
  ) throws(CollationError) -> Self
}

extension Tensor: RowStorage {
  /// The outermost extent; a tensor without one traps.
  public var rowCounts: [Int] {
    precondition(shape.rank > 0, "rows of a tensor without dimensions")
    return [shape[0]]
  }

  private var rowBytes: Int {
    shape.dimensions.dropFirst().reduce(MemoryLayout<Scalar>.stride, *)
  }

  /// The rows at some positions, of shape [rows, ...].
  public func gathered(_ rows: [Int], in context: BatchContext) -> Tensor {
    precondition(shape.rank > 0, "rows of a tensor without dimensions")
    let width = rowBytes
    let result = context.buffer(byteCount: rows.count * width)
    rows.withUnsafeBufferPointer { rows in
      gatherRows(
        rows,
        of: width,
        from: buffer.pointer,
        rowCount: shape[0],
        to: result.pointer,
        in: context
      )
    }
    var extents = shape.dimensions
    extents[0] = rows.count
    return Tensor(shape: Shape(extents), buffer: result)
  }

  /// Puts rows together.
  ///
  /// - Throws: `CollationError` where the shapes of rows differ.
  public static func joined(
    _ parts: [(positions: [Int], rows: Tensor)],
    count: Int
  ) throws(CollationError) -> Tensor {
    guard let first = parts.first?.rows else { return Tensor(zeros: [0]) }
    let inner = first.shape.dimensions.dropFirst()
    for (positions, rows) in parts where rows.shape.dimensions.dropFirst() != inner {
      throw CollationError(
        position: positions.first ?? 0,
        "a row of shape \(Shape(Array(rows.shape.dimensions.dropFirst()))), and the first has "
          + "\(Shape(Array(inner)))"
      )
    }
    let result = Buffer(uninitialized: count * first.rowBytes)
    for (positions, rows) in parts {
      for (row, position) in positions.enumerated() {
        (result.pointer + position * first.rowBytes).copyMemory(
          from: rows.buffer.pointer + row * first.rowBytes,
          byteCount: first.rowBytes
        )
      }
    }
    return Tensor(shape: Shape([count] + inner), buffer: result)
  }
}

extension Labels: RowStorage {
  /// The number of labels.
  public var rowCounts: [Int] { [count] }

  /// The labels at some positions.
  public func gathered(_ rows: [Int], in context: BatchContext) -> Labels {
    switch self {
    case .classes(let tensor): .classes(tensor.gathered(rows, in: context))
    case .values(let tensor): .values(tensor.gathered(rows, in: context))
    }
  }

  /// Puts labels together.
  ///
  /// - Throws: `CollationError` where some are classes and others values.
  public static func joined(
    _ parts: [(positions: [Int], rows: Labels)],
    count: Int
  ) throws(CollationError) -> Labels {
    var classes: [(positions: [Int], rows: Tensor<Int64>)] = []
    var values: [(positions: [Int], rows: Tensor<Scalar>)] = []
    for (positions, rows) in parts {
      switch rows {
      case .classes(let tensor): classes.append((positions, tensor))
      case .values(let tensor): values.append((positions, tensor))
      }
    }
    guard classes.isEmpty || values.isEmpty else {
      throw CollationError(
        position: (classes.last?.positions ?? values.last?.positions)?.first ?? 0,
        "classes and values to regress do not go together"
      )
    }
    return values.isEmpty
      ? .classes(try .joined(classes, count: count)) : .values(try .joined(values, count: count))
  }
}

extension Array: RowStorage where Element: Collatable {
  /// The number of elements.
  public var rowCounts: [Int] { [count] }

  /// The elements at some positions.
  public func gathered(_ rows: [Int], in context: BatchContext) -> [Element] {
    rows.map { self[$0] }
  }

  /// Puts elements together.
  public static func joined(
    _ parts: [(positions: [Int], rows: [Element])],
    count: Int
  ) -> [Element] {
    var places: [Element?] = Array<Element?>(repeating: nil, count: count)
    for (positions, rows) in parts {
      for (position, row) in zip(positions, rows) { places[position] = row }
    }
    return places.compactMap { $0 }
  }
}

extension Optional: RowStorage where Wrapped: RowStorage {
  /// The rows of the value; none where there is no value.
  public var rowCounts: [Int] { map(\.rowCounts) ?? [] }

  /// The rows of the value at some positions; nil where there is none.
  public func gathered(_ rows: [Int], in context: BatchContext) -> Wrapped? {
    map { $0.gathered(rows, in: context) }
  }

  /// Puts values together; nil where there is none.
  ///
  /// - Throws: `CollationError` where some are nil and others are not.
  public static func joined(
    _ parts: [(positions: [Int], rows: Wrapped?)],
    count: Int
  ) throws(CollationError) -> Wrapped? {
    let there = parts.compactMap { part in part.rows.map { (positions: part.positions, rows: $0) } }
    if there.isEmpty { return nil }
    guard there.count == parts.count else {
      let odd = parts.first { $0.rows == nil }
      throw CollationError(
        position: odd?.positions.first ?? 0,
        "it has no value, and others of the batch have one"
      )
    }
    return try Wrapped.joined(there, count: count)
  }
}

extension Dictionary: RowStorage where Key == String, Value: RowStorage {
  /// The rows of the values.
  public var rowCounts: [Int] { values.flatMap(\.rowCounts) }

  /// The rows of each value.
  public func gathered(_ rows: [Int], in context: BatchContext) -> [Key: Value] {
    mapValues { $0.gathered(rows, in: context) }
  }

  /// Puts the values of each key together.
  ///
  /// - Throws: `CollationError` where the keys differ.
  public static func joined(
    _ parts: [(positions: [Int], rows: [Key: Value])],
    count: Int
  ) throws(CollationError) -> [Key: Value] {
    var joined: [Key: Value] = [:]
    let keys = parts.first.map { Set($0.rows.keys) } ?? []
    if let odd = parts.first(where: { Set($0.rows.keys) != keys }) {
      throw CollationError(
        position: odd.positions.first ?? 0,
        "its keys are not those of the first"
      )
    }
    for key in keys {
      let rows = parts.compactMap { part in
        part.rows[key].map { (positions: part.positions, rows: $0) }
      }
      joined[key] = try Value.joined(rows, count: count)
    }
    return joined
  }
}
