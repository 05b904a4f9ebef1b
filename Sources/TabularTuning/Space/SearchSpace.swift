/// The parameters that a search may set, in order, each with the values that it may take.
///
/// A parameter may exist only where a choice before it has a given value: a branch.
///
/// ```swift
/// let space = try SearchSpace([
///   .init("lr", .log(1e-4...1e-1)),
///   .init("optimizer", .choice([.text("sgd"), .text("adam")])),
///   .init("momentum", .uniform(0...0.99), when: "optimizer", is: .text("sgd")),
/// ])
/// ```
public struct SearchSpace: Hashable, Sendable {
  /// One parameter of the space.
  public struct Parameter: Hashable, Sendable {
    /// The name, such as an option of `tabular train` without its dashes.
    public let name: String
    /// The values that it may take.
    public let distribution: Distribution
    /// Where it exists: always when nil.
    public let condition: Condition?

    /// A parameter that always exists.
    public init(_ name: String, _ distribution: Distribution) {
      self.name = name
      self.distribution = distribution
      self.condition = nil
    }

    /// A parameter that exists where the choice `parent` has the value `value`.
    public init(
      _ name: String,
      _ distribution: Distribution,
      when parent: String,
      is value: ParameterValue
    ) {
      self.name = name
      self.distribution = distribution
      self.condition = Condition(parent: parent, value: value)
    }
  }

  /// The branch in which a parameter exists.
  public struct Condition: Hashable, Sendable {
    /// The name of a choice that stands before the parameter.
    public let parent: String
    /// The value that opens the branch.
    public let value: ParameterValue
  }

  /// The parameters, in order; a branch's parent stands before it.
  public let parameters: [Parameter]
}
