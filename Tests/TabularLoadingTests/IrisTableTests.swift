import Foundation
import Testing

@testable import TabularLoading

struct IrisTableTests {
  @Test func hasFiftyFlowersOfEachClass() {
    #expect(IrisTable.measurements.count == IrisTable.rowCount)
    #expect(IrisTable.measurements.allSatisfy { $0.count == IrisTable.featureNames.count })
    #expect(IrisTable.classNumbers.count { $0 == 1 } == 50)
    #expect(IrisTable.classNames[Int(IrisTable.classNumbers[149])] == "virginica")
    #expect(IrisTable.measurements[0] == [5.1, 3.5, 1.4, 0.2])
    #expect(IrisTable.measurements[149] == [5.9, 3.0, 5.1, 1.8])
  }

  @Test func equalsScikitLearn() throws {
    struct Reference: Decodable {
      let data: [[Double]]
      let target: [Int64]
    }
    // ../shared/reference, beside the checkout.
    let folder = URL(filePath: #filePath).appending(path: "../../../../shared/reference")
    guard let json = try? Data(contentsOf: folder.appending(path: "iris.json").standardized) else {
      print("skipped: no reference values at \(folder.standardized.path)")
      return
    }
    let reference = try JSONDecoder().decode(Reference.self, from: json)
    #expect(IrisTable.measurements == reference.data)
    #expect(IrisTable.classNumbers == reference.target)
  }
}
