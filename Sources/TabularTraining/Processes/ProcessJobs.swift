internal import Foundation

/// The inputs of a `map`, handed out in their order, and what came of them.
///
/// All state is touched under `lock` alone, which is what makes this `Sendable`.
final class ProcessJobs<Input: Codable & Sendable, Output: Codable & Sendable>: @unchecked Sendable
{
  private let name: String
  private let inputs: [Input]
  private let lock = NSLock()
  private var handedOut = 0
  private var outputs: [Output?]
  private var failure: ProcessFailure?

  init(name: String, inputs: [Input]) {
    self.name = name
    self.inputs = inputs
    outputs = Array(repeating: nil, count: inputs.count)
  }

  /// The next input's position; nil when all are handed out, or one failed.
  func next() -> Int? {
    lock.withLock {
      guard failure == nil, handedOut < inputs.count else { return nil }
      handedOut += 1
      return handedOut - 1
    }
  }

  /// What a child is sent.
  func request(_ position: Int) throws -> Data {
    do {
      return try ProcessJSON.encode(ProcessRequest(name: name, input: inputs[position]))
    } catch {
      throw ProcessFailure(
        function: name,
        position: position,
        reason: .notConvertible("the input cannot be written as JSON: \(error)")
      )
    }
  }

  /// Takes what a child answered.
  func take(_ answer: Data, for position: Int) {
    do {
      switch try ProcessJSON.decode(ProcessAnswer<Output>.self, from: answer) {
      case .output(let output): lock.withLock { outputs[position] = output }
      case .failure(let reason): fail(position, reason)
      }
    } catch {
      fail(position, .notConvertible("the output is no \(Output.self): \(error)"))
    }
  }

  /// Notes a failure; of several the first by position counts.
  func fail(_ position: Int, _ reason: ProcessFailure.Reason) {
    lock.withLock {
      if let failure, failure.position <= position { return }
      failure = ProcessFailure(function: name, position: position, reason: reason)
    }
  }

  /// All outputs, once nobody works any more.
  func results() throws(TrainingError) -> [Output] {
    lock.lock()
    defer { lock.unlock() }
    if let failure {
      var kind = TrainingError.Kind.process
      if case .threw = failure.reason { kind = .callback }
      throw TrainingError(kind, "\(failure)", underlying: failure)
    }
    return outputs.map { output in
      guard let output else { preconditionFailure("an input without an answer") }
      return output
    }
  }
}

/// What a child is asked for.
struct ProcessRequest<Input: Codable>: Codable {
  let name: String
  let input: Input
}

/// What a child is asked for, but for the input, whose type the name decides.
struct ProcessRequestName: Codable {
  let name: String
}

/// What a child answers.
enum ProcessAnswer<Output: Codable> {
  case output(Output)
  case failure(ProcessFailure.Reason)
}

extension ProcessAnswer: Codable {
  private enum CodingKeys: String, CodingKey {
    case output, threw, names, text
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    if let text = try container.decodeIfPresent(String.self, forKey: .threw) {
      self = .failure(.threw(text))
    } else if let names = try container.decodeIfPresent([String].self, forKey: .names) {
      self = .failure(.unknownFunction(names))
    } else if let text = try container.decodeIfPresent(String.self, forKey: .text) {
      self = .failure(.notConvertible(text))
    } else {
      self = .output(try container.decode(Output.self, forKey: .output))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .output(let output): try container.encode(output, forKey: .output)
    case .failure(.threw(let text)): try container.encode(text, forKey: .threw)
    case .failure(.unknownFunction(let names)): try container.encode(names, forKey: .names)
    case .failure(.notConvertible(let text)): try container.encode(text, forKey: .text)
    // What the parent finds out by itself is never sent.
    case .failure(let reason): try container.encode("\(reason)", forKey: .text)
    }
  }
}

/// JSON in which a float may be NaN or infinite.
enum ProcessJSON {
  static func encode(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf",
      negativeInfinity: "-inf",
      nan: "nan"
    )
    return try encoder.encode(value)
  }

  static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf",
      negativeInfinity: "-inf",
      nan: "nan"
    )
    return try decoder.decode(type, from: data)
  }
}
