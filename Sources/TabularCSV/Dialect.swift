/// Which bytes separate and quote cells.
public struct CSVDialect: Sendable, Hashable {
  /// The byte between two cells; a comma unless told.
  public var delimiter: UInt8
  /// The byte around a cell that holds delimiters, line ends or quotes.
  public var quote: UInt8

  /// RFC 4180: comma and double quote.
  public static let rfc4180 = CSVDialect()

  /// Creates a dialect; a delimiter or a quote that is a line end, or the two equal, traps.
  public init(delimiter: UInt8 = UInt8(ascii: ","), quote: UInt8 = UInt8(ascii: "\"")) {
    let lineEnds: [UInt8] = [UInt8(ascii: "\r"), UInt8(ascii: "\n")]
    precondition(
      delimiter != quote && !lineEnds.contains(delimiter) && !lineEnds.contains(quote),
      "delimiter \(delimiter), quote \(quote): two different bytes that end no line"
    )
    self.delimiter = delimiter
    self.quote = quote
  }
}
