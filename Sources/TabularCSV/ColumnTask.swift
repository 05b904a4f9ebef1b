internal import Synchronization

/// A column of one reading: what it is read as, and the memory that it is read into.
///
/// Threads write the values of disjoint rows.
final class ColumnTask: Sendable {
  let name: String
  /// The position in a row.
  let position: Int
  let type: ColumnType
  /// Whether the options demand the type: a cell that does not fit is a bad row then.
  let isCommanded: Bool
  /// The number of rows that the type was taken from, where it can be changed no more.
  let fixedBy: Int?
  let rules: CellRules
  let values: ColumnMemory
  /// A bit a row, 1 for a null: pages without a null cost nothing.
  let nulls: ColumnMemory
  let heap = SharedHeap()
  let categories = SharedCategories()
  private let failed = Atomic<Bool>(false)

  // `capacity` is the most rows that there may be, `expected` about how many there will be.
  init(
    name: String,
    position: Int,
    type: ColumnType,
    isCommanded: Bool,
    fixedBy: Int? = nil,
    rules: CellRules,
    capacity: Int,
    expected: Int
  ) throws(CSVError) {
    self.name = name
    self.position = position
    self.type = type
    self.isCommanded = isCommanded
    self.fixedBy = fixedBy
    var rules = rules
    rules.takesNullWords = !isCommanded && (type == .int64 || type == .float64)
    self.rules = rules
    let bits = (capacity + 63) / 64 * 8
    if type == .bool {
      values = try ColumnMemory(capacity: bits, isZeroed: true)
    } else {
      values = try ColumnMemory(
        capacity: capacity * type.width,
        expected: expected * type.width
      )
    }
    nulls = try ColumnMemory(capacity: bits, isZeroed: true)
  }

  /// Whether a cell did not fit, so that the column is read again.
  var hasFailed: Bool { failed.load(ordering: .relaxed) }

  func fail() { failed.store(true, ordering: .relaxed) }

  /// Whether its cells may make a row bad, other than by their bytes.
  var canRefuse: Bool { isBinding && type != .string && type != .category }

  /// Whether a cell that does not fit is an error, and not a reason for another type.
  var isBinding: Bool { isCommanded || isFixed }

  /// Whether the type was taken from the first rows of an input that cannot be read twice.
  var isFixed: Bool { fixedBy != nil }

  /// What is expected of a cell, in words.
  var demand: String {
    if let dates = rules.dates { return "\(type) written as \(dates.pattern)" }
    return fixedBy.map { "\(type), as in the first \($0) rows (give the column's type)" }
      ?? "\(type)"
  }
}

extension ColumnType {
  /// The bytes of a value; a bool is a bit.
  var width: Int {
    switch self {
    case .bool: 0
    case .int64, .float64, .datetime: 8
    case .date, .category: 4
    case .string: 16
    }
  }
}

/// What one thread knows of a column while it reads.
struct ColumnProgress {
  private let task: ColumnTask
  private var result = BlockResult()
  private var observed = TypeInference()
  private var heap: HeapWriter
  private var cache: CategoryCache

  init(_ task: ColumnTask) {
    self.task = task
    heap = HeapWriter(task.heap)
    cache = CategoryCache(task.categories)
  }

  /// Reads the column's cells in a block of rows.
  ///
  /// - Returns: the rows of the block whose cells do not fit what is commanded.
  mutating func read(_ cells: ColumnCells) throws(CSVError) -> [Int] {
    guard !task.hasFailed else {
      observe(cells, from: 0)
      return []
    }
    let nulls = BitWriter(task.nulls)
    switch task.type {
    case .string:
      if !task.isCommanded { observe(cells, from: 0) }
      try readStrings(
        cells,
        rules: task.rules,
        into: task.values.pointer.assumingMemoryBound(to: StringView.self),
        nulls: nulls,
        heap: &heap,
        &result
      )
      return []
    case .category:
      readCategories(
        cells,
        rules: task.rules,
        into: task.values.pointer.assumingMemoryBound(to: Int32.self),
        nulls: nulls,
        cache: &cache,
        &result
      )
      return []
    default: break
    }
    var misfits: [Int] = []
    var row = 0
    while true {
      row = readFixed(cells, from: row, nulls)
      guard row < cells.count else { return misfits }
      guard task.isBinding else {
        task.fail()
        observe(cells, from: row)
        return []
      }
      misfits.append(row)
      nulls.set(cells.base + row)
      result.nulls += 1
      row += 1
    }
  }

  private mutating func readFixed(_ cells: ColumnCells, from row: Int, _ nulls: BitWriter) -> Int {
    let values = task.values.pointer
    switch task.type {
    case .bool:
      return readBools(
        cells,
        from: row,
        rules: task.rules,
        into: BitWriter(task.values),
        nulls: nulls,
        &result
      )
    case .int64: return readInt64s(cells, from: row, task.rules, values, nulls, &result)
    case .float64: return readFloat64s(cells, from: row, task.rules, values, nulls, &result)
    case .date: return readDates(cells, from: row, task.rules, values, nulls, &result)
    case .datetime: return readDatetimes(cells, from: row, task.rules, values, nulls, &result)
    case .string, .category: return cells.count
    }
  }

  /// Finds what the cells have in common, where no kernel tells.
  private mutating func observe(_ cells: ColumnCells, from first: Int) {
    guard !observed.isSettled else { return }
    for row in first..<cells.count {
      if case .value(let bytes) = task.rules.content(cells[row], cells.scratch) {
        task.rules.observe(bytes, &observed, cells.scratch)
        if observed.isSettled { return }
      }
    }
  }

  /// Ends the thread's reading.
  mutating func finish() { heap.finish() }

  /// What the cells that this thread read have in common.
  var inference: TypeInference {
    var inference = observed
    switch task.type {
    case .int64:
      if result.sawValue { inference.merge(.int64(exact: !result.sawInexact)) }
    case .float64:
      if result.sawFraction { inference.merge(.float64) }
      if result.sawInteger { inference.merge(.int64(exact: true)) }
    case .bool: if result.sawValue { inference.merge(.bool) }
    case .date: if result.sawValue { inference.merge(.date) }
    case .datetime: if result.sawValue { inference.merge(.datetime) }
    case .string, .category: break
    }
    inference.merge(.none, words: result.words)
    return inference
  }

  var nullCount: Int { result.nulls }
  var wordCount: Int { result.wordCount }
  var firstRows: [(code: Int32, row: Int)] { cache.firstRows }
}
