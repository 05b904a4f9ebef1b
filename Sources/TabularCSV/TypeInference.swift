/// The narrowest type of a cell, and of a set of cells: a fold whose result does not depend on
/// order, so that a column's type is a function of the whole file.
struct TypeInference: Equatable {
  /// What the cells with a value have in common.
  enum Base: Equatable {
    /// No cell with a value yet.
    case none
    case bool
    /// `exact` while a float column would hold each of the integers unrounded.
    case int64(exact: Bool)
    case float64
    case date
    case datetime
    case string
  }

  /// The words that a number column may hold in place of a null.
  static let nullWords: [String] = ["NA", "N/A", "NaN", "nan", "NULL", "null", "?", "-"]
  private static let nullWordBytes = nullWords.map { Array($0.utf8) }

  private(set) var base = Base.none
  /// The words seen, as a set of bits over `nullWords`.
  private(set) var words: UInt8 = 0

  /// The type of a column with these cells.
  var type: ColumnType {
    switch base {
    case .int64 where words.nonzeroBitCount <= 1: .int64
    case .float64 where words.nonzeroBitCount <= 1: .float64
    case .bool where words == 0: .bool
    case .date where words == 0: .date
    case .datetime where words == 0: .datetime
    default: .string
    }
  }

  /// The word that stands for a null in a number column with these cells.
  var nullWord: String? { words == 0 ? nil : Self.nullWords[words.trailingZeroBitCount] }

  /// Whether no further cell can change the type.
  var isSettled: Bool { base == .string }

  /// Takes a cell with a value.
  mutating func observe(
    _ bytes: CellBytes,
    mayBeNumber: Bool = true,
    _ rules: CellRules = CellRules()
  ) {
    guard !isSettled else { return }
    if let word = Self.nullWord(bytes) {
      words |= 1 << UInt8(word)
    } else {
      base = Self.join(base, Self.classify(bytes, mayBeNumber: mayBeNumber, rules))
    }
  }

  /// Takes what was observed elsewhere.
  mutating func merge(_ other: TypeInference) {
    base = Self.join(base, other.base)
    words |= other.words
  }

  /// Takes the cells of which a kernel found what they have in common.
  mutating func merge(_ base: Base, words: UInt8 = 0) {
    self.base = Self.join(self.base, base)
    self.words |= words
  }

  /// The position of a cell's text among `nullWords`.
  static func nullWord(_ bytes: CellBytes) -> Int? {
    guard bytes.count <= 4 else { return nil }
    return nullWordBytes.firstIndex { bytes.elementsEqual($0) }
  }

  /// The least type that holds the cells of both.
  static func join(_ left: Base, _ right: Base) -> Base {
    switch (left, right) {
    case (.none, let other), (let other, .none): other
    case (.int64(let l), .int64(let r)): .int64(exact: l && r)
    case (.int64(exact: true), .float64), (.float64, .int64(exact: true)): .float64
    case _ where left == right: left
    default: .string
    }
  }

  private static func classify(_ bytes: CellBytes, mayBeNumber: Bool, _ rules: CellRules) -> Base {
    if mayBeNumber {
      if let integer = parseInt64(bytes) { return .int64(exact: isExactDouble(integer)) }
      if parseFloat64(bytes) != nil { return .float64 }
    }
    if rules.bool(bytes) != nil { return .bool }
    if parseDate(bytes) != nil { return .date }
    if parseDatetime(bytes) != nil { return .datetime }
    return .string
  }
}

// What another process observed.
extension TypeInference {
  private static let bases: [Base] = [
    .none, .bool, .int64(exact: true), .int64(exact: false), .float64, .date, .datetime, .string,
  ]

  /// The same as two bytes.
  var bytes: [UInt8] { [UInt8(Self.bases.firstIndex(of: base) ?? 0), words] }

  /// What two bytes say.
  init(_ bytes: ArraySlice<UInt8>) {
    let base = bytes.first.map { Int($0) } ?? 0
    // A byte that this program never writes narrows nothing.
    self.base = base < Self.bases.count ? Self.bases[base] : .string
    words = bytes.last ?? 0
  }
}
