import TabularTensor
import Testing

@testable import TabularLoading

struct CollatableTests {
  @Test func makesTensorsOfNumbers() throws {
    #expect(Float.collated([1, 2]) == Tensor<Float>([1, 2]))
    #expect(Double.collated([1, 2]) == Tensor<Double>([1, 2]))
    #expect(Int64.collated([1, 2]) == Tensor<Int64>([1, 2]))
    #expect(Int.collated([1, 2]) == Tensor<Int64>([1, 2]))
    #expect(Bool.collated([true, false]) == Tensor<Bool>([true, false]))
    #expect(String.collated(["a", "b"]) == ["a", "b"])
    #expect(
      try [Float].collated([[1, 2], [3, 4], [5, 6]]) == Tensor([[1, 2], [3, 4], [5, 6]])
    )
    #expect(try [Double].collated([[], []]).shape == [2, 0])
  }

  @Test func refusesRaggedRows() {
    let error = #expect(throws: CollationError.self) {
      try [Float].collated([[1, 2], [3, 4], [5]])
    }
    #expect(error?.position == 2)
    #expect(error?.message == "it has 1 features, and the first row of the batch has 2")
  }

  @Test func joinsOptionalsOfOneKind() throws {
    #expect(try Int64?.collated([nil, nil]) == nil)
    #expect(try Int64?.collated([3, 4]) == Tensor<Int64>([3, 4]))
    let missing = #expect(throws: CollationError.self) { try Int64?.collated([1, nil]) }
    #expect(missing?.position == 1)
    let extra = #expect(throws: CollationError.self) { try Int64?.collated([nil, nil, 5]) }
    #expect(extra?.position == 2)
    #expect(extra?.message == "it has a value, and the first row of the batch has none")
  }

  @Test func collatesSamplesByPart() throws {
    let rows = [Sample(features: [Float(1)], target: 2), Sample(features: [3], target: 4)]
    let batch = try Sample.collated(rows)
    #expect(batch.features == Tensor<Float>([[1], [3]]))
    #expect(batch.target == Tensor<Int64>([2, 4]))
  }

  @Test func stacksTensorsAndJoinsDictionaries() throws {
    let tensors = try Tensor<Float>.collated([Tensor([1, 2]), Tensor([3, 4])])
    #expect(tensors == Tensor([[1, 2], [3, 4]]))
    let shape = #expect(throws: CollationError.self) {
      try Tensor<Float>.collated([Tensor([1]), Tensor([1, 2])])
    }
    #expect(shape?.message == "its shape is [2], and the first row of the batch has [1]")
    let rows: [[String: Float]] = [["a": 1, "b": 2], ["a": 3, "b": 4]]
    #expect(try [String: Float].collated(rows) == ["a": Tensor([1, 3]), "b": Tensor([2, 4])])
    let missing = #expect(throws: CollationError.self) {
      try [String: Float].collated([["a": 1], ["b": 2]])
    }
    #expect(missing?.description == "value 1 of the batch: it has no 'a', as the first row has")
    let extra = #expect(throws: CollationError.self) {
      try [String: Float].collated([["a": 1], ["a": 1, "b": 2]])
    }
    #expect(extra?.message == "the first row has no 'b'")
  }

  @Test func makesBatchesOfPairs() throws {
    struct Pairs: Dataset {
      let count = 3
      subscript(index: Int) -> ([Float], Int64) { ([Float(index)], Int64(index * 2)) }
    }
    let loader = try DataLoader(Pairs(), batchSize: 3)
    try loader.forEachBatch(epoch: 0) { batch in
      #expect(batch.features == Tensor([[0], [1], [2]]))
      #expect(batch.target == Tensor([0, 2, 4]))
    }
  }
}
