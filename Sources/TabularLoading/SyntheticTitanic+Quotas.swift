internal import TabularFrame

// The published counts of the 891 rows, and how other totals are divided in their proportions.
extension SyntheticTitanic {
  /// How many there are of one sex, class and fate, and how many of those are children.
  ///
  /// The counts are published; the children are ours, so that more of them survive than of the
  /// adults of their sex and class.
  struct Cell {
    let isMale: Bool
    let passengerClass: Int
    let survived: Bool
    let count: Int
    let children: Int
  }

  static let cells = [
    Cell(isMale: false, passengerClass: 1, survived: true, count: 91, children: 2),
    Cell(isMale: false, passengerClass: 1, survived: false, count: 3, children: 0),
    Cell(isMale: false, passengerClass: 2, survived: true, count: 70, children: 10),
    Cell(isMale: false, passengerClass: 2, survived: false, count: 6, children: 0),
    Cell(isMale: false, passengerClass: 3, survived: true, count: 72, children: 20),
    Cell(isMale: false, passengerClass: 3, survived: false, count: 72, children: 16),
    Cell(isMale: true, passengerClass: 1, survived: true, count: 45, children: 3),
    Cell(isMale: true, passengerClass: 1, survived: false, count: 77, children: 0),
    Cell(isMale: true, passengerClass: 2, survived: true, count: 17, children: 9),
    Cell(isMale: true, passengerClass: 2, survived: false, count: 91, children: 0),
    Cell(isMale: true, passengerClass: 3, survived: true, count: 47, children: 12),
    Cell(isMale: true, passengerClass: 3, survived: false, count: 300, children: 24),
  ]

  /// S, C, Q and no port, of all rows.
  static let portCounts = [644, 168, 77, 2]
  /// By class: C, Q and no port; the rest embarked at S.
  static let portCountsByClass = [[85, 17, 66], [2, 3, 72], [2, 0, 0]]
  /// Known and missing, of all rows; then the known cabins by class.
  static let cabinCounts = [204, 687]
  static let cabinCountsByClass = [176, 16, 12]
  /// Missing and known, of all rows; then the missing ages by class.
  static let ageCounts = [177, 714]
  static let missingAgesByClass = [30, 11, 136]

  /// Divides a total in the proportion of the weights, by largest remainder; ties go to the first.
  ///
  /// A share that exceeds its `room` is cut, and the first shares with room get what was cut off.
  static func allot(_ total: Int, over weights: [Int], room: [Int]? = nil) -> [Int] {
    let sum = weights.reduce(0, +)
    let parts = weights.map { (total * $0).quotientAndRemainder(dividingBy: sum) }
    var shares = parts.map(\.quotient)
    let byRemainder = weights.indices.sorted {
      (parts[$1].remainder, $0) < (parts[$0].remainder, $1)
    }
    for index in byRemainder.prefix(total - shares.reduce(0, +)) { shares[index] += 1 }
    guard let room else { return shares }
    var cut = 0
    for index in shares.indices {
      cut += max(shares[index] - room[index], 0)
      shares[index] = min(shares[index], room[index])
    }
    for index in shares.indices {
      let more = min(cut, room[index] - shares[index])
      shares[index] += more
      cut -= more
    }
    return shares
  }

  /// The number of people of each class.
  var classSizes: [Int] {
    people.reduce(into: [0, 0, 0]) { $0[$1.passengerClass - 1] += 1 }
  }
}
