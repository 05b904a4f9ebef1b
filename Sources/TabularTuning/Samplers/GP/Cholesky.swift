internal import COpenBLAS
internal import Foundation
internal import TabularTraining

/// The lower triangle whose product with its transpose is a symmetric matrix.
///
/// Matrices are row-major; one thread does the work, so that the bits are the same every time.
struct Cholesky: Sendable {
  let size: Int
  /// The triangle, with zeros above.
  private(set) var lower: [Double]

  /// Factors a matrix, of which the lower triangle is read; nil where it is not positive definite.
  init?(_ matrix: [Double], size: Int) {
    precondition(matrix.count == size * size, "\(matrix.count) elements, not \(size) x \(size)")
    BLAS.useOneThread
    self.size = size
    lower = matrix
    guard size > 0 else { return }
    var info: blasint = 0
    var (order, stride) = (blasint(size), blasint(size))
    // LAPACK counts by columns: its upper triangle is the lower one by rows.
    dpotrf_("U", &order, &lower, &stride, &info)
    guard info == 0 else { return nil }
    for row in 0..<size {
      for column in row + 1..<max(size, row + 1) { lower[row * size + column] = 0 }
    }
  }

  /// Half of the logarithm of the matrix's determinant.
  var halfLogDeterminant: Double {
    (0..<size).reduce(0) { $0 + log(lower[$1 * size + $1]) }
  }

  /// Replaces `right`, of size rows, by what the triangle takes to it.
  func solve(_ right: inout [Double], columns: Int = 1, transposed: Bool = false) {
    precondition(right.count == size * columns, "\(right.count) elements, not \(size) x \(columns)")
    guard !right.isEmpty else { return }
    let transpose = transposed ? CblasTrans : CblasNoTrans
    let (n, m) = (blasint(size), blasint(columns))
    if columns == 1 {
      cblas_dtrsv(CblasRowMajor, CblasLower, transpose, CblasNonUnit, n, lower, n, &right, 1)
    } else {
      cblas_dtrsm(
        CblasRowMajor,
        CblasLeft,
        CblasLower,
        transpose,
        CblasNonUnit,
        n,
        m,
        1,
        lower,
        n,
        &right,
        m
      )
    }
  }

  /// The lower triangle of the inverse of the matrix, with zeros above.
  func inverse() -> [Double] {
    guard size > 0 else { return [] }
    var inverse = lower
    var info: blasint = 0
    var (order, stride) = (blasint(size), blasint(size))
    // No element of the diagonal is 0, so that it cannot fail.
    dpotri_("U", &order, &inverse, &stride, &info)
    return inverse
  }
}
