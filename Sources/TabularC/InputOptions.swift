internal import Foundation
internal import TabularCSV
internal import TabularFrame

/// What a caller's JSON says about reading and applying, by the names of the command's options.
struct InputOptions: Decodable {
  enum DType: String, CaseIterable { case float32, float64, float16 }

  var reading = CSVReadingOptions()
  /// Where bad rows are written.
  var badRowsPath: String?
  var dtype = DType.float32
  var dropNullTargets = false

  private static let names = [
    "delimiter", "no-header", "null-values", "all-text", "types", "columns", "skip-lines",
    "skip-footer", "comment", "decimal-comma", "thousands", "trim", "true-words", "false-words",
    "date-formats", "encoding", "quoting", "bad-rows", "skip", "limit", "file-column", "threads",
  ]
  private static let applyingNames = ["dtype", "drop-null-targets"]

  /// What a call takes.
  enum Scope {
    case reading, applying, both

    fileprivate var names: [String] {
      switch self {
      case .reading: InputOptions.names
      case .applying: InputOptions.applyingNames
      case .both: InputOptions.names + InputOptions.applyingNames
      }
    }
  }

  /// Reads options; NULL is none.
  static func read(_ json: UnsafePointer<CChar>?, _ scope: Scope) throws(Failure) -> InputOptions {
    guard let json else { return InputOptions() }
    let text = try text(json, "options")
    let decoder = JSONDecoder()
    decoder.userInfo[.scope] = scope
    do {
      return try decoder.decode(InputOptions.self, from: Data(text.utf8))
    } catch let failure as Failure {
      throw failure
    } catch {
      throw .argument("options: expected a JSON object such as {\"limit\": 10}, found '\(text)'")
    }
  }

  init() {}

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: OptionName.self)
    let known = (decoder.userInfo[.scope] as? Scope ?? .both).names
    for key in container.allKeys {
      let name = key.stringValue.replacing("_", with: "-")
      guard known.contains(name) else {
        throw Failure.argument(
          "options: no option '\(name)'; \(suggestion(for: name, among: known))"
        )
      }
      try set(name, OptionValue(container, key, name))
    }
  }

  private mutating func set(_ name: String, _ value: OptionValue) throws {
    switch name {
    case "delimiter": try setDelimiter(value.text)
    case "no-header": reading.hasHeader = try !value.bool
    case "null-values": reading.nullValues = Set(try value.list)
    case "all-text": reading.allText = try value.bool
    case "types":
      reading.types = try value.pairs.mapValues { try value.choice($0, of: ColumnType.self) }
    case "columns": reading.columns = try value.list
    case "skip-lines": reading.skipLines = try value.count
    case "skip-footer": reading.skipFooterLines = try value.count
    case "comment": reading.comment = try value.text
    case "decimal-comma": reading.decimalComma = try value.bool
    case "thousands": reading.thousandsSeparator = try value.character
    case "trim": reading.trimsCells = try value.bool
    case "true-words": reading.trueWords = Set(try value.list)
    case "false-words": reading.falseWords = Set(try value.list)
    case "date-formats": reading.dateFormats = try value.pairs
    case "encoding":
      reading.encoding = try value.choice(value.text, of: CSVReadingOptions.Encoding.self)
    case "quoting":
      reading.quoting = try value.choice(value.text, of: CSVReadingOptions.Quoting.self)
    case "bad-rows": try setBadRows(value)
    case "skip": reading.skip = try value.count
    case "limit": reading.limit = try value.count
    case "file-column": reading.fileColumn = try value.text
    case "threads":
      let threads = try value.count
      guard (1...1024).contains(threads) else {
        throw value.refused("a number from 1 to 1024", "\(threads)")
      }
      reading.threads = threads
    case "dtype": dtype = try value.choice(value.text, of: DType.self)
    default: dropNullTargets = try value.bool
    }
  }

  private mutating func setDelimiter(_ text: String) throws(Failure) {
    switch text {
    case "auto": reading.detectsDialect = true
    case "tab": reading.dialect.delimiter = UInt8(ascii: "\t")
    default:
      guard let byte = text.utf8.first, text.utf8.count == 1 else {
        throw .argument(
          "options: 'delimiter' takes one character, 'tab' or 'auto', found '\(text)'"
        )
      }
      reading.dialect.delimiter = byte
    }
  }

  private mutating func setBadRows(_ value: OptionValue) throws {
    let text = try value.text
    let refused = value.refused("fail, skip, skip=N or collect=PATH")
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    let value = parts.count == 2 ? parts[1] : nil
    switch (parts.first, value) {
    case ("fail", nil): reading.badRows = .fail
    case ("skip", nil): reading.badRows = .skip()
    case ("skip", let value?):
      guard let limit = Int(value), limit >= 0 else { throw refused }
      reading.badRows = .skip(limit: limit)
    case ("collect", let path?):
      reading.badRows = .collect
      badRowsPath = path
    default: throw refused
    }
  }
}

extension CodingUserInfoKey {
  fileprivate static let scope = CodingUserInfoKey(rawValue: "scope").unsafelyUnwrapped
}
