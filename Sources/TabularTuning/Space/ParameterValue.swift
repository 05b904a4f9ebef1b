/// The value that a parameter has in one trial.
public enum ParameterValue: Hashable, Sendable {
  /// A whole number.
  case integer(Int)
  /// A floating-point number.
  case number(Double)
  /// A text, such as one of several choices.
  case text(String)
  /// Yes or no.
  case bool(Bool)
}

extension ParameterValue: CustomStringConvertible {
  /// The value as an option of a command takes it: the shortest decimal that reads back the same.
  public var description: String {
    switch self {
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .text(let value): value
    case .bool(let value): "\(value)"
    }
  }

  /// The value as a number, where it is one.
  public var asNumber: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    case .text, .bool: nil
    }
  }
}
