internal import Foundation
internal import TabularFiles
internal import TabularTensor

/// What `index.json` in a folder of shards says: the parts in order, and what they hold.
///
/// It is written last, so that a folder with an index is complete.
package struct ShardIndex: Codable, Sendable, Equatable {
  /// A file of the folder.
  package struct Part: Codable, Sendable, Equatable {
    /// The name within the folder.
    package var file: String
    /// The number of rows.
    package var rows: Int
    /// The size of the file.
    package var bytes: Int
    /// The CRC-32 of the file, as 8 hexadecimal digits.
    package var crc32: String
  }

  package static let format = "swift-tabular shards"
  package static let fileName = "index.json"
  package static let recipeName = "recipe.json"

  package var format = ShardIndex.format
  package var version = 1
  package var rows: Int
  /// The type of the features, as in safetensors: F16, F32 or F64.
  package var dtype: String
  package var featureNames: [String]
  /// The features that stand in a tensor of their own; nil where there are none.
  package var categories: CategoryColumns?
  /// The column of the target; nil where there is none.
  package var target: String?
  package var classes: [String]?
  package var source: String?
  /// The file of the recipe, within the folder.
  package var recipe = ShardIndex.recipeName
  package var parts: [Part]

  private enum CodingKeys: String, CodingKey {
    case format, version, rows, dtype, categories, target, classes, source, recipe, parts
    case featureNames = "feature_names"
  }

  /// Reads the index of a folder.
  ///
  /// - Throws: `PreprocessingError` of kind `file` that says what is wrong with it.
  package static func read(folder: String) throws(PreprocessingError) -> ShardIndex {
    let path = "\(folder)/\(fileName)"
    guard isThere(path) else {
      let isBegun = isThere("\(folder)/\(ShardJournal.fileName)")
      throw PreprocessingError(
        .file,
        "'\(folder)' has no \(fileName): "
          + (isBegun
            ? "its conversion was interrupted; run it again, and it goes on"
            : "it is no folder that convert wrote")
      )
    }
    let index: ShardIndex = try decode(path)
    guard index.format == format, index.version == 1 else {
      throw PreprocessingError(
        .file,
        "'\(path)': expected format '\(format)', version 1; found '\(index.format)', version "
          + "\(index.version)"
      )
    }
    guard index.parts.allSatisfy({ $0.rows >= 0 && !$0.file.contains("/") }),
      index.parts.reduce(0, { $0 + $1.rows }) == index.rows
    else {
      throw PreprocessingError(.file, "'\(path)': its parts do not have its \(index.rows) rows")
    }
    return index
  }

  static func decode<Value: Decodable>(_ path: String) throws(PreprocessingError) -> Value {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try InputFile(path: path).readAll()
    } catch {
      throw PreprocessingError(error)
    }
    do {
      return try JSONDecoder().decode(Value.self, from: Data(bytes))
    } catch {
      throw PreprocessingError(
        .file,
        "'\(path)' is not what convert wrote: \(RecipeFile.words(for: error))",
        underlying: error
      )
    }
  }

  static func write(_ value: some Encodable, to path: String) throws(PreprocessingError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else {
      preconditionFailure("an index that is no JSON")
    }
    do throws(FileError) {
      try writeFile(Array(data) + [UInt8(ascii: "\n")], to: path)
    } catch {
      throw PreprocessingError(error)
    }
  }
}

extension ShardIndex.Part {
  /// A file as it lies there.
  init(file: String, rows: Int, in folder: String) throws(PreprocessingError) {
    do throws(FileError) {
      let (bytes, sum) = try checksum(of: "\(folder)/\(file)")
      self.init(file: file, rows: rows, bytes: bytes, crc32: sum)
    } catch {
      throw PreprocessingError(error)
    }
  }

  /// Whether the file is there, whole and as it was written.
  func isIntact(in folder: String) -> Bool {
    guard let (bytes, sum) = try? checksum(of: "\(folder)/\(file)") else { return false }
    return bytes == self.bytes && sum == crc32
  }
}

/// The size and the CRC-32 of a file.
private func checksum(of path: String) throws(FileError) -> (bytes: Int, crc32: String) {
  let file = try InputFile(path: path)
  let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
  defer { block.deallocate() }
  var (bytes, sum) = (0, UInt32(0))
  while true {
    let count = try file.read(into: block)
    if count == 0 { break }
    sum = crc32(of: UnsafeRawBufferPointer(rebasing: block[..<count]), after: sum)
    bytes += count
  }
  let hex = String(sum, radix: 16)
  return (bytes, String(repeating: "0", count: 8 - hex.count) + hex)
}

/// What a conversion to shards has done so far, so that it can be gone on with.
struct ShardJournal: Codable {
  static let fileName = "conversion.json"

  /// What was converted, and how: another conversion begins anew.
  var key: String
  var parts: [ShardIndex.Part] = []
}
