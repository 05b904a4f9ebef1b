internal import TabularFrame
internal import TabularTensor

/// The last steps of a run where each makes one feature of one column: no column needs to be made
/// of them, since the tensor takes their numbers as they come.
///
/// These are steps of one number each, and ordinal encoders with one code for all that is no
/// category. What they make is, to the last bit, what the steps make one by one, and so are the
/// counts.
struct DeferredSteps {
  /// The first of them.
  let start: Int
  /// What becomes of a column.
  private var makers: [String: Maker] = [:]
  /// The encoders among them.
  private var encoders: [FittedOrdinalEncoder] = []

  private enum Maker {
    case chain([NumberChain.Link])
    case codes(encoder: Int, Vocabulary, others: Int64)
  }

  private enum Step {
    case map([(column: String, kernel: NumberKernel)])
    case codes(FittedOrdinalEncoder, others: Int64)

    /// Nil where a step must be applied.
    init?(_ step: (any Transformer)?) {
      if let kernels = (step as? any NumberMap)?.kernels {
        self = .map(kernels)
      } else if let encoder = step as? FittedOrdinalEncoder, case .code(let code) = encoder.unknown,
        encoder.missing == .code(code)
      {
        self = .codes(encoder, others: code)
      } else {
        return nil
      }
    }

    var isMap: Bool { if case .map = self { true } else { false } }

    var columns: [String] {
      switch self {
      case .map(let kernels): kernels.map(\.column)
      case .codes(let encoder, _): encoder.columns
      }
    }
  }

  /// Finds the steps.
  init(of run: StepRun, features: [String]) {
    let features = Set(features)
    var steps: [Step] = []
    var isMapped: [String: Bool] = [:]
    var before: Step?
    for step in run.steps.reversed() {
      before = Step(step)
      guard let step = before else { break }
      let columns = step.columns
      // An encoder's column is its alone.
      guard columns.firstRepeated == nil, columns.allSatisfy({ features.contains($0) }),
        columns.allSatisfy({ isMapped[$0].map { $0 && step.isMap } ?? true })
      else { break }
      for column in columns { isMapped[column] = step.isMap }
      steps.insert(step, at: 0)
      before = nil
    }
    // What is one pass over the rows stays one.
    if run.joinsMaps, before?.isMap == true {
      steps.removeFirst(steps.firstIndex { !$0.isMap } ?? steps.count)
    }
    start = run.steps.count - steps.count
    collect(steps, joinsMaps: run.joinsMaps)
  }

  private mutating func collect(_ steps: [Step], joinsMaps: Bool) {
    // The first map of those that are one pass over the rows.
    var pass = 0
    var passes: [String: Int] = [:]
    for (position, step) in steps.enumerated() {
      switch step {
      case .codes(let encoder, let others):
        for vocabulary in encoder.vocabularies {
          makers[vocabulary.column] = .codes(encoder: encoders.count, vocabulary, others: others)
        }
        encoders.append(encoder)
      case .map(let kernels):
        let goesOn = joinsMaps && position > 0 && steps[position - 1].isMap
        if !goesOn { pass += 1 }
        for (column, kernel) in kernels {
          var links: [NumberChain.Link] = []
          if case .chain(let known) = makers[column] { links = known }
          links.append(NumberChain.Link(kernel: kernel, takesColumn: passes[column] != pass))
          makers[column] = .chain(links)
          passes[column] = pass
        }
      }
    }
  }
}

// The features.
extension DeferredSteps {
  /// The features of a frame that was sent through the steps before; nil where these steps must be
  /// applied, or refuse a value, of which they say why.
  func tensor<Scalar: FloatingTensorScalar>(
    from frame: DataFrame,
    features: [String],
    as type: Scalar.Type,
    report: inout TransformReport
  ) -> Tensor<Scalar>? {
    guard !makers.isEmpty else { return nil }
    var counted = report
    // Concrete types, since a generic from another module is not specialised.
    let sources =
      switch Scalar.dtype {
      case .float32: sources(of: frame, features, as: Float.self, report: &counted)
      case .float64: sources(of: frame, features, as: Double.self, report: &counted)
      case .float16: sources(of: frame, features, as: Float16.self, report: &counted)
      default: sources(of: frame, features, as: Scalar.self, report: &counted)
      }
    guard let sources, let (tensor, counts) = sources.tensor(rows: frame.rowCount, as: type)
    else { return nil }
    for ((name, source), met) in zip(zip(features, sources), counts) {
      switch source {
      case .column: if met.rounded > 0 { counted.rounded[name, default: 0] += met.rounded }
      case .coded(let coded):
        counted.nulls[name, default: 0] += coded.column.nullCount
        counted.unseen[name, default: 0] += met.unseen
      case .chain:
        counted.nulls[name, default: 0] += met.nulls
        counted.outOfRange[name, default: 0] += met.outside
      }
    }
    report = counted
    return tensor
  }

  /// What each feature is made of; nil where a column is not what the steps take.
  ///
  /// A column of categories that cannot be looked up a word at a time is coded here.
  private func sources<Scalar: FloatingTensorScalar>(
    of frame: DataFrame,
    _ features: [String],
    as type: Scalar.Type,
    report: inout TransformReport
  ) -> [FeatureSource]? {
    do throws(PreprocessingError) {
      let coded = try codedColumns(of: features, in: frame, as: type)
      let rest = try encoding(features.filter { coded[$0] == nil }, in: frame, report: &report)
      var sources: [FeatureSource] = []
      for name in features {
        if let column = coded[name] {
          sources.append(.coded(column))
        } else if case .chain(let links) = makers[name] {
          sources.append(
            .chain(NumberChain(numbers: try NumberColumn(name, in: rest), links: links))
          )
        } else {
          sources.append(.column(try rest.column(name)))
        }
      }
      return sources
    } catch {
      return nil
    }
  }

  /// The columns that are looked up a word at a time, their lists made on all threads.
  private func codedColumns<Scalar: FloatingTensorScalar>(
    of features: [String],
    in frame: DataFrame,
    as type: Scalar.Type
  ) throws(PreprocessingError) -> [String: CodedColumn] {
    var jobs: [(column: Column, vocabulary: Vocabulary, others: Int64)] = []
    for case .codes(_, let vocabulary, let others) in features.compactMap({ makers[$0] }) {
      jobs.append((try frame.categories(vocabulary.column), vocabulary, others))
    }
    let columns = [CodedColumn?](concurrently: jobs.count, cells: jobs.count * frame.rowCount) {
      CodedColumn(jobs[$0].column, jobs[$0].vocabulary, others: jobs[$0].others, as: type)
    }
    var coded: [String: CodedColumn] = [:]
    for (job, column) in zip(jobs, columns) { coded[job.vocabulary.column] = column }
    return coded
  }

  /// The frame with those of the columns coded that an encoder is for.
  private func encoding(
    _ columns: [String],
    in frame: DataFrame,
    report: inout TransformReport
  ) throws(PreprocessingError) -> DataFrame {
    var left: [Int: [Vocabulary]] = [:]
    for case .codes(let encoder, let vocabulary, _) in columns.compactMap({ makers[$0] }) {
      left[encoder, default: []].append(vocabulary)
    }
    var result = frame
    for (index, vocabularies) in left.sorted(by: { $0.key < $1.key }) {
      let encoder = FittedOrdinalEncoder(
        vocabularies: vocabularies,
        unknown: encoders[index].unknown,
        missing: encoders[index].missing
      )
      result = try encoder.applied(to: result, report: &report)
    }
    return result
  }
}
