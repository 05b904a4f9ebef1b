/// Formats records as CSV: quotes only where needed, numbers in their shortest round-trip form.
///
/// A null is an empty cell; an empty text is `""`, so that reading tells the two apart.
package struct CSVFormatter {
  private let dialect: CSVDialect
  /// What was formatted and not yet taken.
  package private(set) var bytes: [UInt8] = []
  private var isFirstCell = true

  package init(dialect: CSVDialect = .rfc4180) { self.dialect = dialect }

  package mutating func append(text: UnsafeBufferPointer<UInt8>) {
    separate()
    let needsQuotes =
      text.isEmpty
      || text.contains {
        $0 == dialect.delimiter || $0 == dialect.quote || $0 == UInt8(ascii: "\n")
          || $0 == UInt8(ascii: "\r")
      }
      // A reader would skip it at the start of the file.
      || text.starts(with: [0xEF, 0xBB, 0xBF])
    guard needsQuotes else {
      bytes.append(contentsOf: text)
      return
    }
    bytes.append(dialect.quote)
    for byte in text {
      if byte == dialect.quote { bytes.append(byte) }
      bytes.append(byte)
    }
    bytes.append(dialect.quote)
  }

  package mutating func append(text: String) {
    var text = text
    text.withUTF8 { append(text: $0) }
  }

  /// A number, a bool, a date: text that needs quotes only where the dialect's own bytes occur in
  /// it, such as a point, a minus or a colon.
  package mutating func append(plain value: some CustomStringConvertible) {
    append(text: value.description)
  }

  package mutating func appendNull() { separate() }

  package mutating func endRecord() {
    bytes.append(UInt8(ascii: "\n"))
    isFirstCell = true
  }

  package mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  private mutating func separate() {
    if !isFirstCell { bytes.append(dialect.delimiter) }
    isFirstCell = false
  }
}
