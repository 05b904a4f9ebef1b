internal import Foundation

// What several processes have read, each a part of the inputs.
extension CSVReport {
  private struct Counts: Codable {
    var badRows: Int
    var first: String?
    var columns: [String]
    var words: [String]
    var counts: [Int]
  }

  /// The counts of this part, for other processes.
  package var counts: [UInt8] {
    let counts = Counts(
      badRows: badRowCount,
      first: badRows.first.map { "\($0)" },
      columns: nullWords.map(\.column),
      words: nullWords.map(\.word),
      counts: nullWords.map(\.count)
    )
    guard let data = try? JSONEncoder().encode(counts) else {
      preconditionFailure("counts that are no JSON")
    }
    return Array(data)
  }

  /// Takes the counts of all parts, in order, this one's among them.
  package mutating func take(countsOfParts parts: [[UInt8]]) {
    (badRowCount, nullWords) = (0, [])
    for bytes in parts {
      guard let part = try? JSONDecoder().decode(Counts.self, from: Data(bytes)) else { continue }
      badRowCount += part.badRows
      firstBadRow = firstBadRow ?? part.first
      for (index, column) in part.columns.enumerated() {
        if let known = nullWords.firstIndex(where: { $0.column == column }) {
          nullWords[known].count += part.counts[index]
        } else {
          nullWords.append((column: column, word: part.words[index], count: part.counts[index]))
        }
      }
    }
  }
}
