internal import TabularFrame

/// Tries every point of a grid, in order: trial n is the n-th point.
///
/// The last parameter varies fastest. A choice is tried with all of its values, each with the points
/// of the branch that it opens; a range of whole numbers with all of them where there are no more
/// than `points`; other ranges with `points` values, both bounds included, evenly spaced on their
/// scale.
public struct GridSampler: Sampler {
  /// The number of values that stand for a range; 1 is its middle.
  public let points: Int
  /// The numbers of values of single parameters, by name.
  public let pointsByName: [String: Int]

  /// A grid of so many values a range.
  ///
  /// - Throws: ``TuningError`` of kind `configuration` where a number is below 1.
  public init(points: Int = 5, pointsByName: [String: Int] = [:]) throws(TuningError) {
    guard points > 0 else {
      throw TuningError(.configuration, "a grid has 1 point a range at least, found \(points)")
    }
    for (name, points) in pointsByName.sorted(by: { $0.key < $1.key }) where points < 1 {
      throw TuningError(
        .configuration,
        "a grid has 1 point a range at least, found \(points) for \(quotedForMessage(name))"
      )
    }
    self.points = points
    self.pointsByName = pointsByName
  }

  /// The number of points of the grid.
  ///
  /// - Throws: ``TuningError`` of kind `configuration` where no number of 64 bits holds it, or
  ///   `pointsByName` has a name that the space does not.
  public func count(of space: SearchSpace) throws(TuningError) -> Int {
    let names = space.parameters.map(\.name)
    if let unknown = pointsByName.keys.sorted().first(where: { !names.contains($0) }) {
      throw TuningError(
        .configuration,
        "the grid's points name \(quotedForMessage(unknown)), which is not in the space; "
          + TabularFrame.suggestion(for: unknown, among: names)
      )
    }
    guard let count = Grid(space, values: values).count(under: nil) else {
      throw TuningError(
        .configuration,
        "the grid has more than \(Int.max) points; give it fewer a range, or search at random"
      )
    }
    return count
  }

  /// The point of a trial, or nil past the last one.
  public func suggestion(
    for context: SuggestionContext
  ) throws(TuningError) -> [String: ParameterValue]? {
    let count = try count(of: context.space)
    guard context.number < count else { return nil }
    var values: [String: ParameterValue] = [:]
    Grid(context.space, values: self.values).set(&values, point: context.number, under: nil)
    return values
  }

  /// The values of a parameter that the grid has, in order.
  func values(of parameter: SearchSpace.Parameter) -> [ParameterValue] {
    let axis = Axis(parameter.distribution)
    let most = pointsByName[parameter.name] ?? points
    if axis.isConstant { return [axis.value(atFraction: 0)] }
    switch parameter.distribution {
    case .choice(let values): return values
    case .int(let range, _) where range.count <= most: return range.map { .integer($0) }
    case .uniform, .log, .int:
      guard most > 1 else { return [axis.value(atFraction: 0.5)] }
      // The bounds themselves, not the halves of a step around whole ones.
      let ends = (axis.snapped(axis.low), axis.snapped(axis.high))
      var values: [ParameterValue] = []
      for index in 0..<most {
        let part = Double(index) / Double(most - 1)
        let value = axis.value(at: ends.0 + part * (ends.1 - ends.0))
        // Few whole numbers on a logarithmic scale round to the same ones.
        if values.last != value { values.append(value) }
      }
      return values
    }
  }
}

/// The points of a space: a number system, whose digits are the values of the parameters.
private struct Grid {
  private let space: SearchSpace
  private let values: [(parameter: SearchSpace.Parameter, values: [ParameterValue])]

  init(_ space: SearchSpace, values: (SearchSpace.Parameter) -> [ParameterValue]) {
    self.space = space
    self.values = space.parameters.map { ($0, values($0)) }
  }

  private func branch(
    _ parameter: SearchSpace.Parameter,
    _ value: ParameterValue
  ) -> SearchSpace.Condition {
    SearchSpace.Condition(parent: parameter.name, value: value)
  }

  /// How many points the parameters of a branch have together; nil when no Int holds it.
  func count(under condition: SearchSpace.Condition?) -> Int? {
    var product = 1
    for (parameter, values) in values where parameter.condition == condition {
      guard let count = count(of: parameter, values) else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: count)
      guard !overflow else { return nil }
      product = next
    }
    return product
  }

  /// How many points a parameter has, with what it opens.
  private func count(of parameter: SearchSpace.Parameter, _ values: [ParameterValue]) -> Int? {
    guard parameter.values != nil else { return values.count }
    var sum = 0
    for value in values {
      guard let count = count(under: branch(parameter, value)) else { return nil }
      let (next, overflow) = sum.addingReportingOverflow(count)
      guard !overflow else { return nil }
      sum = next
    }
    return sum
  }

  /// Sets the parameters of a branch to its point of a number, which is below the branch's count.
  func set(
    _ result: inout [String: ParameterValue],
    point: Int,
    under condition: SearchSpace.Condition?
  ) {
    var rest = point
    for (parameter, values) in values.reversed() where parameter.condition == condition {
      let count = count(of: parameter, values) ?? 1
      var digit = rest % count
      rest /= count
      guard parameter.values != nil else {
        result[parameter.name] = values[digit]
        continue
      }
      for value in values {
        let inner = self.count(under: branch(parameter, value)) ?? 1
        if digit < inner {
          result[parameter.name] = value
          set(&result, point: digit, under: branch(parameter, value))
          break
        }
        digit -= inner
      }
    }
  }
}

extension GridSampler: CustomStringConvertible {
  /// The settings in an order of their own: a study that is resumed compares them as text.
  public var description: String {
    let numbers = pointsByName.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    return "GridSampler(points: \(points), pointsByName: [\(numbers.joined(separator: ", "))])"
  }
}
