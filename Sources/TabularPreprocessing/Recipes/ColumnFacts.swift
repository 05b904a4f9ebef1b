internal import TabularCollectives
internal import TabularCSV
internal import TabularFrame

/// What decides about a column.
struct ColumnFacts: Sendable {
  /// The type of the whole column.
  let type: ColumnType
  /// The rows.
  let rows: Int
  /// The rows that are not null.
  let present: Int
  /// Whether all values are one.
  let isConstant: Bool
  /// Whether no value is there twice; false for fractions, bools and dates, of which nobody asks.
  let isUnique: Bool
  /// The number of different values; nil where they were not counted.
  let distinct: Int?

  var isText: Bool { type == .string || type == .category }
}

/// Gathers what decides about a column, chunk by chunk, without counting all of its different values
/// where that is not asked.
struct ColumnFactsFold: Sendable {
  private let type: ColumnType
  private var rows = 0
  private var present = 0
  /// The first value, and whether all are it.
  private var first: UInt64?
  private var isConstant = true
  private var integers: UniqueIntegers?
  /// The values and their rows, where they are counted.
  private(set) var categories: CategoryFold?
  /// What numeric steps may need of the values; nil where they are not gathered.
  private(set) var numbers: NumberFold?
  private let needs: NumberFold.Needs
  private var isSecondLook = false

  /// What may need to be known besides, and takes memory.
  struct Questions: OptionSet {
    let rawValue: Int

    /// The different values, whatever the type.
    static let categories = Questions(rawValue: 1)
    /// The different values, where they are text.
    static let textCategories = Questions(rawValue: 2)
    /// Whether each integer is there once.
    static let uniqueIntegers = Questions(rawValue: 4)
  }

  /// - Parameters:
  ///   - type: the type of the whole column.
  ///   - asks: what else is to be known.
  ///   - needs: what steps will want to know of numbers; empty where no step is expected.
  init(_ type: ColumnType, asks: Questions, needs: NumberFold.Needs) {
    (self.type, self.needs) = (type, needs)
    let isNumber = type == .int64 || type == .float64 || type == .bool
    numbers = isNumber && !needs.isEmpty ? NumberFold() : nil
    let isText = type == .string || type == .category
    let isCounted = asks.contains(.categories) || isText && asks.contains(.textCategories)
    categories = isCounted ? CategoryFold() : nil
    integers = type == .int64 && asks.contains(.uniqueIntegers) ? UniqueIntegers() : nil
  }

  /// About how many bytes it has gathered.
  var byteCount: Int {
    (categories?.byteCount ?? 0) + (numbers?.byteCount ?? 0) + (integers?.byteCount ?? 0)
  }

  /// What most of them are.
  var mostlyGathered: FitLimits.Gathered {
    let sizes: [(what: FitLimits.Gathered, bytes: Int)] = [
      (.categories, categories?.byteCount ?? 0), (.numbers, numbers?.byteCount ?? 0),
      (.identifiers, integers?.byteCount ?? 0),
    ]
    return sizes.max { $0.bytes < $1.bytes }?.what ?? .categories
  }

  /// Whether the rows must be looked at once more, since integers ceased to ascend.
  var isUndecided: Bool { integers?.isUndecided ?? false }

  /// Prepares for the second look, which is at integers alone.
  mutating func beginAgain() {
    integers = UniqueIntegers()
    integers?.collectsAll = true
    isSecondLook = true
  }

  /// Takes the rows of a column, which a text's fold may have seen already.
  mutating func observe(_ column: Column, named name: String, in chunk: DataFrame, isCounted: Bool)
  {
    guard !isSecondLook else {
      if case .int64(let values) = column.storage { integers?.observe(values, column) }
      return
    }
    rows += column.count
    present += column.count - column.nullCount
    // Who codes texts counts them; what was read as categories is counted here.
    if !isCounted || type != .string { categories?.observe(column, 0..<column.count) }
    gather(name, chunk)
    switch column.storage {
    case .string, .category: break
    case .int64(let values):
      integers?.observe(values, column)
      if integers?.mayBeIdentifier == true { numbers = nil }
      compare(column) { UInt64(bitPattern: values.pointer[$0]) }
    case .float64(let values):
      compare(column) { row in
        let value = values.pointer[row]
        return value.isNaN ? UInt64.max : (value + 0).bitPattern
      }
    case .bool(let bits): compare(column) { bits[$0] ? 1 : 0 }
    case .date(let days): compare(column) { UInt64(bitPattern: Int64(days.pointer[$0])) }
    case .datetime(let micros): compare(column) { UInt64(bitPattern: micros.pointer[$0]) }
    }
  }

  private var isText: Bool { type == .string || type == .category }

  /// Goes on from what another fold has seen of the texts, where that is asked for.
  mutating func adopt(_ fold: CategoryFold) {
    if categories != nil { categories = fold }
  }

  /// The values for numeric steps: not those of integers that ascend, which are identifiers mostly,
  /// and not those of a column that no step can take.
  private mutating func gather(_ name: String, _ chunk: DataFrame) {
    guard var fold = numbers else { return }
    numbers = nil
    guard let values = try? NumberColumn(name, in: chunk),
      (try? fold.observe(values, 0..<chunk.rowCount, needs: needs)) != nil
    else { return }
    numbers = fold
  }

