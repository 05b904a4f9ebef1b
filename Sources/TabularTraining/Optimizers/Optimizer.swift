internal import TabularTensor

/// A rule that moves parameters against their gradient, and what it remembers between steps.
///
/// ```swift
/// var optimizer = Optimizer(.adam(learningRate: 0.01))
/// let (loss, gradient) = try model.valueAndGradient(features, labels, loss: .crossEntropy)
/// optimizer.step(&model, gradient)
/// ```
public struct Optimizer: Sendable {
  /// The rule and its settings.
  public private(set) var configuration: Configuration
  /// The number of steps taken.
  public private(set) var stepCount = 0
  // SGD's momentum buffer, Adagrad's sum; Adam's first and second moment. Empty until the first
  // step.
  private(set) var first = Tensor<Float>(zeros: [0])
  private(set) var second = Tensor<Float>(zeros: [0])
  // Of the parameters in no group, then of each group: as configured, and as a schedule has it now.
  private var base: [Settings]
  private var settings: [Settings]
  // Empty until the first step.
  private var runs: [Run] = []

  /// Creates an optimizer before its first step; a setting out of its range traps.
  public init(_ configuration: Configuration) {
    do throws(TrainingError) {
      try configuration.check()
    } catch {
      preconditionFailure(error.message)
    }
    self.configuration = configuration
    base = configuration.settings
    settings = base
  }

  /// Goes on after some steps with what was remembered then.
  init(
    _ configuration: Configuration,
    stepCount: Int,
    first: Tensor<Float>?,
    second: Tensor<Float>?,
    of model: Sequential
  ) {
    self.init(configuration)
    guard stepCount > 0 else { return }
    self.stepCount = stepCount
    if let first { self.first = first }
    if let second { self.second = second }
    runs = configuration.runs(of: model.layout)
  }

  /// The step size of the next step, of the parameters in no group.
  ///
  /// It may be set between steps, which changes what a schedule starts from, and the groups that
  /// have no rate of their own; below 0 traps.
  public var learningRate: Double {
    get { settings[0].learningRate }
    set {
      precondition(newValue >= 0 && newValue.isFinite, "a learning rate of \(newValue)")
      configuration.learningRate = newValue
      base = configuration.settings
      settings = base
    }
  }

  /// Takes the rates of the next step, and of those after it, from a schedule.
  ///
  /// - Parameters:
  ///   - schedule: what the rates follow.
  ///   - epoch: the number of epochs before, which a schedule by epochs counts.
  public mutating func follow(_ schedule: Schedule, epoch: Int = 0) {
    let count = schedule.unit == .step ? stepCount : epoch
    for position in settings.indices {
      settings[position].learningRate = schedule.learningRate(
        base[position].learningRate,
        at: count
      )
    }
  }

  /// Moves the model's parameters, and its running statistics by what the gradient's rows showed; a
  /// gradient of a model with other parameters, and a parameter
  /// group that does not fit the model, trap.
  public mutating func step(_ model: inout Sequential, _ gradient: Gradient) {
    precondition(model.layout == gradient.layout, "a gradient of another model")
    prepare(for: model)
    stepCount += 1
    gradient.values.withUnsafeScalars { gradient in
      model.parameters.withUnsafeMutableScalars { parameters in
        first.withUnsafeMutableScalars { first in
          second.withUnsafeMutableScalars { second in
            guard let p = parameters.baseAddress, let g = gradient.baseAddress,
              let first = first.baseAddress, let second = second.baseAddress
            else { return }
            for run in runs {
              let start = run.range.lowerBound
              configuration.update(
                p + start,
                g + start,
                run.range.count,
                first: configuration.moments >= 1 ? first + start : first,
                second: configuration.moments >= 2 ? second + start : second,
                step: stepCount,
                settings[run.group]
              )
            }
          }
        }
      }
    }
    model.observe(gradient)
    model.ownsParameters = true
  }

  private mutating func prepare(for model: Sequential) {
    let count = model.layout.count
    guard stepCount == 0 else {
      precondition(configuration.moments == 0 || first.count == count, "steps of another model")
      return
    }
    do throws(TrainingError) {
      try configuration.check(for: model)
    } catch {
      preconditionFailure(error.message)
    }
    runs = configuration.runs(of: model.layout)
    let initial = configuration.initialMoment
    if configuration.moments >= 1 {
      first = Tensor<Float>(shape: [count]) { $0.update(repeating: initial) }
    }
    if configuration.moments >= 2 { second = Tensor<Float>(zeros: [count]) }
  }
}

extension Sequential {
  /// Moves running statistics by what a gradient's batches showed, in their order.
  fileprivate mutating func observe(_ gradient: Gradient) {
    guard bufferLayout.count > 0 else { return }
    precondition(gradient.bufferLayout == bufferLayout, "a gradient of another model")
    for observations in gradient.observations {
      observations.withUnsafeScalars { observations in
        buffers.withUnsafeMutableScalars { buffers in
          guard let found = observations.baseAddress, let base = buffers.baseAddress else { return }
          stack.apply(
            ParameterViews(base: UnsafeMutablePointer(mutating: found), layout: bufferLayout),
            to: ParameterViews(base: base, layout: bufferLayout)
          )
        }
      }
    }
  }
}
