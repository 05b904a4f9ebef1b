internal import TabularFrame
internal import TabularTensor

/// The categories of a column in sorted order, and a table that finds them.
struct Vocabulary: Codable, Sendable, Equatable {
  let column: String
  /// Whether the fit saw a null, whose position is behind the categories.
  let hasNull: Bool
  /// Codes a category as its position.
  let table: CategoryTable
  /// The positions of the words of the dictionary that was met last.
  private let words: WordCodes

  private enum CodingKeys: String, CodingKey { case column, categories, hasNull }

  init(column: String, categories: [CategoryKey], hasNull: Bool = false) {
    let table = CategoryTable(capacity: categories.count + 1)
    for category in categories { _ = table.insert(category) }
    if hasNull { _ = table.insert(.null) }
    self.column = column
    self.hasNull = hasNull
    self.table = table
    words = WordCodes()
  }

  /// Adopts a table whose codes are in sorted order, and what is known of a dictionary's words.
  init(
    column: String,
    table: CategoryTable,
    words: (buffer: Buffer, codes: [Int32])? = nil
  ) {
    self.words = WordCodes(words)
    self.column = column
    self.table = table
    hasNull = table.nullCode >= 0
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let categories = try container.decode([CategoryKey].self, forKey: .categories)
    self.init(
      column: try container.decode(String.self, forKey: .column),
      categories: categories,
      hasNull: try container.decodeIfPresent(Bool.self, forKey: .hasNull) ?? false
    )
    guard table.count == categories.count + (hasNull ? 1 : 0) else {
      let twice = categories.firstRepeated.map(\.description) ?? ""
      throw PreprocessingError(.recipe, "column '\(column)' has the category '\(twice)' twice")
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(column, forKey: .column)
    if let texts = encoder.userInfo[.longLists] as? LongLists, let token = texts.token(for: self) {
      try container.encode(token, forKey: .categories)
    } else {
      try container.encode(categories, forKey: .categories)
    }
    if hasNull { try container.encode(true, forKey: .hasNull) }
  }

  static func == (left: Self, right: Self) -> Bool {
    left.column == right.column && left.categories == right.categories
      && left.hasNull == right.hasNull
  }

  /// The number of positions, that of the null among them.
  var count: Int { table.count }

  /// The number of categories, the null aside.
  var categoryCount: Int { table.count - (hasNull ? 1 : 0) }

  /// The categories in sorted order.
  ///
  /// Made when it is asked for: a fit may know a million of them, of which the table's bytes are all
  /// that encoding needs.
  var categories: [CategoryKey] { (0..<Int32(categoryCount)).compactMap(table.category) }

  /// The position of each category.
  var positions: [CategoryKey: Int] {
    Dictionary(uniqueKeysWithValues: categories.enumerated().map { ($1, $0) })
  }

  /// The position of each row's category, -1 where the fit did not see it.
  func positions(of column: Column) -> [Int32] {
    if case .category(let codes, let dictionary) = column.storage,
      let known = words.codes(of: dictionary, rows: column.count, in: table)
    {
      return positions(of: codes, NullBits(column), known)
    }
    return [Int32](unsafeUninitializedCapacity: column.count) { positions, count in
      var coder = CategoryCoder(column, table: table, mode: .lookUp)
      if let start = positions.baseAddress { coder.encode(0..<column.count, into: start) }
      count = column.count
    }
  }
}

extension Vocabulary {
  /// The position of each row's category where its words are known already, in one pass.
  ///
  /// - Parameters:
  ///   - column: a column of categories.
  ///   - others: what a null, and a category that the fit did not see, get.
  /// - Returns: the positions, and how many rows the table does not hold; nil where the words are
  ///   not known, or the column has none.
  func codes(of column: Column, others: Int64) -> (codes: FixedVector<Int64>, unseen: Int)? {
    guard case .category(let words, let dictionary) = column.storage,
      let known = self.words.codes(of: dictionary, rows: column.count, in: table)
    else { return nil }
    let (limit, nulls, nullCode) = (UInt32(categoryCount), NullBits(column), table.nullCode)
    let codes = FixedVector<Int64>(room: words.count)
    let (source, target) = (words.pointer, codes.mutablePointer)
    var unseen = 0
    known.withUnsafeBufferPointer { known in
      for row in 0..<words.count {
        // A null's own code may be anything.
        let word = Int(UInt32(bitPattern: source[row]))
        let found = word < known.count ? known[word] : nullCode
        let code = nulls.isNull(row) ? nullCode : found
        unseen &+= code < 0 ? 1 : 0
        target[row] = UInt32(bitPattern: code) < limit ? Int64(code) : others
      }
    }
    return (codes, unseen)
  }