  /// Compares with the first value until one differs.
  private mutating func compare(_ column: Column, _ key: (Int) -> UInt64) {
    guard isConstant else { return }
    for row in 0..<column.count where !column.isNull(row) {
      let value = key(row)
      guard let first else {
        first = value
        continue
      }
      if value != first {
        isConstant = false
        return
      }
    }
  }

  var facts: ColumnFacts {
    // The null is a category of the fold.
    let distinct = categories.map { $0.count - (present < rows ? 1 : 0) }
    return ColumnFacts(
      type: type,
      rows: rows,
      present: present,
      isConstant: isText ? distinct == 1 : isConstant && first != nil,
      isUnique: isText ? distinct == present : integers?.isUnique ?? false,
      distinct: distinct
    )
  }
}

/// Whether integers are there once each.
///
/// While they ascend nothing is kept but the last one. Where they cease to, those before would have
/// to be known: a second look collects all, up to the first that is there twice.
private struct UniqueIntegers: Sendable {
  var collectsAll = false
  private(set) var isUnique = true
  private(set) var isUndecided = false
  var byteCount: Int { 16 * others.capacity }
  /// Whether all so far are there once, and ascend.
  var mayBeIdentifier: Bool { isUnique && !isUndecided && count > 1 }
  private var first: Int64?
  private var last: Int64?
  private var count = 0
  private var others: Set<Int64> = []

  mutating func observe(_ values: FixedVector<Int64>, _ column: Column) {
    guard isUnique, !isUndecided else { return }
    for row in 0..<column.count where !column.isNull(row) {
      take(values.pointer[row])
      if !isUnique || isUndecided {
        others = []
        return
      }
    }
  }

  private mutating func take(_ value: Int64) {
    guard !collectsAll else {
      isUnique = others.insert(value).inserted
      return
    }
    guard let first, let last else {
      (first, last, count) = (value, value, 1)
      return
    }
    if value > last, others.isEmpty {
      self.last = value
      count += 1
    } else if last &- first == Int64(count - 1) {
      // Those before are all integers of a range.
      isUnique = !(first...last).contains(value) && others.insert(value).inserted
    } else {
      // Most columns have a value twice within a few rows.
      isUndecided = true
    }
  }
}

// What other processes have seen.
extension ColumnFactsFold: SharedState {
  func put(into bytes: inout StateBytes) {
    bytes.put(rows)
    bytes.put(present)
    bytes.put(first)
    bytes.put(isConstant)
    bytes.put(integers)
    bytes.put(categories)
    bytes.put(numbers)
  }

  mutating func take(from bytes: inout StateBytes) {
    rows = bytes.take()
    present = bytes.take()
    first = bytes.take()
    isConstant = bytes.take()
    integers = bytes.take(UniqueIntegers())
    categories = bytes.take(CategoryFold())
    numbers = bytes.take(NumberFold())
  }

  mutating func merge(_ other: ColumnFactsFold) {
    rows += other.rows
    present += other.present
    if let first, let theirs = other.first, first != theirs { isConstant = false }
    isConstant = isConstant && other.isConstant
    first = first ?? other.first
    if let theirs = other.integers { integers?.merge(theirs) }
    if let theirs = other.categories { categories?.merge(theirs) }
    if let theirs = other.numbers { numbers?.merge(theirs) } else { numbers = nil }
  }

  /// Shares the second look.
  mutating func joinIntegers(_ ranks: (any Communicator)?) throws(PreprocessingError) {
    try integers?.join(ranks)
  }
}

extension UniqueIntegers: SharedState {
  func put(into bytes: inout StateBytes) {
    bytes.put(
      [collectsAll, isUnique, isUndecided].map { $0 ? UInt8(1) : 0 }.reduce(0) { 2 * $0 + $1 }
    )
    bytes.put(first)
    bytes.put(last)
    bytes.put(count)
    bytes.put(all: Array(others))
  }

  mutating func take(from bytes: inout StateBytes) {
    let flags = bytes.take(UInt8.self)
    (collectsAll, isUnique, isUndecided) = (flags & 4 != 0, flags & 2 != 0, flags & 1 != 0)
    first = bytes.take()
    last = bytes.take()
    count = bytes.take()
    others = Set(bytes.takeAll(Int64.self))
  }

  /// Those of later rows; a second look decides where they do not ascend through both.
  mutating func merge(_ other: UniqueIntegers) {
    guard isUnique, other.isUnique else {
      (isUnique, isUndecided, others) = (false, false, [])
      return
    }
    if collectsAll {
      isUnique = others.isDisjoint(with: other.others)
      others = isUnique ? others.union(other.others) : []
      return
    }
    guard other.first != nil || other.isUndecided else { return }
    guard first != nil || isUndecided else {
      self = other
      return
    }
    if let last, let next = other.first, next > last, others.isEmpty, other.others.isEmpty,
      !isUndecided, !other.isUndecided
    {
      self.last = other.last
      count += other.count
    } else {
      (isUndecided, others) = (true, [])
    }
  }
}
