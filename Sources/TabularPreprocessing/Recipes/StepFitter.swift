internal import TabularCollectives
internal import TabularFrame

/// What one pass over the rows fits.
protocol StepFitter {
  /// Whether no pass is needed any more.
  var isComplete: Bool { get }
  /// About how many bytes it has gathered.
  var byteCount: Int { get }
  /// The column of which it has gathered the most.
  var largestColumn: String? { get }
  /// Takes what a look at the rows has gathered of columns that are as they were then.
  mutating func adopt(_ look: TableLook, where isUntouched: (String) -> Bool)
  mutating func observe(_ chunk: DataFrame) throws(PreprocessingError)
  /// Whether several processes can fit it together.
  var isShared: Bool { get }
  /// Takes what all processes have gathered.
  mutating func join(_ ranks: any Communicator) throws(PreprocessingError)
  func finish() throws(PreprocessingError) -> [any Transformer]
}

/// A state of nothing but a fold of categories for each column.
protocol CategoryFolding: FittingState {
  /// The columns in order.
  var columns: [String] { get }
  var folds: [CategoryFold] { get set }
}

extension CategoryFolding {
  var largestColumn: String? {
    zip(columns, folds).max { $0.1.byteCount < $1.1.byteCount }?.0
  }
}

struct OneStepFitter<State: FittingState>: StepFitter {
  var state: State
  var byteCount: Int { isComplete ? 0 : state.byteCount }
  var largestColumn: String? { (state as? any CategoryFolding)?.largestColumn }
  private(set) var isComplete = false

  init(state: State) { self.state = state }

  mutating func adopt(_ look: TableLook, where isUntouched: (String) -> Bool) {
    guard var folding = state as? any CategoryFolding, folding.columns.allSatisfy(isUntouched)
    else { return }
    let known = folding.columns.compactMap { look.categories[$0] }
    guard known.count == folding.columns.count else { return }
    folding.folds = known
    guard let adopted = folding as? State else { return }
    state = adopted
    isComplete = true
  }

  mutating func observe(_ chunk: DataFrame) throws(PreprocessingError) { try state.observe(chunk) }

  var isShared: Bool { state is any SharedState }

  mutating func join(_ ranks: any Communicator) throws(PreprocessingError) {
    guard var shared = state as? any SharedState else {
      preconditionFailure("a state that is not shared")
    }
    try shared.join(ranks)
    if let joined = shared as? State { state = joined }
  }

  func finish() throws(PreprocessingError) -> [any Transformer] { [try state.finish()] }
}
