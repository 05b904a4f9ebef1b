import Testing

@testable import TabularCSV

/// A malformed input, and the one line that must be said of it.
struct Malformed: Sendable, CustomTestStringConvertible {
  let name: String
  let bytes: [UInt8]
  let message: String
  let change: @Sendable (inout CSVReadingOptions) -> Void

  init(
    _ name: String,
    _ text: String,
    _ message: String,
    _ change: @escaping @Sendable (inout CSVReadingOptions) -> Void = { _ in }
  ) {
    self.init(name, bytes: Array(text.utf8), message, change)
  }

  init(
    _ name: String,
    bytes: [UInt8],
    _ message: String,
    _ change: @escaping @Sendable (inout CSVReadingOptions) -> Void = { _ in }
  ) {
    (self.name, self.bytes, self.message, self.change) = (name, bytes, message, change)
  }

  var testDescription: String { CSVError.quoted(name) }

  /// What all ways of reading say; more than one line where they do not agree.
  var found: String {
    Self.messages(change) { options throws(CSVError) in
      try CSVReader(bytes: bytes, name: "f.csv", options: options).read()
    }
  }

  /// The messages of a reading by one thread and several, in chunks small and large, by both
  /// scanners: each once.
  static func messages(
    _ change: (inout CSVReadingOptions) -> Void = { _ in },
    _ read: (CSVReadingOptions) throws(CSVError) -> ParsedTable
  ) -> String {
    var messages: [String] = []
    for threads in [1, 2, 3] {
      for chunkSize in [64, CSVReadingOptions().chunkSize] {
        for scanner in [CSVReadingOptions.Scanner.vector, .reference] {
          var options = CSVReadingOptions()
          change(&options)
          options.threads = threads
          options.chunkSize = chunkSize
          options.scanner = scanner
          var message: String
          do throws(CSVError) {
            let table = try read(options)
            message = "no error, \(table.rowCount) rows"
          } catch {
            message = error.description
          }
          if !messages.contains(message) { messages.append(message) }
        }
      }
    }
    return messages.joined(separator: "\n")
  }
}
