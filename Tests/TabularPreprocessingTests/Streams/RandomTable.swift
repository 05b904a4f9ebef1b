import Foundation
import TabularFiles
import TabularFrame

/// A CSV of columns of random kinds.
struct RandomTable {
  enum Kind: CaseIterable {
    case digit, whole, wordyNumber, fraction, ascending, shuffled, almostUnique, flag, date, instant
    case fewWords, manyWords, longWords, uniqueText, sentence, quoted, constantNumber, constantText
    case nothing, lateFraction, lateText, lateInstant, lateNumber, lateFlag
  }

  let kinds: [Kind]
  let names: [String]
  /// The cells of each row; the last one is the target's.
  private(set) var rows: [[String]] = []

  init(rows count: Int, columns: Int, _ random: inout SplitMix64) {
    kinds = (0..<columns).map { _ in random.pick(Kind.allCases) }
    names = kinds.enumerated().map { "\($1)_\($0)" } + ["y"]
    var numbers = Array(0..<count)
    random.shuffle(&numbers)
    let target = random.below(4)
    for row in 0..<count {
      var cells: [String] = []
      for kind in kinds { cells.append(Self.cell(kind, row, numbers, &random)) }
      // Without a value now and then where the seed is odd.
      let isMissing = target % 2 == 1 && random.chance(1, in: 50)
      let value: String =
        switch target {
        case 0, 1: random.pick(["lo", "mid", "a class of a long name"])
        case 2: "\(random.below(2))"
        default: "\(random.unit() * 100 - 20)"
        }
      rows.append(cells + [isMissing ? "" : value])
    }
  }

  private static func cell(_ kind: Kind, _ row: Int, _ numbers: [Int], _ random: inout SplitMix64)
    -> String
  {
    let isLate = row * 10 > numbers.count * 9
    switch kind {
    case .digit: return random.chance(1, in: 20) ? "" : "\(random.below(9) - 4)"
    case .whole: return "\(Int64(bitPattern: random.next()) >> Int64(random.below(60)))"
    case .wordyNumber: return random.chance(1, in: 9) ? "NA" : "\(random.below(500)).25"
    case .fraction:
      if random.chance(1, in: 15) { return "" }
      let power = Double(sign: .plus, exponent: random.below(60) - 30, significand: 1)
      return "\((random.unit() - 0.5) * power)"
    case .ascending: return "\(3 * row + 1)"
    case .shuffled: return "\(numbers[row] * 7 - 100)"
    case .almostUnique: return "\(row == numbers.count - 1 ? 5 : row * 2 + 1)"
    case .flag: return random.chance(1, in: 12) ? "" : random.pick(["true", "False", "TRUE"])
    case .date: return String(format: "20%02d-%02d-11", random.below(30), 1 + random.below(12))
    case .instant:
      return String(format: "2024-03-%02dT%02d:30:00", 1 + random.below(28), random.below(24))
    case .fewWords: return random.chance(1, in: 30) ? "" : random.pick(["red", "blue", "grün"])
    case .manyWords: return "w\(random.below(1 + numbers.count / 4))"
    case .longWords: return "a text longer than twelve bytes, \(random.below(40))"
    case .uniqueText: return "user \(numbers[row]) of many"
    case .sentence:
      return (0...random.below(4)).map { _ in random.pick(["the", "cat", "sat", "Hütte"]) }
        .joined(separator: " ")
    case .quoted:
      return random.pick(["\"a,b\"", "\"line\nline\"", "\"say \"\"so\"\"\"", "\"\"", ""])
    case .constantNumber: return "7"
    case .constantText: return "same"
    case .nothing: return ""
    case .lateFraction: return isLate ? "0.5" : "\(random.below(20))"
    case .lateText: return isLate && random.chance(1, in: 4) ? "none" : "\(random.below(20))"
    case .lateInstant: return isLate ? "2024-05-05 10:00:00" : "2024-05-0\(1 + random.below(9))"
    case .lateNumber: return isLate ? "\(random.below(9))" : ""
    case .lateFlag: return isLate ? "maybe" : "true"
    }
  }

  /// The text of some rows.
  ///
  /// - Parameters:
  ///   - range: the rows.
  ///   - order: the columns in the order of the file.
  ///   - badEvery: a row that is none behind each so many rows; 0 for no such row.
  /// - Returns: the header and the rows, a line each.
  func text(_ range: Range<Int>, order: [Int]? = nil, badEvery: Int = 0) -> String {
    let order = order ?? Array(names.indices)
    var text = order.map { names[$0] }.joined(separator: ",") + "\n"
    for row in range {
      text += order.map { rows[row][$0] }.joined(separator: ",") + "\n"
      if badEvery > 0, row % badEvery == badEvery - 1 { text += "not,a,row\"\n" }
    }
    return text
  }
}

/// A gzip member that stores bytes as they are.
///
/// Source: RFC 1951 and 1952.
func gzipped(_ bytes: [UInt8]) -> [UInt8] {
  func little(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> (8 * $0) & 255) } }
  var result: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
  var first = 0
  repeat {
    let count = min(bytes.count - first, 0xFFFF)
    let length = [UInt8(count & 255), UInt8(count >> 8)]
    result += [first + count == bytes.count ? 1 : 0] + length + length.map { ~$0 }
    result += bytes[first..<first + count]
    first += count
  } while first < bytes.count
  let sum = bytes.withUnsafeBytes { crc32(of: $0) }
  return result + little(sum) + little(UInt32(bytes.count))
}

/// A zstd frame that stores bytes as they are.
///
/// Source: RFC 8878.
func zstandard(_ bytes: [UInt8]) -> [UInt8] {
  var result: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0, 0x38]
  var first = 0
  repeat {
    let count = min(bytes.count - first, 1 << 16)
    let header = count << 3 | (first + count == bytes.count ? 1 : 0)
    result += (0..<3).map { UInt8(header >> (8 * $0) & 255) }
    result += bytes[first..<first + count]
    first += count
  } while first < bytes.count
  return result
}

/// A folder that goes away with the value.
final class Workdir {
  let url = FileManager.default.temporaryDirectory.appending(path: "tabular-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appending(path: name).path }

  func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: path(name))))
  }

  /// Writes a file, and gives its path.
  @discardableResult
  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    try Data(bytes).write(to: URL(filePath: path(name)))
    return path(name)
  }

  func file(_ name: String, _ text: String) throws -> String { try file(name, Array(text.utf8)) }

  func contents(_ folder: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path(folder)).sorted()
  }
}
