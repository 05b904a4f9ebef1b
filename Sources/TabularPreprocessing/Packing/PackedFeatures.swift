internal import TabularCSV
package import TabularFrame
package import TabularTensor

/// The features of a table's rows in less memory than a matrix takes, row by row: what becomes a
/// number for each category stays one small code.
///
/// Each row is a record of fields: floats as they are, integers in as many bytes as they need, and
/// for columns of 0 and 1 of which no row has two, the number of the one that is 1. A category of a
/// hundred values takes a byte then, and not four hundred; its hundred floats are there in a batch
/// alone. What comes out is, to the last bit, what the recipe's matrix holds.
package struct PackedFeatures<Scalar: FloatingTensorScalar>: Sendable {
  /// The number of rows.
  package let rowCount: Int
  /// The number of features.
  package let columnCount: Int
  /// The bytes of a row.
  package let rowBytes: Int
  /// The fields of a row in the order of its features.
  let fields: [PackedField]
  /// The rows, one behind the other.
  let records: Buffer

  init(rowCount: Int, columnCount: Int, rowBytes: Int, fields: [PackedField], records: Buffer) {
    precondition(records.byteCount >= rowCount * rowBytes, "records of \(rowCount) rows")
    (self.rowCount, self.columnCount, self.rowBytes) = (rowCount, columnCount, rowBytes)
    (self.fields, self.records) = (fields, records)
  }

  /// The bytes of all rows.
  package var byteCount: Int { rowCount * rowBytes }
}

/// A run of features and where a record has them.
struct PackedField: Sendable, Equatable {
  /// How a record holds a run.
  enum Kind: Sendable, Equatable {
    /// As they come out.
    case scalars
    /// One integer of some bytes, 1, 2 or 4.
    case integer(bytes: Int)
    /// The position within the run of the one feature that is 1; below 0 where all are 0.
    case indicators(bytes: Int)
  }

  let kind: Kind
  /// The features.
  let features: Range<Int>
  /// The first byte in the record.
  let offset: Int
}

extension Recipe {
  /// Transforms a table as `applied` does, and its features into packed rows.
  ///
  /// Some rows are transformed at a time, so that no more than those are held in their full width.
  ///
  /// - Returns: the features; and the labels where the table has the recipe's target.
  /// - Throws: `PreprocessingError` that says what differs from the fitted table; of kind `leak` for
  ///   rows that a step which learns from the target was fitted to.
  package func packed<Scalar: FloatingTensorScalar>(
    _ frame: DataFrame,
    as type: Scalar.Type,
    report: inout TransformReport
  ) throws(PreprocessingError) -> (features: PackedFeatures<Scalar>, labels: Labels<Scalar>?) {
    let none = try transformed(frame.slice(0..<0), report: &report)
    var packer = FeaturePacker<Scalar>(runs: try runs(of: none), columnCount: featureNames.count)
    var start = 0
    while start < frame.rowCount {
      let end = min(frame.rowCount, start + FeaturePacker<Scalar>.rowsAtOnce)
      let part = try transformed(frame.slice(start..<end), report: &report)
      var columns: [Column] = []
      for name in featureNames { columns.append(try part.column(name)) }
      packer.append(columns, rows: end - start)
      start = end
    }
    for (name, count) in zip(featureNames, packer.rounded) where count > 0 {
      report.rounded[name, default: 0] += count
    }
    var labels: Labels<Scalar>?
    if let target, frame.columns.contains(target.column) {
      labels = try target.labels(of: frame, as: type)
    }
    return (packer.finish(), labels)
  }

  /// The features that one column's indicators are, and all others one by one.
  private func runs(of frame: DataFrame) throws(PreprocessingError) -> [Range<Int>] {
    var groups: [String: Int] = [:]
    var group = 0
    for case let step as FittedOneHotEncoder in steps {
      for column in step.columns {
        for name in step.outputNames(of: column) { groups[name] = group }
        group += 1
      }
    }
    var runs: [Range<Int>] = []
    var last: Int?
    for (position, name) in featureNames.enumerated() {
      let isBool = try frame.column(name).type == .bool
      let next = isBool ? groups[name] : nil
      if let next, next == last, let run = runs.popLast() {
        runs.append(run.lowerBound..<(position + 1))
      } else {
        runs.append(position..<(position + 1))
      }
      last = next
    }
    return runs
  }
}
