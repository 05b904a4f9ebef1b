import TabularFrame
import TabularPreprocessing
import Testing

struct StandardScalerTests {
  @Test(.enabled(if: Reference.isThere, "needs ../shared, the folder of reference values"))
  func answersAsScikitLearn() throws {
    let frame = try Reference.titanic()
    let expected = try #require(Reference.preprocessing()["fare_standard"] as? [String: Any])
    let first = try #require(expected["first"] as? [Double])
    let scaled = try StandardScaler(columns: ["Fare"]).fitted(to: frame).applied(to: frame)
    for (value, expected) in zip(try scaled.numbers("Fare"), first) {
      #expect(isClose(value, expected))
    }
  }
}
