package import TabularCSV
package import TabularFrame

/// What there is to know of a column before deciding what to do with it.
package struct ColumnProfile: Sendable {
  package let name: String
  package let type: ColumnType
  package let nullCount: Int
  package let distinctCount: Int
  /// The first value that is not null, as text.
  package let example: String?
}

extension DataFrame {
  /// A profile for each column.
  package var profiles: [ColumnProfile] {
    namedColumns.map { name, column in
      let first = (0..<column.count).first { !column.isNull($0) }
      return ColumnProfile(
        name: name,
        type: column.type,
        nullCount: column.nullCount,
        distinctCount: column.distinctCount,
        example: first.map { column[$0].description }
      )
    }
  }

  /// Columns that one would learn, the likeliest first: those named as targets are, then those with
  /// few classes, two before many and the last before the first, then numbers.
  package var targetCandidates: [String] {
    let usual = [
      "target", "label", "y", "class", "outcome", "survived", "species", "response", "churn",
    ]
    func rank(_ profile: ColumnProfile) -> Int? {
      guard profile.nullCount == 0, profile.distinctCount > 1 else { return nil }
      if usual.contains(profile.name.lowercased()) { return 0 }
      switch profile.type {
      case .date, .datetime: return nil
      case _ where profile.distinctCount == 2: return 1
      case .string, .category: return profile.distinctCount <= 20 ? 2 : nil
      case .int64, .bool: return profile.distinctCount == rowCount ? nil : 2
      case .float64: return 3
      }
    }
    return profiles.enumerated().compactMap { position, profile in
      rank(profile).map { (rank: $0, position: position, name: profile.name) }
    }
    .sorted { ($0.rank, -$0.position) < ($1.rank, -$1.position) }.map(\.name)
  }
}
