/// The command line of a trial: what all trials share, and the parameters as options.
public struct TrialCommand: Sendable {
  /// The path of the program, or its name, which is looked up in `PATH`.
  public let executable: String
  /// What stands before the parameters, such as `train data.csv --target y`.
  public let arguments: [String]
  /// The parameters, in whose order they become options.
  public let space: SearchSpace

  /// Describes a command.
  public init(executable: String, arguments: [String], space: SearchSpace) {
    self.executable = executable
    self.arguments = arguments
    self.space = space
  }

  /// The arguments of a trial with these parameters.
  public func arguments(with parameters: [String: ParameterValue]) -> [String] {
    arguments + Self.options(parameters, in: space)
  }

  /// Parameters as options: `batch_size` becomes `--batch-size` with its value; of a parameter that is
  /// true or false the option alone, or nothing.
  public static func options(
    _ parameters: [String: ParameterValue],
    in space: SearchSpace
  ) -> [String] {
    space.parameters.flatMap { parameter -> [String] in
      let option = option(parameter.name)
      switch parameters[parameter.name] {
      case nil, .bool(false): return []
      case .bool(true): return [option]
      // A value that begins with a dash would be read as an option of its own.
      case let value?: return ["\(option)=\(value)"]
      }
    }
  }

  /// The option that sets a parameter.
  public static func option(_ name: String) -> String {
    "--" + name.replacing("_", with: "-")
  }
}
