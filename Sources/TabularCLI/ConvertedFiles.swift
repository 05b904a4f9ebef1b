import TabularFiles
import TabularFrame
import TabularPreprocessing
import TabularTensor

/// The files that a conversion writes: all of them appear, or none.
struct ConvertedFiles: ~Copyable {
  private let stem: Substring
  /// The format of the files; nil for folders of shards.
  private let format: FeatureFormat?
  private let layout: FeatureLayout
  private let columns: [String]
  private var staged = StagedFiles()
  /// What there is to say of each file.
  private(set) var lines: [String] = []

  /// What folders of shards need besides.
  struct Shards {
    var rows: Int
    /// What tells one conversion from another.
    var key: String
    /// The recipe's JSON.
    var recipe: String
  }
  private let shards: Shards?

  /// - Parameters:
  ///   - stem: the output without its ending.
  ///   - format: what the ending says; nil for folders of shards.
  ///   - layout: what the files hold.
  ///   - columns: the columns that the rows need.
  ///   - shards: what folders of shards need.
  init(
    stem: Substring,
    format: FeatureFormat?,
    layout: FeatureLayout,
    columns: [String],
    shards: Shards?
  ) {
    (self.stem, self.format, self.layout, self.columns) = (stem, format, layout, columns)
    self.shards = shards
  }

  /// Writes the file of a part, a chunk of rows at a time.
  mutating func write<Scalar: FloatingTensorScalar>(
    _ source: any RowSource,
    part: String? = nil,
    rowCount: Int,
    _ matrix: (DataFrame) throws(PreprocessingError) -> FeatureMatrix<Scalar>
  ) throws {
    let name = "\(stem)\(part.map { "-\($0)" } ?? "")"
    let infinities: Int
    let path: String
    if let format {
      path = "\(name).\(format)"
      let temporary = try staged.stage(path)
      do {
        infinities = try writeFile(temporary, format, source, rowCount: rowCount, matrix)
      } catch {
        // Nobody knows the file by that name.
        throw "\(error)".contains(temporary)
          ? Failure("\(error)".replacing(temporary, with: path)) : error
      }
    } else {
      path = "\(name)/"
      infinities = try writeShards(name, source, rowCount: rowCount, matrix)
    }
    if infinities > 0 {
      lines.append(
        "\(path): \(infinities) features are infinite: too large for \(Scalar.dtype.rawValue)"
      )
    }
    let rows = try source.sum(rowCount)
    let target = layout.target == nil ? "" : ", target [\(rows)]"
    let categories = format?.holdsCategories ?? true ? layout.categories.count : 0
    lines.append(
      "\(path): features \(Scalar.dtype.rawValue) "
        + "[\(rows), \(layout.featureNames.count - categories)]"
        + (categories > 0 ? ", categories I32 [\(rows), \(categories)]" : "") + target
    )
  }

  private func writeFile<Scalar: FloatingTensorScalar>(
    _ path: String,
    _ format: FeatureFormat,
    _ source: any RowSource,
    rowCount: Int,
    _ matrix: (DataFrame) throws(PreprocessingError) -> FeatureMatrix<Scalar>
  ) throws -> Int {
    // Begun while the first rows are made: a recipe of many words is a long header.
    let (layout, columns) = (layout, columns)
    var file: FeatureFile<Scalar>?
    func begun() throws(PreprocessingError) -> FeatureFile<Scalar> {
      if let file { return file }
      let new = try FeatureFile<Scalar>(
        path: path,
        format: format,
        layout: layout,
        rowCount: rowCount
      )
      file = new
      return new
    }
    try BufferPool.$current.withValue(BufferPool()) {
      try overlapping { put throws(PreprocessingError) in
        try source.forEachChunk(columns: columns) { chunk throws(PreprocessingError) in
          try put(matrix(chunk))
        }
      } work: { part throws(PreprocessingError) in
        try begun().append(part)
      }
    }
    let whole = try begun()
    try whole.commit()
    return whole.infinities
  }

  private mutating func writeShards<Scalar: FloatingTensorScalar>(
    _ name: String,
    _ source: any RowSource,
    rowCount: Int,
    _ matrix: (DataFrame) throws(PreprocessingError) -> FeatureMatrix<Scalar>
  ) throws -> Int {
    guard let shards else { preconditionFailure("a folder without a number of rows") }
    let folder = try ShardFolder<Scalar>(
      path: name,
      layout: layout,
      rowCount: rowCount,
      shardRows: shards.rows,
      key: shards.key,
      recipe: shards.recipe,
      ranks: source.ranks
    )
    if folder.resumed.parts > 0 {
      lines.append("\(name)/: went on behind \(folder.resumed.parts) parts that were there")
    }
    // Rows that are there are not made again.
    var row = 0
    try BufferPool.$current.withValue(BufferPool()) {
      try overlapping { put throws(PreprocessingError) in
        try source.forEachChunk(columns: columns) { chunk throws(PreprocessingError) in
          row += chunk.rowCount
          try put(row > folder.resumed.rows ? .rows(matrix(chunk)) : .skipped(chunk.rowCount))
        }
      } work: { (part: ShardPiece<Scalar>) throws(PreprocessingError) in
        switch part {
        case .rows(let matrix): try folder.append(matrix)
        case .skipped(let count): folder.skip(count)
        }
      }
    }
    try folder.commit()
    return folder.infinities
  }

  /// Gives the files their names, and that of the recipe where one is wanted.
  mutating func commit(_ recipe: Recipe, savedTo path: String?) throws {
    if let path { try recipe.save(to: staged.stage(path)) }
    var complete = StagedFiles()
    swap(&complete, &staged)
    try complete.commit()
  }
}

/// Rows for a folder of shards.
private enum ShardPiece<Scalar: FloatingTensorScalar>: Sendable {
  case rows(FeatureMatrix<Scalar>)
  case skipped(Int)
}
