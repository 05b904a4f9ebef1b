internal import TabularFrame

// Who travels with whom, and how old they are.
extension SyntheticTitanic {
  /// Makes families, couples and friends of the people of each class; the others travel alone.
  mutating func formParties() {
    for passengerClass in 1...3 {
      var (men, women, children): ([Int], [Int], [Int]) = ([], [], [])
      for (index, person) in people.enumerated() where person.passengerClass == passengerClass {
        if person.isChild {
          children.append(index)
        } else if person.isMale {
          men.append(index)
        } else {
          women.append(index)
        }
      }
      let size = men.count + women.count + children.count
      generator.shuffle(&men)
      generator.shuffle(&women)
      generator.shuffle(&children)
      while !children.isEmpty { formFamily(passengerClass, &children, &men, &women) }
      let couples = size * [11, 7, 2][passengerClass - 1] / 100
      for _ in 0..<min(couples, men.count, women.count) {
        formCouple(men.removeLast(), women.removeLast(), with: [])
      }
      for _ in 0..<min(size * [3, 3, 1][passengerClass - 1] / 100, women.count / 2) {
        formParentAndGrownChild(women.removeLast(), women.removeLast())
      }
      for _ in 0..<min(size * 2 / 100, men.count / 2) {
        formSiblings(men.removeLast(), men.removeLast())
      }
      for _ in 0..<min(size * 2 / 100, men.count / 2) {
        let friends = [men.removeLast(), men.removeLast()]
        for index in friends { people[index].age = adultAge(passengerClass) }
        parties.append(Party(members: friends, isFamily: false))
      }
      for index in men + women { travelAlone(index) }
    }
  }

  /// Some children, and one or both parents as far as there are any.
  private mutating func formFamily(
    _ passengerClass: Int,
    _ children: inout [Int],
    _ men: inout [Int],
    _ women: inout [Int]
  ) {
    let sizes = [[1, 1, 2], [1, 1, 2, 2, 3], [1, 1, 2, 2, 3, 4, 5]][passengerClass - 1]
    let number = min(generator.pick(sizes), children.count)
    let siblings = Array(children.suffix(number))
    children.removeLast(number)
    for child in siblings { people[child].age = childAge() }
    let mother = generator.chance(9, in: 10) ? women.popLast() : nil
    let father = generator.chance(6, in: 10) ? men.popLast() : nil
    if let mother, let father {
      formCouple(father, mother, with: siblings)
      return
    }
    let parents = [mother, father].compactMap(\.self)
    for parent in parents {
      people[parent].age = parentAge(of: siblings)
      people[parent].isMarried = true
    }
    relate(parents: parents, children: siblings)
  }

  private mutating func formCouple(_ husband: Int, _ wife: Int, with children: [Int]) {
    let age =
      children.isEmpty ? adultAge(people[wife].passengerClass) : parentAge(of: children)
    people[wife].age = age
    people[husband].age = max(1_800, age / 100 * 100 + (generator.below(12) - 3) * 100)
    people[wife].isMarried = true
    people[wife].husband = husband
    for index in [husband, wife] { people[index].siblingsAndSpouses += 1 }
    relate(parents: [husband, wife], children: children)
  }

  private mutating func formParentAndGrownChild(_ parent: Int, _ child: Int) {
    people[child].age = (17 + generator.below(14)) * 100
    people[parent].age = parentAge(of: [child])
    people[parent].isMarried = true
    relate(parents: [parent], children: [child])
  }

  private mutating func formSiblings(_ first: Int, _ second: Int) {
    let age = adultAge(people[first].passengerClass)
    people[first].age = age
    people[second].age = max(1_600, age / 100 * 100 + (generator.below(9) - 4) * 100)
    relate(parents: [], children: [first, second])
  }

  /// One who has no relatives on the list; a few have some aboard who are not on it.
  private mutating func travelAlone(_ index: Int) {
    let isMale = people[index].isMale
    people[index].age = adultAge(people[index].passengerClass)
    if generator.chance(isMale ? 4 : 12, in: 100) {
      people[index].siblingsAndSpouses = 1
      people[index].isMarried = true
    } else {
      people[index].isMarried = generator.chance(15, in: 100)
    }
    if generator.chance(isMale ? 2 : 8, in: 100) {
      people[index].parentsAndChildren = 1 + generator.below(2)
    }
    parties.append(Party(members: [index]))
  }

  private mutating func relate(parents: [Int], children: [Int]) {
    for parent in parents { people[parent].parentsAndChildren += children.count }
    for child in children {
      people[child].parentsAndChildren += parents.count
      people[child].siblingsAndSpouses += children.count - 1
    }
    parties.append(Party(members: parents + children))
  }
}

// Ages, in hundredths of a year.
extension SyntheticTitanic {
  private mutating func childAge() -> Int {
    if generator.chance(8, in: 100) { return generator.pick([42, 67, 75, 83, 92]) }
    let (one, other) = (generator.below(15), generator.below(15))
    return (1 + (generator.chance(1, in: 2) ? one : min(one, other))) * 100
  }

  /// Higher in first class and leaning to the young; estimates, a few, end in a half.
  private mutating func adultAge(_ passengerClass: Int) -> Int {
    let lean = (generator.unit() + generator.unit()) / 2
    let square = lean * lean
    let years =
      switch passengerClass {
      case 1: 17 + 52 * (lean + square) / 2
      case 2: 17 + 50 * square
      default: 16 + 44 * square
      }
    return Int(years) * 100 + (generator.chance(3, in: 100) ? 50 : 0)
  }

  /// Twenty years more than the oldest child, or up to fourteen years above that.
  private mutating func parentAge(of children: [Int]) -> Int {
    let oldest = children.compactMap { people[$0].age }.max() ?? 0
    return (oldest / 100 + 20 + generator.below(15)) * 100
  }

  /// Makes ages missing, in the published proportions by class.
  mutating func forgetAges() {
    let missing = Self.allot(people.count, over: Self.ageCounts)[0]
    let byClass = Self.allot(missing, over: Self.missingAgesByClass, room: classSizes)
    for passengerClass in 1...3 {
      var indices = people.indices.filter { people[$0].passengerClass == passengerClass }
      generator.shuffle(&indices)
      for index in indices.prefix(byClass[passengerClass - 1]) { people[index].age = nil }
    }
  }
}
