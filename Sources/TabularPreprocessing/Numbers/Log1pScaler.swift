internal import Foundation

/// Replaces numbers by `log(1 + x)`, as scikit-learn's `FunctionTransformer(numpy.log1p)`.
///
/// Made for counts and amounts of many magnitudes; a number of -1 or below has no logarithm, and is
/// an error that names its row, in the fit and later.
public struct Log1pScaler: Estimator, Codable {
  /// The columns, numeric.
  public let columns: [String]

  /// Creates a scaler of numeric columns.
  public init(columns: [String]) { self.columns = columns }

  /// A state that has seen no row.
  public func makeState() -> NumberState<FittedLog1pScaler> {
    NumberState(columns, needs: []) { columns, folds throws(PreprocessingError) in
      _ = try learned(columns, folds, to: "scale") { name, fold throws(PreprocessingError) in
        guard let low = fold.minimum, low > -1 else {
          throw PreprocessingError(
            .value,
            "column '\(name)' holds \(fold.minimum ?? .nan), and log1p takes numbers above -1; "
              + "scale it otherwise",
            column: name
          )
        }
      }
      return FittedLog1pScaler(columns: columns)
    }
  }
}

/// The logarithm of one more than each number.
public struct FittedLog1pScaler: NumberMap {
  /// `log1p`.
  public static var name: String { "log1p" }

  /// The columns, numeric.
  public let columns: [String]

  var kernels: [(column: String, kernel: NumberKernel)]? {
    columns.map { column in
      (
        column,
        { block, counts in
          for i in block.indices {
            guard !(block[i] <= -1) else {
              counts.refused = (i, "log1p takes numbers above -1")
              return
            }
            block[i] = log1p(block[i])
          }
        }
      )
    }
  }
}
