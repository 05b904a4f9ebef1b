import Testing

@testable import TabularLoading

struct SyntheticTitanicTests {
  typealias Passenger = SyntheticTitanic.Passenger

  @Test func hasThePublishedCounts() {
    let rows = SyntheticTitanic.rows(count: 891, seed: 1912)
    func count(_ sex: String, _ passengerClass: Int, survived: Bool) -> Int {
      rows.count {
        $0.sex == sex && $0.passengerClass == passengerClass && ($0.survived == 1) == survived
      }
    }
    #expect(rows.count == 891)
    #expect(rows.count { $0.survived == 1 } == 342)
    #expect((1...3).map { count("female", $0, survived: true) } == [91, 70, 72])
    #expect((1...3).map { count("female", $0, survived: false) } == [3, 6, 72])
    #expect((1...3).map { count("male", $0, survived: true) } == [45, 17, 47])
    #expect((1...3).map { count("male", $0, survived: false) } == [77, 91, 300])
    #expect(
      ["S", "C", "Q", nil].map { port in rows.count { $0.port == port } } == [644, 168, 77, 2]
    )
    #expect(rows.count { $0.age == nil } == 177)
    #expect(rows.count { $0.cabin == nil } == 687)
    #expect(
      (1...3).map { c in rows.count { $0.cabin != nil && $0.passengerClass == c } } == [
        176, 16, 12,
      ]
    )
    #expect(
      (1...3).map { c in rows.count { $0.age == nil && $0.passengerClass == c } } == [30, 11, 136]
    )
  }

  @Test(arguments: [0, 1, 2, 3, 7, 50, 100, 890, 1_309, 10_000])
  func keepsTheProportionsForOtherCounts(count: Int) {
    for seed in [0, 1, 1912] as [UInt64] {
      let rows = SyntheticTitanic.rows(count: count, seed: seed)
      #expect(rows.map(\.id) == Array(0..<count).map { $0 + 1 })
      let scale = Double(count) / 891
      func expect(_ found: Int, near published: Double, within cells: Double) {
        #expect(
          abs(Double(found) - published * scale) <= cells,
          "\(found) of \(count), seed \(seed)"
        )
      }
      // A sum of shares is off by one for each share at most.
      expect(rows.count { $0.survived == 1 }, near: 342, within: 6)
      expect(rows.count { $0.sex == "male" }, near: 577, within: 6)
      expect(rows.count { $0.passengerClass == 3 }, near: 491, within: 4)
      expect(rows.count { $0.port == "C" }, near: 168, within: 1)
      expect(rows.count { $0.age == nil }, near: 177, within: 1)
      expect(rows.count { $0.cabin == nil }, near: 687, within: 1)
    }
  }

  @Test func isTheSameEverywhere() {
    let rows = SyntheticTitanic.rows()
    #expect(rows == SyntheticTitanic.rows(count: 891, seed: 1912))
    #expect(rows != SyntheticTitanic.rows(count: 891, seed: 1913))
    // FNV-1a of all rows: another number is another list under the same seed.
    let hash = rows.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { hash, row in
      "\(row)".utf8.reduce(hash) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
    #expect(hash == 6_278_302_008_166_421_499)
  }

  @Test func writesItsFieldsInTheListsStyle() throws {
    let rows = SyntheticTitanic.rows()
    let style =
      /[A-Z][a-z]+, (Mr|Mrs|Miss|Master|Dr|Rev|Col|Major)\. [A-Z][a-z]+( [A-Z][a-z]+)?( "[A-Z][a-z]+"| \([A-Z][a-z]+( [A-Z][a-z]+)* [A-Z][a-z]+\))?/
    for row in rows {
      #expect(row.name.wholeMatch(of: style) != nil, "\(row.name)")
      #expect(row.name.contains("Mrs.") == row.name.contains("("))
      #expect(row.ticket.wholeMatch(of: /SYN [1-9][0-9]{5}/) != nil)
      #expect((row.fare * 10_000).rounded() / 10_000 == row.fare && (0..<520).contains(row.fare))
      #expect(row.cabin.map { $0.wholeMatch(of: /[A-G]\d+( [A-G]\d+)?/) != nil } ?? true)
      guard let age = row.age else { continue }
      #expect(age > 0 && age < 90)
      #expect(age < 1 ? (age * 100).rounded() / 100 == age : (age * 2).rounded() == age * 2)
    }
    #expect(rows.contains { $0.name.contains("\"") })
    #expect(rows.contains { ($0.age ?? 1) < 1 })
    #expect(rows.contains { $0.age.map { $0 >= 1 && $0.rounded() != $0 } ?? false })
  }

  @Test func sellsATicketToAParty() {
    for (ticket, party) in Dictionary(grouping: SyntheticTitanic.rows(), by: \.ticket) {
      #expect(Set(party.map(\.fare)).count == 1, "\(ticket)")
      #expect(Set(party.map(\.passengerClass)).count == 1, "\(ticket)")
    }
  }

  @Test func looksLikeTheList() {
    let rows = SyntheticTitanic.rows()
    func share(_ part: (Passenger) -> Bool, of whole: (Passenger) -> Bool = { _ in true }) -> Double
    {
      let chosen = rows.filter(whole)
      return Double(chosen.count(where: part)) / Double(chosen.count)
    }
    let known = rows.compactMap(\.age)
    print(
      "mean age \(known.reduce(0, +) / Double(known.count)), under 16: \(known.count { $0 < 16 })"
    )
    print("SibSp", (0...8).map { n in rows.count { $0.siblingsAndSpouses == n } })
    print("Parch", (0...8).map { n in rows.count { $0.parentsAndChildren == n } })
    for c in 1...3 {
      let fares = rows.filter { $0.passengerClass == c }.map(\.fare).sorted()
      print("fares of class \(c):", fares[0], fares[fares.count / 2], fares[fares.count - 1])
    }
    #expect((0.6...0.8).contains(share { $0.siblingsAndSpouses == 0 }))
    #expect((0.7...0.85).contains(share { $0.parentsAndChildren == 0 }))
    #expect((27...32).contains(known.reduce(0, +) / Double(known.count)))
    let survived = { (row: Passenger) in row.survived == 1 }
    #expect(share(survived) { ($0.age ?? 99) < 16 } > share(survived) { ($0.age ?? 0) >= 16 } + 0.1)
    // What a model can learn: women, and boys of the upper classes.
    let right = share { row in
      let isBoy = (row.age ?? 99) < 14 && row.passengerClass < 3
      return (row.sex == "female" || isBoy) == (row.survived == 1)
    }
    print("accuracy of women and upper-class boys: \(right)")
    #expect((0.78...0.85).contains(right))
  }

  @Test func dividesByLargestRemainder() {
    #expect(SyntheticTitanic.allot(10, over: [1, 1, 1]) == [4, 3, 3])
    #expect(SyntheticTitanic.allot(5, over: [2, 3, 4]) == [1, 2, 2])
    #expect(SyntheticTitanic.allot(0, over: [2, 3]) == [0, 0])
    #expect(SyntheticTitanic.allot(10, over: [8, 1, 1], room: [3, 5, 9]) == [3, 5, 2])
  }
}
