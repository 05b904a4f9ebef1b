/// Several ASHA pruners with first rungs ever later, and a share of the trials for each.
///
/// Hyperband (Li et al. 2018, JMLR 18-558) with the rules of `HyperbandPruner` in Optuna 5.0.0: there
/// are ⌊log_η(R/r)⌋ + 1 brackets, of which bracket b leaves out b rungs, and a trial's bracket is
/// drawn from the CRC-32 of `<study>_<number>` in the ratio of the brackets' budgets. Trials compete
/// within their bracket.
public struct HyperbandPruner: Pruner {
  /// The step of the first rung, r.
  public let minimumResource: Int
  /// The steps of a whole trial, R; nil takes those of the first trial that is complete, and ends no
  /// trial before there is one.
  public let maximumResource: Int?
  /// How many trials compete for each that goes on, η.
  public let reductionFactor: Int

  /// Describes a pruner; resources below 1, R below r, or a factor below 2 trap.
  public init(minimumResource: Int = 1, maximumResource: Int? = nil, reductionFactor: Int = 3) {
    precondition(minimumResource >= 1, "a first rung at step \(minimumResource)")
    precondition(
      maximumResource ?? minimumResource >= minimumResource,
      "the last rung is the first"
    )
    precondition(reductionFactor >= 2, "1 of \(reductionFactor) trials goes on")
    self.minimumResource = minimumResource
    self.maximumResource = maximumResource
    self.reductionFactor = reductionFactor
  }

  /// Whether the pruner of the trial's bracket ends it.
  public func prunes(_ context: PruningContext) -> Bool {
    guard let resource = maximumResource ?? Self.resource(context.finished) else { return false }
    let budgets = budgets(resource)
    let bracket = Self.bracket(of: context.trial.number, in: context.study, budgets)
    return ASHAPruner(
      minimumResource: minimumResource,
      reductionFactor: reductionFactor,
      minimumEarlyStoppingRate: bracket
    ).prunes(
      PruningContext(
        study: context.study,
        direction: context.direction,
        trial: context.trial,
        finished: context.finished.filter {
          Self.bracket(of: $0.number, in: context.study, budgets) == bracket
        }
      )
    )
  }

  /// The brackets' budgets: of n brackets, ⌈n η^s / (s + 1)⌉ for bracket n - 1 - s.
  func budgets(_ resource: Int) -> [Int] {
    var (brackets, reach) = (1, minimumResource)
    while reach <= resource / reductionFactor {
      reach *= reductionFactor
      brackets += 1
    }
    var (budgets, power) = ([Int](), 1)
    for s in 0..<brackets {
      budgets.insert((brackets * power + s) / (s + 1), at: 0)
      power *= reductionFactor
    }
    return budgets
  }

  static func bracket(of number: Int, in study: String, _ budgets: [Int]) -> Int {
    var rest = Int(crc32("\(study)_\(number)".utf8)) % budgets.reduce(0, +)
    for (bracket, budget) in budgets.enumerated() {
      rest -= budget
      if rest < 0 { return bracket }
    }
    preconditionFailure("a rest beyond the sum")
  }

  private static func resource(_ finished: [Trial]) -> Int? {
    finished.first { $0.state == .complete && $0.lastStep != nil }?.lastStep
  }
}

/// The check value of zlib and of Python's `binascii.crc32` (polynomial 0xEDB88320).
private func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
  ~bytes.reduce(~0) { sum, byte in
    (0..<8).reduce(sum ^ UInt32(byte)) { rest, _ in rest >> 1 ^ (rest & 1 == 1 ? 0xEDB8_8320 : 0) }
  }
}
