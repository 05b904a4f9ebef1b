import TabularFiles
import TabularFrame
import TabularPreprocessing
import TabularTensor

/// The files that a conversion writes: all of them appear, or none.
struct ConvertedFiles: ~Copyable {
  private let stem: Substring
  private let format: FeatureFormat
  private let layout: FeatureLayout
  private let columns: [String]
  private var staged = StagedFiles()
  /// What there is to say of each file.
  private(set) var lines: [String] = []

  /// - Parameter columns: the columns that the rows need.
  init(stem: Substring, format: FeatureFormat, layout: FeatureLayout, columns: [String]) {
    (self.stem, self.format, self.layout, self.columns) = (stem, format, layout, columns)
  }

  /// Writes the file of a part, a chunk of rows at a time.
  mutating func write<Scalar: FloatingTensorScalar>(
    _ source: any RowSource,
    part: String? = nil,
    rowCount: Int,
    _ matrix: (DataFrame) throws(PreprocessingError) -> FeatureMatrix<Scalar>
  ) throws {
    let path = "\(stem)\(part.map { "-\($0)" } ?? "").\(format)"
    let file = try FeatureFile<Scalar>(
      path: staged.stage(path),
      format: format,
      layout: layout,
      rowCount: rowCount
    )
    try source.forEachChunk(columns: columns) { chunk throws(PreprocessingError) in
      try file.append(matrix(chunk))
    }
    try file.commit()
    if file.infinities > 0 {
      lines.append(
        "\(path): \(file.infinities) features are infinite: too large for \(Scalar.dtype.rawValue)"
      )
    }
    let target = layout.target == nil ? "" : ", target [\(rowCount)]"
    lines.append(
      "\(path): features \(Scalar.dtype.rawValue) [\(rowCount), \(layout.featureNames.count)]\(target)"
    )
  }

  /// Gives the files their names, and that of the recipe where one is wanted.
  mutating func commit(_ recipe: Recipe, savedTo path: String?) throws {
    if let path { try recipe.save(to: staged.stage(path)) }
    var complete = StagedFiles()
    swap(&complete, &staged)
    try complete.commit()
  }
}
