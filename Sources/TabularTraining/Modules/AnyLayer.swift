/// A layer in JSON: its kind beside its own keys.
struct AnyLayer: Codable {
  let layer: any Module

  /// The layers that a file can name.
  private static let kinds: [String: any Module.Type] = {
    let all: [any Module.Type] = [
      Linear.self, ReLU.self, GELU.self, SiLU.self, Sigmoid.self, Tanh.self, LayerNorm.self,
      BatchNorm1d.self, Dropout.self, Embedding.self, TabularInput.self, Residual.self, Summed.self,
    ]
    return Dictionary(uniqueKeysWithValues: all.map { ($0.kind, $0) })
  }()

  private enum CodingKeys: CodingKey { case kind }

  init(_ layer: any Module) { self.layer = layer }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let kind = try container.decode(String.self, forKey: .kind)
    guard let type = Self.kinds[kind] else {
      let known = Self.kinds.keys.sorted().joined(separator: ", ")
      throw DecodingError.dataCorruptedError(
        forKey: .kind,
        in: container,
        debugDescription: "no layer of kind '\(kind)'; there are: \(known)"
      )
    }
    layer = try type.init(from: decoder)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(type(of: layer).kind, forKey: .kind)
    try layer.encode(to: encoder)
  }
}

extension DecodingError {
  /// A layer that cannot be: what it says must not trap.
  static func layer(_ decoder: any Decoder, _ description: String) -> DecodingError {
    .dataCorrupted(Context(codingPath: decoder.codingPath, debugDescription: description))
  }
}
