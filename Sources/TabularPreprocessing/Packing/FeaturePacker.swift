internal import TabularFrame
internal import TabularTensor

/// Collects the features of rows by column, each in the smallest of a few forms, and puts them
/// together to records at the end.
///
/// A form is given up for a wider one when a value does not fit; the values so far are in it to the
/// last bit, so that the rows' order and number say nothing about what comes out.
struct FeaturePacker<Scalar: FloatingTensorScalar> {
  /// One run of features.
  private enum Values {
    /// A feature's integers.
    case integers([Int32])
    /// The position within the run of the feature that is 1; -1 where none is.
    case indicators([Int32])
    /// A feature as it comes out.
    case scalars([Scalar])
  }

  /// How many rows are transformed at once.
  static var rowsAtOnce: Int { 1 << 16 }

  private let columnCount: Int
  private var runs: [(features: Range<Int>, values: Values)]
  private var rowCount = 0
  /// For each feature, the integers that lost digits.
  private(set) var rounded: [Int]

  /// Begins with no rows.
  ///
  /// - Parameters:
  ///   - runs: the features that are packed together: where there are several, columns of bools.
  ///   - columnCount: the number of features.
  init(runs: [Range<Int>], columnCount: Int) {
    self.columnCount = columnCount
    self.runs = runs.map { ($0, $0.count > 1 ? .indicators([]) : .integers([])) }
    rounded = Array(repeating: 0, count: columnCount)
  }

  /// Takes the next rows.
  mutating func append(_ columns: [Column], rows: Int) {
    var place = 0
    while place < runs.count {
      if append(columns, rows, toRun: place) { place += 1 }
    }
    rowCount += rows
  }

  /// Adds to a run; false where it has become several runs, which nothing was added to.
  private mutating func append(_ columns: [Column], _ rows: Int, toRun place: Int) -> Bool {
    let features = runs[place].features
    guard case .indicators(var codes) = runs[place].values else {
      let feature = features.lowerBound
      rounded[feature] += Self.append(columns[feature], rows, to: &runs[place].values)
      return true
    }
    runs[place].values = .integers([])
    let isSingle = Self.append(columns[features], rows, to: &codes)
    runs[place].values = .indicators(codes)
    if isSingle { return true }
    let single = features.map { feature -> (Range<Int>, Values) in
      let position = Int32(feature - features.lowerBound)
      return (feature..<(feature + 1), .integers(codes.map { $0 == position ? 1 : 0 }))
    }
    runs.replaceSubrange(place...place, with: single)
    return false
  }

  /// Adds the position of the bool that is true in each row; false, and nothing added, where a row
  /// has two, or a null.
  private static func append(_ columns: ArraySlice<Column>, _ rows: Int, to codes: inout [Int32])
    -> Bool
  {
    let start = codes.count
    codes.append(contentsOf: repeatElement(-1, count: rows))
    for (position, column) in columns.enumerated() {
      guard column.validity == nil, case .bool(let bits) = column.storage else {
        codes.removeLast(rows)
        return false
      }
      let isSingle = codes.withUnsafeMutableBufferPointer { codes in
        var isSingle = true
        bits.forEachTrue { row in
          isSingle = isSingle && codes[start + row] < 0
          codes[start + row] = Int32(position)
        }
        return isSingle
      }
      guard isSingle else {
        codes.removeLast(rows)
        return false
      }
    }
    return true
  }

  /// Adds a feature's values, in a wider form where they ask for it.
  ///
  /// - Returns: the number of integers that lost digits.
  private static func append(_ column: Column, _ rows: Int, to values: inout Values) -> Int {
    if case .integers(var integers) = values {
      values = .scalars([])
      if column.validity == nil, append(column.storage, to: &integers) {
        let rounded = integers.suffix(rows).count { Scalar(exactly: $0) == nil }
        values = .integers(integers)
        return rounded
      }
      values = .scalars(integers.map { Scalar($0) })
    }
    guard case .scalars(var scalars) = values else { preconditionFailure("indicators") }
    values = .integers([])
    var rounded = 0
    let more = [Scalar](unsafeUninitializedCapacity: rows) { room, count in
      if let start = room.baseAddress {
        rounded = column.write(0..<rows, to: start, stride: 1)
      }
      count = rows
    }
    scalars += more
    values = .scalars(scalars)
    return rounded
  }

