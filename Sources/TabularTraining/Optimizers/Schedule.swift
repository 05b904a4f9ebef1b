internal import Foundation

/// How the learning rate changes while training goes on: PyTorch's formulas.
///
/// A function of the number of steps, or of epochs, since the start, and of the rate that the
/// optimizer is configured with; with parameter groups each group's rate follows.
///
/// ```swift
/// let trainer = Trainer(
///   model: model, loss: .crossEntropy, optimizer: .adam(learningRate: 0.01),
///   schedule: .warmUp(over: 100, then: .cosine(over: 2_000)))
/// ```
public struct Schedule: Sendable, Hashable, Codable {
  /// What is counted.
  public enum Unit: String, Sendable, Hashable, Codable {
    /// Steps of the optimizer.
    case step
    /// Epochs.
    case epoch
  }

  /// What is counted.
  public let unit: Unit
  private let rule: Rule

  private init(_ rule: Rule, _ unit: Unit) {
    self.rule = rule
    self.unit = unit
    if let fault = rule.fault { preconditionFailure(fault) }
  }
}

extension Schedule {
  /// The rate as it is configured, all the time.
  public static let constant = Schedule(.constant, .step)

  /// The rate times `factor` to the number of full `size`s: rate · factor^⌊t / size⌋.
  ///
  /// Source: PyTorch's `StepLR`. A size below 1, or a factor below 0, traps.
  public static func step(every size: Int, factor: Double = 0.1, per unit: Unit = .step) -> Schedule
  {
    Schedule(.step(size: size, factor: factor), unit)
  }

  /// Half a cosine from the rate down to `minimum` in `count` steps or epochs.
  ///
  /// minimum + (rate - minimum)·(1 + cos(π·t / count)) / 2, which after `count` rises again, as
  /// PyTorch's `CosineAnnealingLR` does. A count below 1, or a minimum below 0, traps.
  public static func cosine(
    over count: Int,
    minimum: Double = 0,
    per unit: Unit = .step
  ) -> Schedule {
    Schedule(.cosine(count: count, minimum: minimum), unit)
  }

  /// Up from a small rate to the configured one, and down to almost nothing, in `count` steps.
  ///
  /// The configured rate is the highest. It starts at rate / `division`, is reached after the part
  /// `rising` of the steps, and ends at rate / `division` / `finalDivision`, along half cosines or
  /// lines; with three phases it falls as fast as it rose, and vanishes in the rest. Source:
  /// PyTorch's `OneCycleLR`, with `cycle_momentum` false. After `count` it stays at the end. Counts
  /// below 1, parts outside 0 to 1 and divisions not above 0 trap.
  public static func oneCycle(
    over count: Int,
    rising: Double = 0.3,
    linear: Bool = false,
    division: Double = 25,
    finalDivision: Double = 1e4,
    threePhases: Bool = false,
    per unit: Unit = .step
  ) -> Schedule {
    let cycle = OneCycle(
      count: count,
      rising: rising,
      linear: linear,
      division: division,
      finalDivision: finalDivision,
      threePhases: threePhases
    )
    return Schedule(.oneCycle(cycle), unit)
  }

  /// A line from rate · `factor` up to the rate in `count` steps or epochs, and then another
  /// schedule from its beginning, in the unit of that one.
  ///
  /// Source: PyTorch's `LinearLR` in a `SequentialLR`. A count below 1, or a factor outside 0 to 1,
  /// traps.
  public static func warmUp(
    over count: Int,
    from factor: Double = 1.0 / 3,
    then next: Schedule = .constant
  ) -> Schedule {
    Schedule(.warmUp(count: count, factor: factor, next: next.rule), next.unit)
  }

  /// The rate at a time.
  ///
  /// - Parameters:
  ///   - rate: the configured rate.
  ///   - count: the steps or epochs, as `unit` says, that were before: 0 at the start.
  /// - Returns: the rate of the next step.
  public func learningRate(_ rate: Double, at count: Int) -> Double {
    rule.rate(rate, at: max(count, 0))
  }
}

private struct OneCycle: Sendable, Hashable, Codable {
  var count: Int
  var rising: Double
  var linear: Bool
  var division: Double
  var finalDivision: Double
  var threePhases: Bool

  var isValid: Bool {
    count >= 1 && rising >= 0 && rising <= (threePhases ? 0.5 : 1) && division > 0
      && finalDivision > 0
  }

  /// `torch/optim/lr_scheduler.py`, `OneCycleLR.get_lr`.
  func rate(_ highest: Double, at count: Int) -> Double {
    let initial = highest / division
    let last = initial / finalDivision
    let top = rising * Double(self.count) - 1
    let end = Double(self.count) - 1
    let phases: [(end: Double, from: Double, to: Double)] =
      threePhases
      ? [
        (top, initial, highest), (2 * rising * Double(self.count) - 2, highest, initial),
        (end, initial, last),
      ] : [(top, initial, highest), (end, highest, last)]
    let now = Double(count)
    var start = 0.0
    for phase in phases {
      if now <= phase.end {
        let part = phase.end > start ? (now - start) / (phase.end - start) : 1
        return between(phase.from, phase.to, part)
      }
      start = phase.end
    }
    return last
  }

  private func between(_ from: Double, _ to: Double, _ part: Double) -> Double {
    linear ? from + (to - from) * part : to + (from - to) / 2 * (cos(.pi * part) + 1)
  }
}

private indirect enum Rule: Sendable, Hashable, Codable {
  case constant
  case step(size: Int, factor: Double)
  case cosine(count: Int, minimum: Double)
  case oneCycle(OneCycle)
  case warmUp(count: Int, factor: Double, next: Rule)

  /// What is wrong with the settings.
  var fault: String? {
    switch self {
    case .constant: nil
    case .step(let size, let factor):
      size >= 1 && factor >= 0 ? nil : "a schedule of steps of \(size) by \(factor)"
    case .cosine(let count, let minimum):
      count >= 1 && minimum >= 0 ? nil : "a cosine over \(count) to \(minimum)"
    case .oneCycle(let cycle): cycle.isValid ? nil : "\(cycle)"
    case .warmUp(let count, let factor, let next):
      count >= 1 && (0...1).contains(factor) ? next.fault : "a warm-up over \(count) from \(factor)"
    }
  }

  func rate(_ rate: Double, at count: Int) -> Double {
    switch self {
    case .constant: rate
    case .step(let size, let factor): rate * pow(factor, Double(count / size))
    case .cosine(let span, let minimum):
      minimum + (rate - minimum) * (1 + cos(.pi * Double(count) / Double(span))) / 2
    case .oneCycle(let cycle): cycle.rate(rate, at: count)
    case .warmUp(let span, let factor, let next):
      count < span
        ? rate * (factor + (1 - factor) * Double(count) / Double(span))
        : next.rate(rate, at: count - span)
    }
  }
}
