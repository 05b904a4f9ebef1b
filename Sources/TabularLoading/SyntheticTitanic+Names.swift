internal import TabularFrame

// Invented people: their names are put together from lists of our own.
extension SyntheticTitanic {
  /// Names everyone, in the style of the list.
  mutating func nameEveryone() {
    for party in parties {
      let shared = surname()
      for index in party.members {
        people[index].surname = party.isFamily ? shared : surname()
        people[index].givenNames = givenNames(isMale: people[index].isMale)
      }
      for index in party.members { people[index].name = name(of: people[index]) }
    }
  }

  private mutating func name(of person: Person) -> String {
    guard !person.isMale, person.isMarried else {
      var name = "\(person.surname), \(title(of: person)). \(person.givenNames)"
      if generator.chance(4, in: 100) {
        let nickname = generator.pick(person.isMale ? Self.boysNicknames : Self.girlsNicknames)
        name += " \"\(nickname)\""
      }
      return name
    }
    let husband =
      person.husband.map { people[$0].givenNames } ?? givenNames(isMale: true)
    return "\(person.surname), Mrs. \(husband) (\(person.givenNames) \(surname()))"
  }

  private mutating func title(of person: Person) -> String {
    guard person.isMale else { return "Miss" }
    if let age = person.age, age < 1_400 { return "Master" }
    guard person.passengerClass < 3, !person.isChild, generator.chance(5, in: 100) else {
      return "Mr"
    }
    return generator.pick(person.passengerClass == 1 ? ["Dr", "Col", "Major"] : ["Rev", "Dr"])
  }

  private mutating func surname() -> String {
    generator.pick(Self.surnameBeginnings) + generator.pick(Self.surnameEndings)
  }

  private mutating func givenNames(isMale: Bool) -> String {
    let names = isMale ? Self.mensNames : Self.womensNames
    let first = generator.pick(names)
    let second = generator.pick(names)
    return first == second || generator.chance(45, in: 100) ? first : "\(first) \(second)"
  }

  private static let surnameBeginnings = [
    "Alder", "Amber", "Birk", "Bram", "Brindle", "Calder", "Copper", "Crane", "Dapple", "Dun",
    "Elder", "Ever", "Fallow", "Farrow", "Fern", "Garth", "Glass", "Hale", "Hazel", "Heron",
    "Ivel", "Juniper", "Kestrel", "Kirk", "Larch", "Linden", "Marl", "Mickle", "Nether", "Oaken",
    "Otter", "Pebble", "Quill", "Raven", "Rowan", "Sedge", "Silver", "Sorrel", "Tarn", "Thistle",
    "Under", "Vesper", "Wether", "Willow", "Winter", "Yarrow",
  ]

  private static let surnameEndings = [
    "beck", "borne", "by", "combe", "croft", "dale", "field", "ford", "garth", "gate", "holme",
    "hurst", "leigh", "lund", "march", "mere", "quist", "ridge", "shaw", "stead", "strand",
    "thorpe", "wick", "worth",
  ]

  private static let mensNames = [
    "Albert", "Alfred", "Ambrose", "Anders", "Arthur", "August", "Bernard", "Cecil", "Charles",
    "Clement", "Cyril", "Daniel", "Edgar", "Edmund", "Emil", "Ernest", "Felix", "Francis",
    "Frederick", "George", "Gilbert", "Gustaf", "Harold", "Henry", "Herbert", "Hugh", "Ivar",
    "Jacob", "James", "John", "Joseph", "Julius", "Karl", "Lars", "Leonard", "Lewis", "Martin",
    "Matthew", "Nils", "Oliver", "Oscar", "Patrick", "Percy", "Peter", "Ralph", "Reginald",
    "Robert", "Rupert", "Samuel", "Sidney", "Stephen", "Thomas", "Victor", "Walter", "William",
  ]

  private static let womensNames = [
    "Ada", "Agnes", "Alice", "Amelia", "Anna", "Beatrice", "Bertha", "Bridget", "Catherine",
    "Cecilia", "Clara", "Constance", "Delia", "Dorothy", "Edith", "Eleanor", "Elin", "Elizabeth",
    "Ellen", "Elsa", "Emily", "Esther", "Ethel", "Eva", "Florence", "Frances", "Gertrude",
    "Harriet", "Helen", "Hilda", "Ida", "Ingrid", "Irene", "Jane", "Julia", "Karin", "Laura",
    "Lillian", "Louise", "Lucy", "Mabel", "Margaret", "Maria", "Martha", "Mary", "Matilda",
    "Nora", "Olive", "Phyllis", "Rosa", "Ruth", "Selma", "Susan", "Sylvia", "Violet", "Winifred",
  ]

  private static let boysNicknames = ["Ned", "Bertie", "Jock", "Dickie", "Tam", "Gus", "Laddie"]
  private static let girlsNicknames = ["Daisy", "Kitty", "Dolly", "Birdie", "Tilly", "Posy", "Nan"]
}