  /// Adds integers or bools; false, and nothing added, where one has more than 32 bits.
  private static func append(_ storage: Column.Storage, to integers: inout [Int32]) -> Bool {
    switch storage {
    case .int64(let values):
      let all = UnsafeBufferPointer(start: values.pointer, count: values.count)
      guard all.allSatisfy({ Int32(exactly: $0) != nil }) else { return false }
      integers.append(contentsOf: all.lazy.map { Int32(truncatingIfNeeded: $0) })
    case .bool(let bits):
      let start = integers.count
      integers.append(contentsOf: repeatElement(0, count: bits.count))
      bits.forEachTrue { integers[start + $0] = 1 }
    default: return false
    }
    return true
  }
}

// Records.
extension FeaturePacker {
  /// The rows, packed; the packer is empty then.
  consuming func finish() -> PackedFeatures<Scalar> {
    var fields: [PackedField] = []
    var offset = 0
    for (features, values) in runs {
      let kind: PackedField.Kind
      var width = MemoryLayout<Scalar>.stride
      switch values {
      case .scalars: kind = .scalars
      case .integers(let integers):
        let bytes = Self.bytes(integers)
        (kind, width) = bytes < width ? (.integer(bytes: bytes), bytes) : (.scalars, width)
      case .indicators(let codes):
        width = Self.bytes(codes)
        kind = .indicators(bytes: width)
      }
      fields.append(PackedField(kind: kind, features: features, offset: offset))
      offset += width
    }
    let records = Buffer(uninitialized: rowCount * offset)
    for (place, field) in fields.enumerated() {
      let target = records.pointer + field.offset
      switch (field.kind, runs[place].values) {
      case (.scalars, .scalars(let values)): Self.write(values, target, offset)
      case (.scalars, .integers(let values)): Self.write(values.map { Scalar($0) }, target, offset)
      case (.integer(let bytes), .integers(let values)),
        (.indicators(let bytes), .indicators(let values)):
        switch bytes {
        case 1: Self.write(values.map { Int8(truncatingIfNeeded: $0) }, target, offset)
        case 2: Self.write(values.map { Int16(truncatingIfNeeded: $0) }, target, offset)
        default: Self.write(values, target, offset)
        }
      default: preconditionFailure("values of another kind than their field")
      }
      runs[place].values = .integers([])
    }
    return PackedFeatures(
      rowCount: rowCount,
      columnCount: columnCount,
      rowBytes: offset,
      fields: Self.joined(fields),
      records: records
    )
  }

  /// The bytes that hold each of some integers.
  private static func bytes(_ integers: [Int32]) -> Int {
    let (least, most) = (integers.min() ?? 0, integers.max() ?? 0)
    if Int8(exactly: least) != nil, Int8(exactly: most) != nil { return 1 }
    return Int16(exactly: least) != nil && Int16(exactly: most) != nil ? 2 : 4
  }

  // `target` has room for one value every `stride` bytes, at any address.
  private static func write<Value: BitwiseCopyable>(
    _ values: [Value],
    _ target: UnsafeMutableRawPointer,
    _ stride: Int
  ) {
    var place = target
    for value in values {
      place.storeBytes(of: value, as: Value.self)
      place += stride
    }
  }

  /// Makes one field of floats that follow one another.
  private static func joined(_ fields: [PackedField]) -> [PackedField] {
    var joined: [PackedField] = []
    for field in fields {
      if field.kind == .scalars, let last = joined.last, last.kind == .scalars {
        let features = last.features.lowerBound..<field.features.upperBound
        joined[joined.count - 1] = PackedField(
          kind: .scalars,
          features: features,
          offset: last.offset
        )
      } else {
        joined.append(field)
      }
    }
    return joined
  }
}
