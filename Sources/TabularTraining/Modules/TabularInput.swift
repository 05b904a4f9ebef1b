internal import TabularTensor

/// The first layer of a model of tables: vectors in the place of ids, beside the numbers.
///
/// Some columns of the features hold ids, each with an `Embedding` of its own. The output is the
/// vectors in the order of the embeddings, then the other columns in their order.
///
/// ```swift
/// // Columns 2 and 5 of 8 hold ids: 6 + 4 + 3 columns.
/// let input = TabularInput(8, [2: Embedding(10, 4), 5: Embedding(7, 3)])
/// ```
///
/// Parameters have the names of this PyTorch module, such as `0.embeddings.1.weight`:
///
/// ```python
/// class TabularInput(nn.Module):
///   def __init__(self, inputs, columns, embeddings):
///     super().__init__(); self.columns = columns; self.embeddings = nn.ModuleList(embeddings)
///     self.others = [c for c in range(inputs) if c not in columns]
///   def forward(self, x):
///     vectors = [e(x[:, c].long()) for c, e in zip(self.columns, self.embeddings)]
///     return torch.cat(vectors + [x[:, self.others]], dim=1)
/// ```
public struct TabularInput: Module, CustomStringConvertible {
  /// The name of the layer in saved models.
  public static var kind: String { "TabularInput" }

  /// A column of ids.
  public struct EmbeddedColumn: Sendable, Equatable {
    /// The position of the column.
    public let column: Int
    /// The table of its vectors.
    public let embedding: Embedding
  }

  /// The number of feature columns.
  public let inputs: Int
  /// The columns of ids.
  public let embeddings: [EmbeddedColumn]
  // Neighbouring columns of numbers.
  private let numbers: [Range<Int>]
  private let width: Int

  /// Names the columns of ids, and the table of each.
  ///
  /// A column outside `inputs`, or one named twice, traps.
  public init(_ inputs: Int, _ embeddings: KeyValuePairs<Int, Embedding>) {
    self.init(
      inputs,
      embeddings.map { EmbeddedColumn(column: $0.key, embedding: $0.value) }
    )
  }

  /// Names the columns of ids, and the table of each.
  ///
  /// A column outside `inputs`, or one named twice, traps.
  public init(_ inputs: Int, _ embeddings: [EmbeddedColumn]) {
    precondition(
      Self.isValid(inputs, embeddings),
      "TabularInput(\(inputs), columns \(embeddings.map(\.column)))"
    )
    self.inputs = inputs
    self.embeddings = embeddings
    var numbers: [Range<Int>] = []
    for column in 0..<inputs where !embeddings.contains(where: { $0.column == column }) {
      if let last = numbers.last, last.upperBound == column {
        numbers[numbers.count - 1] = last.lowerBound..<(column + 1)
      } else {
        numbers.append(column..<(column + 1))
      }
    }
    self.numbers = numbers
    width =
      embeddings.reduce(0) { $0 + $1.embedding.dimension } + numbers.reduce(0) { $0 + $1.count }
  }

  private static func isValid(_ inputs: Int, _ embeddings: [EmbeddedColumn]) -> Bool {
    let columns = embeddings.map(\.column)
    return Linear.widths.contains(inputs) && Set(columns).count == columns.count
      && columns.allSatisfy { (0..<inputs).contains($0) }
  }

  /// The weight [count, dimension] of each embedding, as `embeddings.0.weight`.
  public var parameters: [ParameterDeclaration] {
    embeddings.enumerated().flatMap { position, embedded in
      embedded.embedding.parameters.map { $0.inside("embeddings.\(position)") }
    }
  }

  /// The number of feature columns.
  public var inputWidth: Int? { inputs }

  /// The elements of a vector of each embedding, and the other columns.
  public func outputWidth(forInputWidth width: Int) -> Int { self.width }

  /// True: ids are features.
  public var takesFeatures: Bool { true }

  /// An id that is not one of its table.
  public func fault(in features: DeviceMatrix) -> FeatureFault? {
    embeddings.lazy.compactMap { $0.embedding.fault(in: features, column: $0.column) }
      .min { $0.row < $1.row }
  }

  /// `TabularInput(8, columns [2, 5])`.
  public var description: String { "TabularInput(\(inputs), columns \(embeddings.map(\.column)))" }
}

extension TabularInput {
  /// Gives vectors, then numbers.
  public func forward(_ input: DeviceMatrix, into output: DeviceMatrix, _ context: LayerContext) {
    var offset = 0
    for (position, embedded) in embeddings.enumerated() {
      context.device.gatherRows(
        of: context.parameters[position],
        ids: input,
        column: embedded.column,
        into: output,
        at: offset
      )
      offset += embedded.embedding.dimension
    }
    for range in numbers {
      context.device.copyColumns(range, of: input, into: output, at: offset)
      offset += range.count
    }
  }

  /// Adds each row's gradients to those of its vectors, and passes on those of the numbers.
  public func backward(
    _ outputGradient: DeviceMatrix,
    input: DeviceMatrix,
    output: DeviceMatrix,
    into parameterGradients: ParameterViews,
    inputGradient: DeviceMatrix?,
    _ context: LayerContext
  ) {
    var offset = 0
    for (position, embedded) in embeddings.enumerated() {
      embedded.embedding.gradient(
        outputGradient,
        at: offset,
        ids: input,
        column: embedded.column,
        into: parameterGradients[position],
        context
      )
      offset += embedded.embedding.dimension
    }
    guard let inputGradient else { return }
    context.device.clear(inputGradient)
    for range in numbers {
      let source = offset..<(offset + range.count)
      context.device.copyColumns(
        source,
        of: outputGradient,
        into: inputGradient,
        at: range.lowerBound
      )
      offset += range.count
    }
  }
}

extension TabularInput {
  private enum CodingKeys: String, CodingKey { case inputs, columns, embeddings }

  /// Reads what a saved model holds; what `init` would trap on is refused.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let inputs = try container.decode(Int.self, forKey: .inputs)
    let columns = try container.decode([Int].self, forKey: .columns)
    let embeddings = try container.decode([Embedding].self, forKey: .embeddings)
    let all = zip(columns, embeddings).map { EmbeddedColumn(column: $0, embedding: $1) }
    guard columns.count == embeddings.count, Self.isValid(inputs, all) else {
      throw DecodingError.layer(
        decoder,
        "a TabularInput of \(inputs) columns, \(embeddings.count) embeddings of columns \(columns)"
      )
    }
    self.init(inputs, all)
  }

  /// Writes the columns and their embeddings.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(inputs, forKey: .inputs)
    try container.encode(embeddings.map(\.column), forKey: .columns)
    try container.encode(embeddings.map(\.embedding), forKey: .embeddings)
  }
}
