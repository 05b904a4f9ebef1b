/// Something that computes: memory, a queue of work, and the kernels that layers and losses call.
///
/// Layers hold no element loop and no address of their own: they name matrices and call kernels.
/// So a device is what has to be written for another kind of processor, and nothing else. The
/// kernels run on the thread that calls them, in order; `start` moves a whole replica's work to
/// the device.
public protocol Device: AnyObject, Sendable, CustomStringConvertible {
  /// The name that people and logs use, such as `cpu:0`.
  var name: String { get }

  /// Allocates floats in the device's memory, all zero.
  ///
  /// - Throws: `OutOfMemory` when less is left.
  func allocate(_ count: Int) throws(OutOfMemory) -> DeviceMemory
  /// What the device's memory is used for.
  var memory: DeviceMemoryUse { get }
  /// Gives memory that nobody uses back to the system.
  func emptyCache()
  /// Counts `memory.peak` from what is in use now.
  func resetPeakMemory()

  /// Queues work, which runs after all work queued before; returns the ticket to wait for.
  func start(_ work: @escaping @Sendable () -> Void) -> Int
  /// Blocks until the work of a ticket is done, and makes its writes visible.
  func wait(for ticket: Int)

  /// Computes `result = left · right`, or adds the product to `result` when `accumulating`.
  ///
  /// `result` is [left rows, right columns], counted after transposition.
  func multiply(
    _ left: Operand,
    _ right: Operand,
    into result: DeviceMatrix,
    accumulating: Bool
  )
  /// Writes rows as columns.
  func transpose(_ matrix: DeviceMatrix, into result: DeviceMatrix)
  /// Writes `row` [1, columns] into each row of `result` [rows, columns].
  func broadcast(_ row: DeviceMatrix, into result: DeviceMatrix)
  /// Writes the sum of the rows of `matrix` [rows, columns] into `row` [1, columns], first to last.
  func sumRows(of matrix: DeviceMatrix, into row: DeviceMatrix)
  /// Writes max(x, 0) of each element; a NaN stays one.
  func rectify(_ matrix: DeviceMatrix, into result: DeviceMatrix)
  /// Writes `gradient` where `activation` is above 0, and 0 elsewhere.
  func rectifyGradient(
    _ gradient: DeviceMatrix,
    where activation: DeviceMatrix,
    into result: DeviceMatrix
  )
  /// Writes a function of each element.
  func activate(_ activation: Activation, _ matrix: DeviceMatrix, into result: DeviceMatrix)
  /// Writes `gradient` times the function's derivative; `input` and `output` are those of
  /// `activate`.
  func activationGradient(
    _ activation: Activation,
    _ gradient: DeviceMatrix,
    input: DeviceMatrix,
    output: DeviceMatrix,
    into result: DeviceMatrix
  )
  /// Writes `(x - mean) / √(variance + epsilon) · weight + bias` of each row, with the biased
  /// variance, and each row's mean and inverse deviation into `moments` [rows, 2].
  ///
  /// `weight` and `bias` are [1, columns]; nil stands for ones and zeros.
  func normalizeRows(
    _ matrix: DeviceMatrix,
    weight: DeviceMatrix?,
    bias: DeviceMatrix?,
    epsilon: Float,
    moments: DeviceMatrix,
    into result: DeviceMatrix
  )
  /// Writes the gradients of what `normalizeRows` took, where they are asked for.
  func normalizeRowsGradient(
    _ gradient: DeviceMatrix,
    input: DeviceMatrix,
    weight: DeviceMatrix?,
    moments: DeviceMatrix,
    weightGradient: DeviceMatrix?,
    biasGradient: DeviceMatrix?,
    into result: DeviceMatrix?
  )
  /// Writes each column's mean, and the sum of the squared distances from it; both [1, columns].
  func columnMoments(of matrix: DeviceMatrix, means: DeviceMatrix, squares: DeviceMatrix)
  /// Writes `1 / √(x / divisor + epsilon)` of each element.
  func inverseRoots(
    of matrix: DeviceMatrix,
    divisor: Float,
    epsilon: Float,
    into result: DeviceMatrix
  )
  /// Writes `(x - mean) · inverse · weight + bias` of each column; all but the matrix [1, columns].
  func normalizeColumns(
    _ matrix: DeviceMatrix,
    means: DeviceMatrix,
    inverses: DeviceMatrix,
    weight: DeviceMatrix?,
    bias: DeviceMatrix?,
    into result: DeviceMatrix
  )
  /// Writes the gradients of what `normalizeColumns` took, where means and inverses are those of the
  /// input's own rows.
  func normalizeColumnsGradient(
    _ gradient: DeviceMatrix,
    input: DeviceMatrix,
    means: DeviceMatrix,
    inverses: DeviceMatrix,
    weight: DeviceMatrix?,
    weightGradient: DeviceMatrix,
    biasGradient: DeviceMatrix,
    into result: DeviceMatrix?
  )
  /// Writes 0 with a probability, and 1 / (1 - probability) otherwise.
  func drawFactors(
    probability: Float,
    _ randomness: RowRandomness,
    into factors: DeviceMatrix
  )
  /// Writes the rows of `table` that a column of `ids` names into the columns of `result` from
  /// `offset` on; ids are whole numbers within the table.
  func gatherRows(
    of table: DeviceMatrix,
    ids: DeviceMatrix,
    column: Int,
    into result: DeviceMatrix,
    at offset: Int
  )
  /// Writes for each row of `table` the sum of those rows of `gradient`, its columns from `offset`
  /// on, whose id names it, first to last.
  func scatterRows(
    of gradient: DeviceMatrix,
    at offset: Int,
    ids: DeviceMatrix,
    column: Int,
    into table: DeviceMatrix
  )
  /// Writes some columns of a matrix into the columns of `result` from `offset` on.
  func copyColumns(
    _ columns: Range<Int>,
    of matrix: DeviceMatrix,
    into result: DeviceMatrix,
    at offset: Int
  )
  /// Writes `left · right`, element by element.
  func multiply(_ left: DeviceMatrix, _ right: DeviceMatrix, into result: DeviceMatrix)
  /// Writes one value into all elements.
  func fill(_ matrix: DeviceMatrix, with value: Float)
  /// Writes `left + right` into `left`, element by element.
  func add(_ right: DeviceMatrix, to left: DeviceMatrix)
  /// Writes zeros.
  func clear(_ matrix: DeviceMatrix)

