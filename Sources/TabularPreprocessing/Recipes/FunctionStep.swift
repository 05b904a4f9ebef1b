internal import Foundation

/// A step of one's own: a function of each number, under a name.
///
/// The function is code, so a recipe with it is saved and read only where the name is registered:
///
/// ```swift
/// FunctionStep.register("cents") { $0.map { $0 * 100 } }
/// let plan = RecipePlan(features: ["Fare"], steps: [FunctionStep("cents", columns: ["Fare"])])
/// ```
public struct FunctionStep: Estimator {
  /// What becomes of a number; a missing one is nil, on both sides.
  public typealias Function = @Sendable (Double?) -> Double?

  /// The columns, numeric.
  public let columns: [String]
  /// The name of the function.
  public let function: String
  let body: Function?

  /// Creates a step of a function that need not be registered, unless its recipe is saved.
  public init(_ name: String, columns: [String], _ body: @escaping Function) {
    (self.columns, function, self.body) = (columns, name, body)
  }

  /// Creates a step of a registered function.
  public init(_ name: String, columns: [String]) {
    (self.columns, function, body) = (columns, name, FunctionRegistry.shared[name])
  }

  /// Gives a name to a function, for all recipes of this process; a later one replaces it.
  public static func register(_ name: String, _ body: @escaping Function) {
    FunctionRegistry.shared[name] = body
  }

  /// A state that has seen no row.
  public func makeState() -> NumberState<FittedFunctionStep> {
    NumberState(columns, needs: []) { [function, body] columns, _ throws(PreprocessingError) in
      guard let body else { throw FunctionRegistry.unknown(function) }
      return FittedFunctionStep(function: function, columns: columns, body: body)
    }
  }
}

/// The functions that have a name.
private final class FunctionRegistry: @unchecked Sendable {
  static let shared = FunctionRegistry()

  private let lock = NSLock()
  private var functions: [String: FunctionStep.Function] = [:]

  subscript(name: String) -> FunctionStep.Function? {
    get { lock.withLock { functions[name] } }
    set { lock.withLock { functions[name] = newValue } }
  }

  static func unknown(_ name: String) -> PreprocessingError {
    PreprocessingError(
      .recipe,
      "the function '\(name)' is not registered; call FunctionStep.register(\"\(name)\") first"
    )
  }
}

/// A function of each number.
public struct FittedFunctionStep: NumberMap {
  /// `function`.
  public static var name: String { "function" }

  /// The name of the function.
  public let function: String
  /// The columns, numeric.
  public let columns: [String]
  let body: FunctionStep.Function

  init(function: String, columns: [String], body: @escaping FunctionStep.Function) {
    (self.function, self.columns, self.body) = (function, columns, body)
  }

  private enum CodingKeys: String, CodingKey { case function, columns }

  /// Reads the name of a registered function, and the columns.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    function = try container.decode(String.self, forKey: .function)
    columns = try container.decode([String].self, forKey: .columns)
    guard let body = FunctionRegistry.shared[function] else {
      throw FunctionRegistry.unknown(function)
    }
    self.body = body
  }

  /// Writes the name of the function, which must be registered, and the columns.
  public func encode(to encoder: any Encoder) throws {
    guard FunctionRegistry.shared[function] != nil else {
      throw FunctionRegistry.unknown(function)
    }
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(function, forKey: .function)
    try container.encode(columns, forKey: .columns)
  }

  var kernels: [(column: String, kernel: NumberKernel)]? {
    columns.map { column in
      (
        column,
        { [body] block, counts in
          for i in block.indices {
            let result = body(block[i].isNaN ? nil : block[i])
            guard result?.isInfinite != true else {
              counts.refused = (i, "the function makes an infinity of it")
              return
            }
            block[i] = result ?? .nan
          }
        }
      )
    }
  }
}
