import Foundation
import TabularPreprocessing
import TabularTensor
import TabularTraining
import Testing

struct LossTests {
  @Test func givesTheMeansOfPyTorch() throws {
    // log 2 = 0.693147; -log sigmoid(2) = 0.126928
    #expect(
      abs(
        try Loss.binaryCrossEntropyWithLogits(Tensor([[0], [2]]), Tensor<Int64>([0, 1])) - 0.4100376
      )
        < 1e-6
    )
    // log 3 = 1.098612; log(e^1 + e^2 + e^3) - 3 = 0.407606
    #expect(
      abs(
        try Loss.crossEntropy(Tensor([[5, 5, 5], [1, 2, 3]]), Tensor<Int64>([1, 2])) - 0.753109
      )
        < 1e-6
    )
    #expect(try Loss.meanSquaredError(Tensor([[1], [5]]), Tensor<Float>([2, 2])) == 5)
  }

  @Test func staysFiniteAtLargeOutputs() throws {
    let large = Tensor<Float>([[1e4], [-1e4]])
    #expect(try Loss.binaryCrossEntropyWithLogits(large, Tensor<Int64>([1, 0])) == 0)
    #expect(try Loss.binaryCrossEntropyWithLogits(large, Tensor<Int64>([0, 1])) == 1e4)
    #expect(try Loss.crossEntropy(Tensor([[1e4, -1e4]]), Tensor<Int64>([1])) == 2e4)
  }

  @Test func predicts() {
    let two = Loss.binaryCrossEntropyWithLogits.predictions(from: Tensor([[0], [-1e4], [1]]))
    #expect(two.classes == Tensor([0, 0, 1]))
    #expect(two.probabilities?.shape == [3, 2])
    #expect(two.probabilities?[0, 0] == 0.5)
    #expect(two.probabilities?[1, 0] == 1)
    #expect(abs((two.probabilities?[2, 1] ?? 0) - 0.731_058_6) < 1e-6)

    let three = Loss.crossEntropy.predictions(from: Tensor([[1, 3, 2], [1e4, 0, 0]]))
    #expect(three.classes == Tensor([1, 0]))
    #expect(abs((three.probabilities?[0, 1] ?? 0) - 0.665_241) < 1e-6)
    #expect(three.probabilities?[1, 0] == 1)

    let value = Loss.meanSquaredError.predictions(from: Tensor([[4]]))
    #expect(value.outputs == Tensor([[4]]))
    #expect(value.probabilities == nil && value.classes == nil)
  }

  @Test func refusesLabelsThatItCannotTake() {
    func message(_ loss: Loss, _ outputs: Tensor<Float>, _ labels: some LabelsConvertible) -> String
    {
      do throws(TrainingError) {
        _ = try loss(outputs, labels)
        return "nothing thrown"
      } catch {
        return error.message
      }
    }
    let one = Tensor<Float>([[0], [0]])
    #expect(
      message(.binaryCrossEntropyWithLogits, one, Tensor<Int64>([0, 2]))
        == "row 1 has class 2, expected 0 to 1"
    )
    #expect(
      message(.binaryCrossEntropyWithLogits, one, Tensor<Float>([.nan, 0]))
        == "row 0 has the value nan, expected 0 to 1"
    )
    #expect(
      message(.meanSquaredError, one, Tensor<Int64>([0, 1]))
        == "meanSquaredError takes values, the labels are classes"
    )
    #expect(
      message(.crossEntropy, one, Tensor<Int64>([0, 0])).hasSuffix(
        "the model has 1; one output goes with binaryCrossEntropyWithLogits"
      )
    )
    #expect(
      message(.meanSquaredError, Tensor(zeros: [0, 1]), Tensor<Float>(zeros: [0]))
        == "a loss over no rows"
    )
  }
}
