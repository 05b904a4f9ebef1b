/// A figure that the system gave, or the reason why there is none.
public enum Figure<Value> {
  /// What was read.
  case known(Value)
  /// Why there is no figure, in one line: `no limit`, a missing file, a driver's refusal.
  case absent(String)

  /// What was read, or nil.
  public var value: Value? {
    guard case .known(let value) = self else { return nil }
    return value
  }

  /// Why there is nothing, or nil where there is something.
  public var reason: String? {
    guard case .absent(let reason) = self else { return nil }
    return reason
  }

  /// The figure in other terms; a reason stays as it is.
  public func map<Other>(_ change: (Value) -> Other) -> Figure<Other> {
    switch self {
    case .known(let value): .known(change(value))
    case .absent(let reason): .absent(reason)
    }
  }

  /// What another reading makes of the figure; a reason stays as it is.
  public func flatMap<Other>(_ change: (Value) -> Figure<Other>) -> Figure<Other> {
    switch self {
    case .known(let value): change(value)
    case .absent(let reason): .absent(reason)
    }
  }
}

extension Figure: CustomStringConvertible {
  /// The value, or the reason in parentheses.
  public var description: String {
    switch self {
    case .known(let value): "\(value)"
    case .absent(let reason): "(\(reason))"
    }
  }
}

extension Figure: Sendable where Value: Sendable {}
extension Figure: Equatable where Value: Equatable {}
