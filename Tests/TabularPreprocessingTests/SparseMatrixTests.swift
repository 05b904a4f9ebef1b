import TabularPreprocessing
import TabularTensor
import Testing

struct SparseMatrixTests {
  let matrix = SparseMatrix(
    rows: 3,
    columns: 4,
    indptr: [0, 2, 2, 3],
    indices: [1, 3, 0],
    values: [2, -1, 0.5]
  )

  @Test func cellsRowsAndSum() {
    #expect(matrix[0, 1] == 2 && matrix[0, 0] == 0 && matrix[2, 0] == 0.5 && matrix[1, 3] == 0)
    #expect(matrix.row(0).map(\.column) == [1, 3])
    #expect(matrix.row(1).isEmpty)
    #expect(matrix.sum == 1.5)
  }

  @Test func becomesDense() {
    let dense: Tensor<Float> = matrix.dense()
    #expect(dense == Tensor<Float>([[0, 2, 0, -1], [0, 0, 0, 0], [0.5, 0, 0, 0]]))
  }
}