  /// The sum of a loss over rows, and its derivative by each output where `gradient` is given.
  ///
  /// `outputs` is [rows, width], `gradient` has its shape; both the sum and the derivatives are
  /// not yet divided by the normaliser, which is given too. The formulas stand at `Loss`. Where there
  /// are `weights`, one a row, the row's term, derivatives and part of the normaliser are multiplied
  /// by its own.
  func lossSum(
    _ loss: Loss,
    outputs: DeviceMatrix,
    targets: Targets,
    weights: UnsafePointer<Float>?,
    gradient: DeviceMatrix?
  ) -> LossSum
}

/// A function of one element; the formulas stand at the layers of these names.
public enum Activation: Sendable, Hashable {
  /// The Gaussian error linear unit by the error function.
  case gelu
  /// The Gaussian error linear unit by the hyperbolic tangent.
  case tanhGELU
  /// The sigmoid linear unit.
  case silu
  /// The logistic function.
  case sigmoid
  /// The hyperbolic tangent.
  case tanh
}

extension Device {
  /// The device's name.
  public var description: String { name }
}

/// Floats in the memory of one device, aligned to 64 bytes, released with this object.
///
/// Whoever holds it sees to it that one thread at a time touches the floats.
public final class DeviceMemory {
  /// The first float.
  public let base: UnsafeMutablePointer<Float>
  /// The number of floats.
  public let count: Int
  private let release: (UnsafeMutablePointer<Float>) -> Void

  /// Adopts memory that `release` gives back.
  public init(
    base: UnsafeMutablePointer<Float>,
    count: Int,
    release: @escaping (UnsafeMutablePointer<Float>) -> Void
  ) {
    self.base = base
    self.count = count
    self.release = release
  }

  deinit { release(base) }

  /// The first `rows * columns` floats as a matrix; more than there are trap.
  public func matrix(rows: Int, columns: Int) -> DeviceMatrix {
    precondition(rows * columns <= count, "a [\(rows), \(columns)] matrix in \(count) floats")
    return DeviceMatrix(base: base, rows: rows, columns: columns)
  }
}

/// A row-major matrix in the memory of a device.
///
/// A view that owns nothing: the pointer is valid as long as the memory, tensor or batch behind it,
/// which the one who makes the view keeps alive and in place during every call that gets the view.
/// A kernel writes only the arguments that it names as results.
public struct DeviceMatrix {
  /// The first float.
  public let base: UnsafeMutablePointer<Float>
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int

  /// Names `rows * columns` floats from `base`.
  public init(base: UnsafeMutablePointer<Float>, rows: Int, columns: Int) {
    self.base = base
    self.rows = rows
    self.columns = columns
  }

  /// Names floats that are only read.
  init(reading base: UnsafePointer<Float>, rows: Int, columns: Int) {
    self.init(base: UnsafeMutablePointer(mutating: base), rows: rows, columns: columns)
  }

  /// The number of elements.
  public var count: Int { rows * columns }

  /// The rows of a range; one outside the matrix traps.
  public func rows(_ range: Range<Int>) -> DeviceMatrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
    return DeviceMatrix(
      base: base + range.lowerBound * columns,
      rows: range.count,
      columns: columns
    )
  }
}

/// A factor of a matrix product.
public enum Operand {
  /// The matrix as it is.
  case plain(DeviceMatrix)
  /// The matrix with rows and columns exchanged.
  case transposed(DeviceMatrix)
}

/// What the rows of a loss are compared with, in the memory of a device; a view that owns nothing.
public enum Targets {
  /// Class numbers, one a row, each within the outputs.
  case classes(UnsafePointer<Int64>)
  /// Values, one a row.
  case values(UnsafePointer<Float>)

  /// The targets from a row on.
  func dropFirst(_ rows: Int) -> Targets {
    switch self {
    case .classes(let base): .classes(base + rows)
    case .values(let base): .values(base + rows)
    }
  }
}
