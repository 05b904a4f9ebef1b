internal import TabularFrame

// What a party has in common: its ticket and fare, its port and its cabins.
extension SyntheticTitanic {
  mutating func sellTickets() {
    // No two parties get one number.
    let numbers = Permutation(
      count: max(900_000, parties.count),
      seed: generator.next(),
      epoch: 0
    )
    for (position, party) in parties.enumerated() {
      let fare = fare(of: party)
      for index in party.members {
        people[index].ticket = "SYN \(100_000 + numbers[position])"
        people[index].fare = fare
      }
    }
  }

  /// Pounds for the whole party, from pence (240 to the pound), to four digits.
  private mutating func fare(of party: Party) -> Double {
    guard let first = party.members.first else { return 0 }
    let person = people[first]
    if party.members.count == 1, person.isMale, !person.survived, generator.chance(3, in: 100) {
      return 0
    }
    let price: Int
    switch person.passengerClass {
    case 1:
      // From 25 pounds, with a long tail: a few suites cost 128 pounds and more.
      let skew = generator.unit()
      let suite = generator.chance(3, in: 100) ? 24_000 : 0
      price = 6_150 + Int(skew * skew * skew * 12_000) + suite
    case 2: price = generator.pick([2_520, 2_520, 2_940, 3_000, 3_120, 3_120, 3_120, 3_600])
    default:
      price = generator.pick([1_740, 1_860, 1_860, 1_865, 1_890, 1_895, 1_895, 1_932, 1_932, 2_280])
    }
    // A child pays half.
    let halves = party.members.reduce(0) { $0 + (people[$1].isChild ? 1 : 2) }
    return Double((price * max(halves, 2) / 2 * 10_000 + 120) / 240) / 10_000
  }

  /// Gives every party a port; the counts are exact, so a family may be parted at a boundary.
  mutating func assignPorts() {
    let totals = Self.allot(people.count, over: Self.portCounts)
    var room = classSizes
    var byClass: [[Int]] = []
    // The rarest first: what is left embarked at S.
    for port in [3, 2, 1] {
      let shares = Self.allot(totals[port], over: Self.portCountsByClass[port - 1], room: room)
      room = zip(room, shares).map { $0 - $1 }
      byClass.append(shares)
    }
    for passengerClass in 1...3 {
      let counts = byClass.map { $0[passengerClass - 1] }
      var ports: [String?] = Array(repeating: nil, count: counts[0])
      ports += Array(repeating: "Q", count: counts[1]) + Array(repeating: "C", count: counts[2])
      for (position, index) in membersInRandomOrder(passengerClass).joined().enumerated() {
        people[index].port = position < ports.count ? ports[position] : "S"
      }
    }
  }

  /// Gives cabins to as many people as have one on the list, most of them in first class.
  mutating func assignCabins() {
    let known = Self.allot(people.count, over: Self.cabinCounts)[0]
    let byClass = Self.allot(known, over: Self.cabinCountsByClass, room: classSizes)
    for passengerClass in 1...3 {
      var left = byClass[passengerClass - 1]
      for members in membersInRandomOrder(passengerClass) {
        let deck = generator.pick(
          [
            ["A", "B", "B", "C", "C", "C", "D", "E"], ["D", "E", "F", "F"], ["E", "F", "G", "G"],
          ][
            passengerClass - 1
          ]
        )
        let number = 1 + generator.below(120)
        let cabin = members.count < 3 ? "\(deck)\(number)" : "\(deck)\(number) \(deck)\(number + 2)"
        for index in members.prefix(left) { people[index].cabin = cabin }
        left = max(left - members.count, 0)
      }
    }
  }

  private mutating func membersInRandomOrder(_ passengerClass: Int) -> [[Int]] {
    var members = parties.map(\.members).filter { members in
      members.first.map { people[$0].passengerClass == passengerClass } ?? false
    }
    generator.shuffle(&members)
    return members
  }
}
