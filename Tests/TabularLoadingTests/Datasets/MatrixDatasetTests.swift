import TabularFrame
import TabularPreprocessing
import TabularTensor
import Testing

@testable import TabularLoading

struct MatrixDatasetTests {
  let matrix = FeatureMatrix<Double>(
    features: Tensor([[1, 2], [3, 4], [5, 6]]),
    featureNames: ["a", "b"],
    labels: .classes(Tensor([0, 1, 2])),
    rowIDs: [RowID(record: 7), RowID(record: 8), RowID(file: 1, record: 0)]
  )

  @Test func gathersRowsInTheirOrder() {
    let (features, target) = MatrixDataset(matrix).batch([2, 0, 2])
    #expect(features == Tensor([[5, 6], [1, 2], [5, 6]]))
    #expect(target == .classes(Tensor([2, 0, 2])))
    #expect(MatrixDataset(matrix).rowID(at: 2) == RowID(file: 1, record: 0))
  }

  @Test func servesARowAsABatchOfOne() throws {
    let sample = try MatrixDataset(matrix)[1]
    #expect(sample == Sample(features: Tensor([[3, 4]]), target: .classes(Tensor([1]))))
  }

  @Test func hasValuesToRegressOrNone() {
    let features = Tensor<Float>([[1], [2]])
    let values = FeatureMatrix(
      features: features,
      featureNames: ["x"],
      labels: .values(Tensor([0.5, 1.5]))
    )
    #expect(MatrixDataset(values).batch([1]).target == .values(Tensor([1.5])))
    let none = FeatureMatrix(features: features, featureNames: ["x"])
    #expect(MatrixDataset(none).batch([1]).target == nil)
  }

  @Test func acceptsAMatrixWithoutColumnsOrRows() {
    let narrow = FeatureMatrix(features: Tensor<Float>(zeros: [3, 0]), featureNames: [])
    #expect(MatrixDataset(narrow).batch([0, 2]).features.shape == [2, 0])
    let empty = FeatureMatrix(features: Tensor<Float>(zeros: [0, 2]), featureNames: ["a", "b"])
    #expect(MatrixDataset(empty).batch([]).features.shape == [0, 2])
  }
}
