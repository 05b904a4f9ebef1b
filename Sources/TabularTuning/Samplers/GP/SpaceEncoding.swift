/// A search space as places of a Gaussian process.
struct SpaceEncoding: Sendable {
  /// An axis, and the value of another that opens it.
  struct Item: Sendable {
    let parameter: SearchSpace.Parameter
    let axis: Axis
    let condition: (axis: Int, value: Double)?
  }

  let space: SearchSpace
  /// The parameters that have more than one value, in order.
  let items: [Item]

  init(_ space: SearchSpace) {
    self.space = space
    var items: [Item] = []
    for parameter in space.parameters {
      let axis = Axis(parameter.distribution)
      if axis.isConstant { continue }
      items.append(
        Item(
          parameter: parameter,
          axis: axis,
          condition: Self.condition(parameter, space, items)
        )
      )
    }
    self.items = items
  }

  /// The branch of a parameter, in which choices of one value are left out.
  private static func condition(
    _ parameter: SearchSpace.Parameter,
    _ space: SearchSpace,
    _ items: [Item]
  ) -> (Int, Double)? {
    guard let condition = parameter.condition else { return nil }
    if let index = items.firstIndex(where: { $0.parameter.name == condition.parent }) {
      return items[index].axis.position(of: condition.value).map { (index, $0) }
    }
    return space.parameter(named: condition.parent).flatMap { self.condition($0, space, items) }
  }

  var isChoice: [Bool] { items.map { $0.axis.kind == .choice } }

  /// The place of some parameters; nil where one is missing or none of its values.
  func place(of values: [String: ParameterValue]) -> [Double]? {
    var place: [Double] = []
    for item in items {
      guard space.exists(item.parameter, in: values) else {
        place.append(.nan)
        continue
      }
      guard let position = values[item.parameter.name].flatMap(item.axis.position) else {
        return nil
      }
      place.append(
        item.axis.kind == .choice ? position : (position - item.axis.low) / item.axis.width
      )
    }
    return place
  }

  /// The parameters of a place.
  func values(at place: [Double]) -> [String: ParameterValue] {
    var values: [String: ParameterValue] = [:]
    for parameter in space.parameters where space.exists(parameter, in: values) {
      if let index = items.firstIndex(where: { $0.parameter.name == parameter.name }) {
        let axis = items[index].axis
        values[parameter.name] =
          axis.kind == .choice
          ? axis.value(at: place[index]) : axis.value(atFraction: place[index])
      } else {
        values[parameter.name] = Axis(parameter.distribution).value(atFraction: 0)
      }
    }
    return values
  }

  /// A place of numbers from 0 to 1: whole numbers and choices are where one of them is.
  func place(ofUnits units: [Double]) -> [Double] {
    zip(items, units).map { item, unit in
      switch item.axis.kind {
      case .number: unit
      case .choice: min((unit * item.axis.high).rounded(.down), item.axis.high - 1)
      case .whole:
        (item.axis.snapped(item.axis.low + unit * item.axis.width) - item.axis.low)
          / item.axis.width
      }
    }
  }

  /// The place with NaN on each axis whose branch is closed.
  func masked(_ place: [Double]) -> [Double] {
    var masked = place
    for (index, item) in items.enumerated() {
      if let (parent, value) = item.condition, masked[parent] != value { masked[index] = .nan }
    }
    return masked
  }
}
