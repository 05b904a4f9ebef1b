import TabularTuning
import Testing

@Suite struct DirectionTests {
  @Test func preferences() {
    #expect(Direction.minimize.prefers(1, to: 2))
    #expect(!Direction.minimize.prefers(2, to: 1))
    #expect(Direction.maximize.prefers(2, to: 1))
  }

  @Test(arguments: Direction.allCases) func nothingIsWorseThanNaN(direction: Direction) {
    #expect(direction.prefers(1, to: .nan))
    #expect(!direction.prefers(.nan, to: 1))
    #expect(!direction.prefers(.nan, to: .nan))
  }
}
