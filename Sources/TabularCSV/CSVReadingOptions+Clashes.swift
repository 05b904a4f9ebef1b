extension CSVReadingOptions {
  /// Refuses what no input can be read with: options may be changed one by one, so that they are
  /// looked at together only here.
  func refuseClashes() throws(CSVError) {
    func refuse(_ expected: String, _ found: String) -> CSVError {
      CSVError(.options, file: "the options", expected: expected, found: found)
    }
    func shown(_ byte: UInt8) -> String {
      byte < 0x80
        ? CSVError.quoted(String(Character(Unicode.Scalar(byte)))) : "byte \(byte)"
    }
    for (name, byte) in [("delimiter", dialect.delimiter), ("quote", dialect.quote)]
    where byte >= 0x80 || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
      throw refuse("an ASCII \(name) that ends no line", shown(byte))
    }
    if dialect.delimiter == dialect.quote, !detectsDialect {
      throw refuse("a delimiter that is not the quote", shown(dialect.quote))
    }
    if let comment, !comment.isEmpty,
      comment.utf8.count > 64 || comment.utf8.contains(where: { $0 == 10 || $0 == 13 })
    {
      let count = comment.utf8.count
      throw refuse(
        "a comment prefix of 1 to 64 bytes within a line",
        count > 64 ? "\(count) bytes" : CSVError.quoted(comment)
      )
    }
    if let character = thousandsSeparator {
      let byte = character.utf8.count == 1 ? character.asciiValue : nil
      let taken = Array("0123456789-+eE\n\r".utf8) + [UInt8(ascii: decimalComma ? "," : ".")]
      guard let byte, !taken.contains(byte) else {
        throw refuse(
          "an ASCII character between thousands that no number has otherwise",
          CSVError.quoted(String(character))
        )
      }
    }
    for (name, value) in [
      ("a limit", limit), ("a skip", skip), ("skipLines", skipLines),
      ("skipFooterLines", skipFooterLines),
    ] {
      if let value, value < 0 { throw refuse("\(name) of 0 or more", "\(value)") }
    }
  }
}
