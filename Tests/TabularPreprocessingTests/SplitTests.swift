import TabularCSV
import TabularFrame
import TabularPreprocessing
import Testing

struct SplitTests {
  /// `row` counts, `group` has 7 values and nulls, `day` comes in twos, `class` is rare in one value.
  private func table(_ rows: Int = 103) throws -> DataFrame {
    try DataFrame([
      ("row", Column((0..<rows).map { $0 })),
      ("group", Column((0..<rows).map { $0 % 8 == 7 ? nil : "g\($0 % 8)" })),
      ("day", Column((0..<rows).map { CalendarDate(daysSinceEpoch: Int32($0 * 37 % rows / 2)) })),
      ("class", Column((0..<rows).map { $0 % 10 == 0 })),
    ])
  }

  private func rows(_ frame: DataFrame) throws -> [Int] {
    try frame["row", as: Int.self].compactMap { $0 }
  }

  private func days(_ frame: DataFrame) throws -> [CalendarDate] {
    try frame["day", as: CalendarDate.self].compactMap { $0 }
  }

  private func groups(_ frame: DataFrame) throws -> Set<String> {
    Set(try frame["group", as: String.self].map { $0 ?? "null" })
  }

  private func checkFolds(_ folds: [Fold], of frame: DataFrame) throws {
    #expect(try folds.flatMap { try rows($0.test) }.sorted() == rows(frame))
    for fold in folds {
      #expect(try (rows(fold.train) + rows(fold.test)).sorted() == rows(frame))
      #expect(try rows(fold.train) == rows(fold.train).sorted())
    }
  }

  @Test func kFoldsPartTheRows() throws {
    let frame = try table()
    let folds = try frame.kFold(5, seed: 3)
    try checkFolds(folds, of: frame)
    // scikit-learn 1.9.1: [len(t) for _, t in KFold(5).split(range(103))]
    #expect(folds.map(\.test.rowCount) == [21, 21, 21, 20, 20])
    #expect(try rows(frame.kFold(5, seed: 3)[0].test) == rows(folds[0].test))
    #expect(try rows(frame.kFold(5, seed: 4)[0].test) != rows(folds[0].test))
  }

  @Test func aRowKeepsItsFoldWhereverItStands() throws {
    let frame = try table()
    let reversed = frame.iloc[Array((0..<103).reversed())]
    for (left, right) in zip(try frame.kFold(4), try reversed.kFold(4)) {
      #expect(try rows(left.test) == rows(right.test).sorted())
    }
  }

  @Test func stratifiedFoldsHoldEachValueAlike() throws {
    let frame = try table()
    let folds = try frame.stratifiedKFold(4, by: "class", seed: 1)
    try checkFolds(folds, of: frame)
    let rare = try folds.map { try $0.test["class", as: Bool.self].filter { $0 == true }.count }
    #expect(rare.sorted() == [2, 3, 3, 3])
    #expect(folds.allSatisfy { (25...26).contains($0.test.rowCount) })
  }

  @Test func groupsStayTogether() throws {
    let frame = try table()
    let folds = try frame.groupKFold(3, by: "group")
    try checkFolds(folds, of: frame)
    for fold in folds { #expect(try groups(fold.train).isDisjoint(with: groups(fold.test))) }
    let split = try frame.groupSplit(by: "group", testFraction: 0.3, seed: 2)
    #expect(try groups(split.train).isDisjoint(with: groups(split.test)))
    // ceil(0.3 * 8)
    #expect(try groups(split.test).count == 3)
    #expect(split.train.rowCount + split.test.rowCount == 103)
  }

  @Test func timeSeriesTestsWhatFollows() throws {
    let frame = try table()
    let folds = try frame.timeSeriesSplit(4, by: "day", gap: 2, maxTrainSize: 30)
    // scikit-learn 1.9.1: TimeSeriesSplit(4, gap=2, max_train_size=30).split(range(103))
    #expect(folds.map(\.train.rowCount) == [21, 30, 30, 30])
    #expect(folds.map(\.test.rowCount) == [20, 20, 20, 20])
    for fold in folds {
      let (last, first) = (try days(fold.train).max(), try days(fold.test).min())
      #expect(try #require(last) <= #require(first))
    }
    #expect(try rows(frame.timeSeriesSplit(4)[3].test) == Array(83..<103))
  }

  @Test func timeSplitsKeepRowsOfOneTimeTogether() throws {
    let (train, test) = try table().timeSplit(by: "day", testFraction: 0.2)
    #expect(test.rowCount >= 21 && train.rowCount + test.rowCount == 103)
    #expect(try #require(days(train).max()) < #require(days(test).min()))
  }

  @Test func keysDecideAlone() throws {
    let frame = try DataFrame([("id", Column((0..<1000).map { $0 % 300 }))])
    let (train, test) = try frame.keySplit(by: "id", testFraction: 0.2, seed: 9)
    let (left, right) = (
      Set(try train["id", as: Int.self].compactMap { $0 }),
      Set(try test["id", as: Int.self].compactMap { $0 })
    )
    #expect(left.isDisjoint(with: right))
    #expect((30...90).contains(right.count))
    // Rows added later, and the column become text: nothing moves.
    let more = try DataFrame([("id", Column((0..<1500).map { $0 < 300 ? "\($0)" : "new \($0)" }))])
    let later = try more.keySplit(by: "id", testFraction: 0.2, seed: 9)
    let stayed = Set(try later.test["id", as: String.self].compactMap { $0.flatMap { Int($0) } })
    #expect(stayed == right)
  }

  @Test func whatCannotBeSplitIsSaid() throws {
    let frame = try table(6)
    #expect(message { try frame.kFold(1) }.contains("1 folds of 6 rows"))
    #expect(message { try frame.kFold(7) }.contains("7 folds of 6 rows"))
    #expect(message { try DataFrame().kFold(2) }.contains("2 folds of 0 rows"))
    #expect(message { try frame.stratifiedKFold(6, by: "class") }.contains("take fewer folds"))
    #expect(message { try frame.groupKFold(9, by: "group") }.contains("9 folds of the 6 groups"))
    #expect(message { try frame.timeSeriesSplit(6) }.contains("too few for 6 folds"))
    #expect(message { try frame.timeSplit(by: "group") }.contains("expected dates"))
    #expect(message { try frame.groupSplit(by: "grop") }.contains("group"))
    #expect(message { try frame.keySplit(by: "row", testFraction: 1.5) }.contains("1.5"))
    let one = frame.iloc[0..<1]
    #expect(message { try one.groupSplit(by: "group") }.contains("leaves no group on one side"))
    #expect(message { try one.timeSplit(by: "day") }.contains("leaves no row on one side"))
    #expect(message { try one.keySplit(by: "row") }.contains("no row on one side"))
  }
}
