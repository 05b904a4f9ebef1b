public import TabularTensor

/// A value that knows how many of it make a batch.
///
/// Numbers and truth values become a tensor [rows], arrays of numbers a tensor [rows, columns],
/// texts an array, tensors one with the rows as a new first dimension, dictionaries a dictionary,
/// optional values what their values become or nil, and a `Sample` a `Sample`.
public protocol Collatable: Sendable {
  /// What the values of a batch become.
  associatedtype Collated: Sendable

  /// Puts the values of a batch together, one a row.
  ///
  /// - Throws: `CollationError` for the first value that does not go with those before it.
  static func collated(_ values: [Self]) throws(CollationError) -> Collated
}

/// A value that does not go together with the others of its batch.
public struct CollationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The position of the value in its batch, from 0.
  public let position: Int
  /// What was expected and what was found.
  public let message: String

  /// Creates an error about the value at a position of the batch.
  public init(position: Int, _ message: String) {
    self.position = position
    self.message = message
  }

  /// The position and the message.
  public var description: String { "value \(position) of the batch: \(message)" }
}

extension Float: Collatable {
  /// Puts the values into a tensor [rows].
  @inlinable
  public static func collated(_ values: [Float]) -> Tensor<Float> { Tensor(values) }
}

extension Double: Collatable {
  /// Puts the values into a tensor [rows].
  @inlinable
  public static func collated(_ values: [Double]) -> Tensor<Double> { Tensor(values) }
}

extension Int64: Collatable {
  /// Puts the values into a tensor [rows].
  @inlinable
  public static func collated(_ values: [Int64]) -> Tensor<Int64> { Tensor(values) }
}

extension Int: Collatable {
  /// Puts the values into a tensor [rows] of 64-bit integers.
  @inlinable
  public static func collated(_ values: [Int]) -> Tensor<Int64> { Tensor(values.map(Int64.init)) }
}

extension Bool: Collatable {
  /// Puts the values into a tensor [rows].
  @inlinable
  public static func collated(_ values: [Bool]) -> Tensor<Bool> { Tensor(values) }
}

extension String: Collatable {
  /// Leaves the texts as they are.
  @inlinable
  public static func collated(_ values: [String]) -> [String] { values }
}

extension Array: Collatable where Element: NumericTensorScalar {
  /// Puts the rows into a tensor [rows, columns].
  ///
  /// - Throws: `CollationError` for the first row that is not as long as the first one.
  @inlinable
  public static func collated(_ values: [[Element]]) throws(CollationError) -> Tensor<Element> {
    let width = values.first?.count ?? 0
    if let position = values.firstIndex(where: { $0.count != width }) {
      throw CollationError(
        position: position,
        "it has \(values[position].count) features, and the first row of the batch has \(width)"
      )
    }
    return Tensor(shape: [values.count, width]) { result in
      guard var slot = result.baseAddress, width > 0 else { return }
      for value in values {
        value.withUnsafeBufferPointer { row in
          if let first = row.baseAddress { slot.update(from: first, count: width) }
        }
        slot += width
      }
    }
  }
}

extension Tensor: Collatable {
  /// Puts tensors of one shape into one of shape [rows, ...].
  ///
  /// - Throws: `CollationError` for the first one of another shape than the first.
  public static func collated(_ values: [Tensor]) throws(CollationError) -> Tensor {
    guard let first = values.first else { return Tensor(zeros: [0]) }
    if let position = values.firstIndex(where: { $0.shape != first.shape }) {
      throw CollationError(
        position: position,
        "its shape is \(values[position].shape), and the first row of the batch has \(first.shape)"
      )
    }
    return Tensor(shape: Shape([values.count] + first.shape.dimensions)) { result in
      guard var slot = result.baseAddress else { return }
      for value in values {
        value.withUnsafeScalars { row in
          if let first = row.baseAddress { slot.update(from: first, count: row.count) }
        }
        slot += value.count
      }
    }
  }
}

extension Dictionary: Collatable where Key == String, Value: Collatable {
  /// Puts the values of each key together.
  ///
  /// - Throws: `CollationError` for the first row whose keys are not those of the first one, or whose
  ///   values do not go with those before them.
  @inlinable
  public static func collated(
    _ values: [[String: Value]]
  ) throws(CollationError) -> [String: Value.Collated] {
    var collated: [String: Value.Collated] = [:]
    guard let first = values.first else { return collated }
    for key in first.keys.sorted() {
      var column: [Value] = []
      column.reserveCapacity(values.count)
      for (position, row) in values.enumerated() {
        guard let value = row[key] else {
          throw CollationError(position: position, "it has no '\(key)', as the first row has")
        }
        column.append(value)
      }
      collated[key] = try Value.collated(column)
    }
    if let position = values.firstIndex(where: { $0.count != first.count }) {
      let more = values[position].keys.filter { first[$0] == nil }.sorted()
      throw CollationError(position: position, "the first row has no '\(more[0])'")
    }
    return collated
  }
}

extension Optional: Collatable where Wrapped: Collatable {
  /// Puts the values together; nil when all of them are.
  ///
  /// - Throws: `CollationError` for the first one that is nil where the first of the batch is not,
  ///   or the other way round.
  @inlinable
  public static func collated(_ values: [Wrapped?]) throws(CollationError) -> Wrapped.Collated? {
    let present = values.compactMap { $0 }
    if present.isEmpty { return nil }
    guard present.count == values.count else {
      let missing = values.first.flatMap(\.self) == nil
      let odd = values.firstIndex { ($0 == nil) != missing } ?? 0
      let message =
        missing
        ? "it has a value, and the first row of the batch has none"
        : "it has no value, and the first row of the batch has one"
      throw CollationError(position: odd, message)
    }
    return try Wrapped.collated(present)
  }
}

extension Sample: Collatable where Features: Collatable, Target: Collatable {
  /// Puts features and targets together, each for itself.
  ///
  /// - Throws: `CollationError` for the first row that does not go with those before it.
  @inlinable
  public static func collated(_ values: [Sample]) throws(CollationError)
    -> Sample<Features.Collated, Target.Collated>
  {
    Sample<Features.Collated, Target.Collated>(
      features: try Features.collated(values.map { $0.features }),
      target: try Target.collated(values.map { $0.target })
    )
  }
}
