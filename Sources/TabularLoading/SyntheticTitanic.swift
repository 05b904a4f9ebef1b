internal import TabularFrame

/// Passengers who never were, in the proportions of the public Titanic training list.
///
/// Sexes, classes, ports, survivors by sex and class, missing ages and missing cabins come in the
/// published counts of its 891 rows, and in the nearest proportions for other row counts; children
/// are likelier to survive. People, families, tickets and cabins are invented, and every ticket
/// begins with `SYN `, the sign of it. The same count and seed give the same rows everywhere.
package struct SyntheticTitanic {
  /// A row; the names of its columns are in `columnNames`.
  package struct Passenger: Sendable, Equatable {
    /// From 1, in the order of the rows.
    package let id: Int
    /// 1 or 0.
    package let survived: Int
    /// 1, 2 or 3.
    package let passengerClass: Int
    /// `Surname, Title. Given Names`, with a maiden name in parentheses or a nickname in quotes.
    package let name: String
    /// `male` or `female`.
    package let sex: String
    /// In years: whole, a half where it was estimated, hundredths below 1.
    package let age: Double?
    /// Siblings and spouses aboard.
    package let siblingsAndSpouses: Int
    /// Parents and children aboard.
    package let parentsAndChildren: Int
    /// `SYN ` and a number, shared by a party.
    package let ticket: String
    /// What the party paid, in pounds, with four digits after the point at most.
    package let fare: Double
    package let cabin: String?
    /// S, C or Q.
    package let port: String?
  }

  /// The columns of the list, in the order of `Passenger`'s properties.
  package static let columnNames = [
    "PassengerId", "Survived", "Pclass", "Name", "Sex", "Age", "SibSp", "Parch", "Ticket", "Fare",
    "Cabin", "Embarked",
  ]

  /// Invents a list; a negative count traps.
  package static func rows(count: Int = 891, seed: UInt64 = 1912) -> [Passenger] {
    precondition(count >= 0, "\(count) passengers")
    var list = SyntheticTitanic(count: count, seed: seed)
    list.formParties()
    list.nameEveryone()
    list.sellTickets()
    list.assignPorts()
    list.assignCabins()
    list.forgetAges()
    return list.shuffledRows()
  }

  /// A passenger in the making.
  struct Person {
    let isMale: Bool
    let passengerClass: Int
    let survived: Bool
    let isChild: Bool
    /// In hundredths of a year; nil once it is forgotten.
    var age: Int?
    var siblingsAndSpouses = 0
    var parentsAndChildren = 0
    var isMarried = false
    /// The husband on the list, whose name a wife bears.
    var husband: Int?
    var surname = ""
    var givenNames = ""
    var name = ""
    var ticket = ""
    var fare = 0.0
    var cabin: String?
    var port: String?
  }

  /// People of one class who travel on one ticket, as positions in `people`.
  struct Party {
    var members: [Int]
    /// Relatives share a surname.
    var isFamily = true
  }

  var generator: SplitMix64
  var people: [Person] = []
  var parties: [Party] = []

  private init(count: Int, seed: UInt64) {
    generator = SplitMix64(seed: seed)
    let sizes = Self.allot(count, over: Self.cells.map(\.count))
    people.reserveCapacity(count)
    for (cell, size) in zip(Self.cells, sizes) {
      let children = (size * cell.children + cell.count / 2) / cell.count
      for number in 0..<size {
        people.append(
          Person(
            isMale: cell.isMale,
            passengerClass: cell.passengerClass,
            survived: cell.survived,
            isChild: number < children
          )
        )
      }
    }
  }

  private mutating func shuffledRows() -> [Passenger] {
    generator.shuffle(&people)
    return people.enumerated().map { position, person in
      Passenger(
        id: position + 1,
        survived: person.survived ? 1 : 0,
        passengerClass: person.passengerClass,
        name: person.name,
        sex: person.isMale ? "male" : "female",
        age: person.age.map { Double($0) / 100 },
        siblingsAndSpouses: person.siblingsAndSpouses,
        parentsAndChildren: person.parentsAndChildren,
        ticket: person.ticket,
        fare: person.fare,
        cabin: person.cabin,
        port: person.port
      )
    }
  }
}
