import Testing

@testable import TabularTensor

struct TensorTests {
  @Test func isAValueAlignedTo64() {
    let a = Tensor<Float>([[1, 2], [3, 4]])
    var b = a
    b.withUnsafeMutableScalars { $0[0] = 9 }
    #expect(a.scalars == [1, 2, 3, 4])
    #expect(b.scalars == [9, 2, 3, 4])
    #expect(Int(bitPattern: a.buffer.pointer) % 64 == 0)
    #expect(a[1, 0] == 3)
    #expect(a.reshaped(to: [4])[3] == 4)
    #expect(a.description == "F32 [2, 2] [1.0, 2.0, 3.0, 4.0]")
  }

  @Test func comparesCountsAndFindsTheLargest() {
    let scores = Tensor<Float>([[0, 2, 2], [5, 1, 4], [-1, -3, -0.5]])
    let predicted = scores.argmax()
    #expect(predicted.scalars == [1, 0, 2])
    #expect((predicted .== Tensor<Int64>([1, 1, 2])).sum() == 2)
    #expect(scores.sum() == 9.5)
    #expect(Tensor<Double>([1, 2, 6]).mean() == 3)
    #expect(Tensor<Int64>([1, 2]).map { Float($0) / 2 }.scalars == [0.5, 1])
  }

  @Test func emptyTensorsHaveNoElements() {
    let empty = Tensor<Double>(zeros: [0, 3])
    #expect(empty.count == 0 && empty.scalars.isEmpty && empty.sum() == 0)
    #expect(empty.argmax().shape == [0])
  }

  @Test func anyTensorKeepsTypeAndShape() throws {
    let any = AnyTensor(Tensor<Int64>([1, 2, 3]))
    #expect(any.dtype == .int64 && any.shape == [3] && any.byteCount == 24)
    #expect(try Tensor<Int64>(any).scalars == [1, 2, 3])
    let error = #expect(throws: TensorError.self) { try Tensor<Float>(any) }
    #expect(error?.description == "expected F32, found I64 [3]")
  }
}
