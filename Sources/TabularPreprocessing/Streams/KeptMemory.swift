internal import TabularFrame
internal import TabularTensor

/// The memory for what is kept of a chunk: one block for all columns, so that it is in huge pages,
/// and what the columns were read into is free for the next chunk.
struct KeptMemory: Sendable {
  private let block: Buffer
  private let places: [Int]

  /// - Parameter columns: of one chunk.
  init(for columns: [Column]) {
    var size = 0
    var places: [Int] = []
    for column in columns {
      places.append(size)
      let bytes = column.isMoved ? column.rowBytes * column.count : 0
      size += (bytes + Buffer.alignment - 1) & ~(Buffer.alignment - 1)
    }
    block = .room(size)
    self.places = places
  }

  /// The column in this memory, a text as codes; one of bits or categories stays where it is.
  ///
  /// Columns may be taken by several threads, each by one.
  ///
  /// - Parameters:
  ///   - column: a column.
  ///   - position: its position among those that the memory is for.
  ///   - list: the words of a text.
  /// - Returns: the same values.
  func keeping(_ column: Column, at position: Int, list: WordList?) -> Column {
    switch column.storage {
    case .bool, .category: return column
    case .string:
      guard let list else { return column }
      return list.coded(column, into: vector(position, column.count))
    case .int64(let values):
      return Column(storage: .int64(copy(values, position)), validity: column.validity)
    case .float64(let values):
      return Column(storage: .float64(copy(values, position)), validity: column.validity)
    case .date(let values):
      return Column(storage: .date(copy(values, position)), validity: column.validity)
    case .datetime(let values):
      return Column(storage: .datetime(copy(values, position)), validity: column.validity)
    }
  }

  private func vector<Value>(_ position: Int, _ count: Int) -> FixedVector<Value> {
    FixedVector(
      buffer: block,
      offset: places[position] / MemoryLayout<Value>.stride,
      count: count
    )
  }

  private func copy<Value>(_ values: FixedVector<Value>, _ position: Int) -> FixedVector<Value> {
    let copy: FixedVector<Value> = vector(position, values.count)
    copy.mutablePointer.update(from: values.pointer, count: values.count)
    return copy
  }
}

extension Column {
  /// Whether its values are moved when it is kept.
  fileprivate var isMoved: Bool {
    switch storage {
    case .bool, .category: false
    case .date, .int64, .float64, .datetime, .string: true
    }
  }

  /// About how many bytes a row takes when it is kept, a text as a code.
  var rowBytes: Int {
    switch storage {
    case .bool: 1
    case .date, .category, .string: 4
    case .int64, .float64, .datetime: 8
    }
  }
}
