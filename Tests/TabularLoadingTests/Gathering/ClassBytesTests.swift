import TabularFrame
import TabularTensor
import Testing

@testable import TabularLoading

struct ClassBytesTests {
  let count = 70_000

  func classes(below bound: Int, _ random: inout SplitMix64) -> Tensor<Int64> {
    Tensor((0..<count).map { _ in Int64(random.below(bound)) })
  }

  @Test(arguments: [2, 256])
  func gathersAsTheNumbersThemselves(bound: Int) throws {
    var random = SplitMix64(seed: testSeed)
    let classes = classes(below: bound, &random)
    let bytes = try #require(ClassBytes(classes))
    let ring = BufferRing(slots: 2)
    for _ in 0..<20 {
      let start = random.below(count - 100)
      let scattered = (0..<random.below(300)).map { _ in random.below(count) }
      for rows in [scattered, Array(start..<start + random.below(100)), [], [count - 1, 0]] {
        for context in [BatchContext.alone, BatchContext(worker: 1, ring: ring)] {
          #expect(
            bytes.gathered(rows, in: context) == classes.gathered(rows, in: context),
            "TABULAR_SEED=\(testSeed): \(rows)"
          )
        }
      }
    }
  }

  @Test(arguments: [-1, 256, Int64.max, .min])
  func holdsNoNumberThatIsNoByte(other: Int64) {
    var random = SplitMix64(seed: testSeed)
    var numbers = classes(below: 3, &random).scalars
    numbers[random.below(count)] = other
    #expect(ClassBytes(Tensor(numbers)) == nil)
    #expect(ClassBytes(Tensor([0, 1] as [Int64])) == nil)
  }
}
