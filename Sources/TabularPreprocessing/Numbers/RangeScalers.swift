/// A scale that is no reason to divide: 1 in its place.
///
/// Source: scikit-learn's `_handle_zeros_in_scale`, 10 times the distance of 1 to the next double.
func dividing(_ scale: Double) -> Double { scale < 10 * Double.ulpOfOne ? 1 : scale }

/// The error for a column whose numbers lie too far apart to be scaled.
func refusal(ofRange name: String) -> PreprocessingError {
  PreprocessingError(
    .value,
    "column '\(name)' holds numbers too large to scale: its range overflows",
    column: name
  )
}

/// Shifts and scales numbers to a range, as scikit-learn's `MinMaxScaler`; 0 to 1 unless told.
///
/// Numbers outside the range of the fit come out outside, and are counted.
public struct MinMaxScaler: Estimator, Codable {
  /// The columns, numeric.
  public let columns: [String]
  /// What the smallest and the largest number of the fit become.
  public let range: ClosedRange<Double>

  /// Creates a scaler of numeric columns.
  public init(columns: [String], range: ClosedRange<Double> = 0...1) {
    (self.columns, self.range) = (columns, range)
  }

  /// A state that has seen no row.
  public func makeState() -> NumberState<FittedMinMaxScaler> {
    NumberState(columns, needs: []) { [range] columns, folds throws(PreprocessingError) in
      FittedMinMaxScaler(
        scales: try learned(columns, folds, to: "scale by") {
          name,
          fold throws(PreprocessingError) in
          let (low, high) = (fold.minimum ?? 0, fold.maximum ?? 0)
          guard (high - low).isFinite else { throw refusal(ofRange: name) }
          let scale = (range.upperBound - range.lowerBound) / dividing(high - low)
          return FittedMinMaxScaler.Scale(
            column: name,
            minimum: low,
            maximum: high,
            scale: scale,
            shift: range.lowerBound - low * scale
          )
        }
      )
    }
  }
}

/// A scaler that knows the range of each column.
public struct FittedMinMaxScaler: NumberMap {
  /// `minmax`.
  public static var name: String { "minmax" }

  struct Scale: Codable, Sendable, Equatable {
    var column: String
    var minimum: Double
    var maximum: Double
    /// A number becomes `x * scale + shift`.
    var scale: Double
    var shift: Double
  }

  let scales: [Scale]

  /// The columns, numeric.
  public var columns: [String] { scales.map(\.column) }

  var kernels: [(column: String, kernel: NumberKernel)]? {
    scales.map { each in
      let (scale, shift, low, high) = (each.scale, each.shift, each.minimum, each.maximum)
      return (
        each.column,
        { block, counts in
          var outside = 0
          for i in block.indices {
            let value = block[i]
            outside &+= value < low || value > high ? 1 : 0
            block[i] = value * scale + shift
          }
          counts.outside += outside
        }
      )
    }
  }
}

/// Divides numbers by the largest magnitude, as scikit-learn's `MaxAbsScaler`: zeros stay zeros.
public struct MaxAbsScaler: Estimator, Codable {
  /// The columns, numeric.
  public let columns: [String]

  /// Creates a scaler of numeric columns.
  public init(columns: [String]) { self.columns = columns }

  /// A state that has seen no row.
  public func makeState() -> NumberState<FittedMaxAbsScaler> {
    NumberState(columns, needs: []) { columns, folds throws(PreprocessingError) in
      FittedMaxAbsScaler(
        scales: try learned(columns, folds, to: "scale by") { name, fold in
          let largest = max(abs(fold.minimum ?? 0), abs(fold.maximum ?? 0))
          return FittedMaxAbsScaler.Scale(column: name, divisor: dividing(largest))
        }
      )
    }
  }
}

/// A scaler that knows the largest magnitudes.
public struct FittedMaxAbsScaler: NumberMap {
  /// `maxabs`.
  public static var name: String { "maxabs" }

  struct Scale: Codable, Sendable, Equatable {
    var column: String
    var divisor: Double
  }

  let scales: [Scale]

  /// The columns, numeric.
  public var columns: [String] { scales.map(\.column) }

  var kernels: [(column: String, kernel: NumberKernel)]? {
    scales.map { scale in
      let divisor = scale.divisor
      return (scale.column, { block, _ in for i in block.indices { block[i] /= divisor } })
    }
  }
}
