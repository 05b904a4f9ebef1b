/// The two framings of Arrow IPC.
public enum ArrowFormat: String, Sendable, CaseIterable {
  /// With a footer, so that any batch can be read by itself: an `.arrow` file, Feather version 2.
  case file
  /// One message behind the other, as for a pipe.
  case stream
}

/// How Arrow data are written.
public struct ArrowWritingOptions: Sendable {
  /// The type of texts, and of the words of categories.
  public enum TextType: String, Sendable, CaseIterable {
    /// Views, as a frame has them: readers of Arrow 1.4 (2024) and later.
    case stringView = "string-view"
    /// Offsets of 32 bits into the bytes: every reader.
    case utf8
  }

  /// File or stream; nil for a file, but a stream where the path is `-` or ends in `.arrows`.
  public var format: ArrowFormat?
  /// The type of texts.
  public var textType: TextType
  /// The most rows of a batch; long texts make batches smaller.
  public var batchRows: Int
  /// Texts to give along, such as `feature_names`.
  public var metadata: [String: String]

  /// Collects options; fewer than one row a batch trap.
  public init(
    format: ArrowFormat? = nil,
    textType: TextType = .stringView,
    batchRows: Int = 65_536,
    metadata: [String: String] = [:]
  ) {
    precondition(batchRows > 0, "batches of \(batchRows) rows")
    self.format = format
    self.textType = textType
    self.batchRows = batchRows
    self.metadata = metadata
  }

  func format(of path: String) -> ArrowFormat {
    format ?? (path == "-" || path.hasSuffix(".arrows") ? .stream : .file)
  }
}
