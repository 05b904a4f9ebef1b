/// Where a row came from: a file of the input, and a record in it.
///
/// It survives filtering, sorting, splitting and sharding; errors, batches and folds speak of it.
public struct RowID: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The file in the upper 24 bits, the record in the lower 40.
  package let rawValue: UInt64

  package init(rawValue: UInt64) { self.rawValue = rawValue }

  /// Creates an id; a file above 2^24 - 1 or a record above 2^40 - 1 traps.
  public init(file: Int = 0, record: Int) {
    precondition(file >= 0 && file < 1 << 24, "file \(file) of a row id")
    precondition(record >= 0 && record < 1 << 40, "record \(record) of a row id")
    rawValue = UInt64(file) << 40 | UInt64(record)
  }

  /// The ids of records of the first file; a negative position traps.
  package static func records(_ positions: [Int]) -> [RowID] {
    // The standard library writes into the one empty array of all threads for a capacity of 0.
    if positions.isEmpty { return [] }
    return [RowID](unsafeUninitializedCapacity: positions.count) { ids, count in
      // Without branches, so that it is done several rows at a time.
      var signs = 0
      for place in positions.indices {
        signs |= positions[place]
        ids.initializeElement(
          at: place,
          to: RowID(rawValue: UInt64(bitPattern: Int64(positions[place])))
        )
      }
      precondition(signs >= 0, "a record before the first")
      count = positions.count
    }
  }

  /// The position of the file among the inputs, from 0.
  public var file: Int { Int(rawValue >> 40) }
  /// The position of the data record in its file, from 0; bad records count too.
  public var record: Int { Int(rawValue & 0xFF_FFFF_FFFF) }

  /// By file, then by record.
  public static func < (left: RowID, right: RowID) -> Bool { left.rawValue < right.rawValue }

  /// The record, after the file where it is not the first.
  public var description: String { file == 0 ? "\(record)" : "\(file):\(record)" }
}
