internal import Foundation
internal import TabularTensor

/// A table of vectors: gives the vector of each row's id.
///
/// As a layer it is the first of its model, which then has one feature, the id: a whole number
/// below `count` in a float, exact up to 2^24. Several ids beside numbers are what `TabularInput`
/// takes. `weight` is [count, dimension] and begins normal with deviation 1, the padding row as
/// zeros. Source: PyTorch's `nn.Embedding`.
///
/// The recipe's `CategoryEncoder` gives such ids: 0 is padding, 1 stands for null, then come the
/// buckets of unknown categories, then the known ones.
public struct Embedding: Module, Equatable {
  /// PyTorch's class name.
  public static var kind: String { "Embedding" }
  /// The number of vectors.
  public let count: Int
  /// The number of elements of a vector.
  public let dimension: Int
  /// The id whose vector begins as zeros and does not learn; nil for none.
  public let padding: Int?

  /// Describes a table.
  ///
  /// A count or a dimension below 1 or above 2^24, or a padding id outside the table, traps.
  public init(_ count: Int, _ dimension: Int, padding: Int? = nil) {
    precondition(
      Self.isValid(count, dimension, padding),
      "Embedding(\(count), \(dimension), padding: \(padding.map { "\($0)" } ?? "nil"))"
    )
    self.count = count
    self.dimension = dimension
    self.padding = padding
  }

  private static func isValid(_ count: Int, _ dimension: Int, _ padding: Int?) -> Bool {
    Linear.widths.contains(count) && Linear.widths.contains(dimension)
      && (0..<count).contains(padding ?? 0)
  }

  /// A usual dimension for a number of categories: min(600, round(1.6 · count^0.56)), as fastai's
  /// `emb_sz_rule`.
  public static func usualDimension(forCount count: Int) -> Int {
    min(600, Int((1.6 * pow(Double(count), 0.56)).rounded()))
  }

  /// The weight [count, dimension].
  public var parameters: [ParameterDeclaration] {
    [
      ParameterDeclaration(
        "weight",
        shape: [count, dimension],
        initial: .normal(deviation: 1),
        zeroRow: padding
      )
    ]
  }

  /// One: the id.
  public var inputWidth: Int? { 1 }

  /// The number of elements of a vector.
  public func outputWidth(forInputWidth width: Int) -> Int { dimension }

  /// True: ids are features.
  public var takesFeatures: Bool { true }

  /// An id that is not one of the table.
  public func fault(in features: DeviceMatrix) -> FeatureFault? { fault(in: features, column: 0) }
}

extension Embedding {
  /// The first id in a column that is not one of the table.
  func fault(in features: DeviceMatrix, column: Int) -> FeatureFault? {
    let ids = features.base + column
    let most = Float(count - 1)
    for row in 0..<features.rows {
      let id = ids[row * features.columns]
      // False of a NaN too.
      if !(id >= 0 && id <= most && id == id.rounded(.towardZero)) {
        return FeatureFault(
          row: row,
          message: "feature \(column) is \(id), expected a whole number 0 to \(count - 1): "
            + "an id of \(self)"
        )
      }
    }
    return nil
  }

  /// Gives the vector of each row's id.
  public func forward(_ input: DeviceMatrix, into output: DeviceMatrix, _ context: LayerContext) {
    context.device.gatherRows(
      of: context.parameters[0],
      ids: input,
      column: 0,
      into: output,
      at: 0
    )
  }

  /// Adds each row's gradient to that of its vector, first to last.
  public func backward(
    _ outputGradient: DeviceMatrix,
    input: DeviceMatrix,
    output: DeviceMatrix,
    into parameterGradients: ParameterViews,
    inputGradient: DeviceMatrix?,
    _ context: LayerContext
  ) {
    gradient(outputGradient, at: 0, ids: input, column: 0, into: parameterGradients[0], context)
    // Ids have no derivative.
    if let inputGradient { context.device.clear(inputGradient) }
  }

  func gradient(
    _ outputGradient: DeviceMatrix,
    at offset: Int,
    ids: DeviceMatrix,
    column: Int,
    into gradient: DeviceMatrix,
    _ context: LayerContext
  ) {
    context.device.scatterRows(
      of: outputGradient,
      at: offset,
      ids: ids,
      column: column,
      into: gradient
    )
    if let padding { context.device.clear(gradient.rows(padding..<(padding + 1))) }
  }
}

extension Embedding {
  // PyTorch's names.
  private enum CodingKeys: String, CodingKey {
    case count = "num_embeddings"
    case dimension = "embedding_dim"
    case padding = "padding_idx"
  }

  /// Reads what a saved model holds; what `init` would trap on is refused.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let count = try container.decode(Int.self, forKey: .count)
    let dimension = try container.decode(Int.self, forKey: .dimension)
    let padding = try container.decodeIfPresent(Int.self, forKey: .padding)
    guard Self.isValid(count, dimension, padding) else {
      throw DecodingError.layer(
        decoder,
        "an Embedding of \(count) vectors of \(dimension) elements, padding \(padding ?? 0)"
      )
    }
    self.init(count, dimension, padding: padding)
  }
}
