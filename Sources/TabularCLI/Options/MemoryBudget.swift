import ArgumentParser

/// The memory that a conversion may take.
struct MemoryBudget: ExpressibleByArgument {
  /// In bytes; nil where nothing was said.
  let limit: Int?

  /// What is said by nobody: chunks of 16 MB, and rows are kept up to 256 MB.
  static let unlimited = MemoryBudget(limit: nil)

  private init(limit: Int?) { self.limit = limit }

  /// A number of bytes, or of K, M or G (1024 each).
  init?(argument: String) {
    let units = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
    let unit = argument.last.flatMap { units[$0.uppercased()] }
    guard let number = Double(unit == nil ? argument[...] : argument.dropLast()),
      number > 0, number * Double(unit ?? 1) < 0x1p60
    else { return nil }
    limit = Int(number * Double(unit ?? 1))
  }

  var defaultValueDescription: String { "no limit" }

  /// The least that anything can be converted in.
  static let least = 64 << 20

  /// About how much text a chunk has.
  var chunkBytes: Int { limit.map { max(1 << 16, $0 / 64) } ?? 16 << 20 }

  /// What may be gathered of different values while a recipe is fitted.
  var roomForValues: Int? { limit.map { max(0, $0 - Self.least) / 2 + (16 << 20) } }

  /// What may be kept of the rows from pass to pass.
  var roomForRows: Int { limit.map { max(0, $0 - Self.least) / 4 } ?? 256 << 20 }
}