  /// What each word of a column of categories becomes in a tensor.
  ///
  /// - Returns: nil where the words are not known, the column has none, or a code would lose digits.
  func scalars<Scalar: FloatingTensorScalar>(
    of column: Column,
    others: Int64,
    as type: Scalar.Type
  ) -> WordScalars? {
    guard case .category(_, let dictionary) = column.storage,
      WordScalars.areExact(codesBelow: categoryCount, others: others, as: type)
    else { return nil }
    return words.scalars(
      of: dictionary,
      rows: column.count,
      in: table,
      below: UInt32(categoryCount),
      others: others,
      as: type
    )
  }

  private func positions(of codes: FixedVector<Int32>, _ nulls: NullBits, _ known: [Int32])
    -> [Int32]
  {
    let nullCode = table.nullCode
    return [Int32](unsafeUninitializedCapacity: codes.count) { positions, count in
      known.withUnsafeBufferPointer { known in
        let words = codes.pointer
        for row in 0..<codes.count {
          // Chosen without a branch, which one row in ten of nulls would make a wrong guess of.
          // A null's own code may be anything.
          let word = Int(UInt32(bitPattern: words[row]))
          let code = word < known.count ? known[word] : nullCode
          positions[row] = nulls.isNull(row) ? nullCode : code
        }
      }
      count = codes.count
    }
  }
}

extension Array where Element: Hashable {
  /// The first element that an earlier one equals.
  var firstRepeated: Element? {
    var seen: Set<Element> = []
    return first { !seen.insert($0).inserted }
  }
}

extension DataFrame {
  /// Replaces columns by what `encode` makes of the positions of their rows, and counts nulls and
  /// unseen categories; columns are worked on by all threads.
  ///
  /// `encode` gives the columns that replace the one of a vocabulary, under the names that
  /// `names` gives: in its place if that is its own name alone, else at the end. Where `whole` can
  /// make the one column and count the unseen rows without the positions, it does.
  func replacing(
    _ vocabularies: [Vocabulary],
    report: inout TransformReport,
    names: (Int) -> [String],
    whole: @escaping (_ index: Int, _ column: Column) -> (column: Column, unseen: Int)? = { _, _ in
      nil
    },
    encode:
      @escaping (_ index: Int, _ positions: [Int32], _ column: Column) throws(PreprocessingError) ->
      [Column]
  ) throws(PreprocessingError) -> DataFrame {
    var columns: [Column] = []
    for vocabulary in vocabularies { columns.append(try categories(vocabulary.column)) }
    typealias Encoded = (columns: [Column], unseen: Int)
    let encoded = try [Encoded](
      concurrently: columns.count,
      cells: columns.count * rowCount
    ) { (index) throws(PreprocessingError) -> Encoded in
      // A null that the fit did not see is no unseen category.
      let nulls = vocabularies[index].hasNull ? 0 : columns[index].nullCount
      if let (column, unseen) = whole(index, columns[index]) { return ([column], unseen - nulls) }
      let positions = vocabularies[index].positions(of: columns[index])
      var unseen = 0
      for position in positions where position < 0 { unseen += 1 }
      return (try encode(index, positions, columns[index]), unseen - nulls)
    }
    var result = self
    for (index, vocabulary) in vocabularies.enumerated() {
      report.nulls[vocabulary.column, default: 0] += columns[index].nullCount
      report.unseen[vocabulary.column, default: 0] += encoded[index].unseen
      let names = names(index)
      if names != [vocabulary.column] { result[vocabulary.column] = nil }
      for (name, column) in zip(names, encoded[index].columns) {
        try result.append(column, name, from: vocabulary.column)
      }
    }
    return result
  }

  /// Adds a feature that a step made of a column; its name must be new, or the column's own.
  mutating func append(_ column: Column, _ name: String, from source: String)
    throws(PreprocessingError)
  {
    guard name == source || !columns.contains(name) else {
      throw PreprocessingError(
        .column,
        "two features are named '\(name)'; rename a column",
        column: source
      )
    }
    self[name] = column
  }

  /// The error of a row whose category the fit did not see.
  func unseenError(_ name: String, _ column: Column, row: Int) -> PreprocessingError {
    let value = column.isNull(row) ? "a null" : "'\(column[row])'"
    return PreprocessingError(
      .value,
      "column '\(name)' holds \(value) in row \(ids[row]), which the fit did not see; choose "
        + "another policy for unknown categories, or drop the row",
      column: name,
      row: ids[row]
    )
  }
}
