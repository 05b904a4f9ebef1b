internal import TabularCollectives

/// What all ranks of a job must have alike, so that their weights stay the same.
///
/// Nothing is taken over from another rank: what differs is an error, which names it.
struct RankAgreement {
  /// What it is about, and how this rank has it.
  var items: [(name: String, value: String)] = []

  /// Compares the ranks; all of them find the same.
  ///
  /// Where most ranks agree, one of the others is named; else one that differs from the first.
  ///
  /// - Throws: `TrainingError` of kind `ranks`.
  func check(among ranks: any Communicator) throws(TrainingError) {
    guard ranks.size > 1 else { return }
    let text = items.map { "\($0.name)\0\($0.value)" }.joined(separator: "\0")
    let all: [[Substring]]
    do throws(CollectivesError) {
      all = try ranks.allGather(Array(text.utf8)).map {
        String(decoding: $0, as: UTF8.self).split(separator: "\0", omittingEmptySubsequences: false)
      }
    } catch {
      throw TrainingError(error, ranks)
    }
    for position in 0..<(all.map(\.count).max() ?? 0) / 2 {
      try check(all.map { $0.count > 2 * position + 1 ? $0[(2 * position)...].prefix(2) : [] })
    }
  }

  /// Compares the ranks' versions of an item.
  private func check(_ versions: [ArraySlice<Substring>]) throws(TrainingError) {
    let counts = Dictionary(versions.map { ($0, 1) }) { $0 + $1 }
    guard counts.count > 1, let most = counts.values.max(),
      let usual = versions.first(where: { counts[$0] == most }),
      let rank = versions.firstIndex(where: { $0 != usual })
    else { return }
    let expected = versions.firstIndex(of: usual) ?? 0
    let name = usual.first ?? versions[rank].first ?? ""
    let (found, wanted) = Self.apart(versions[rank].last ?? "none", usual.last ?? "none")
    throw TrainingError(
      .ranks,
      "rank \(rank) of \(versions.count) differs in the \(name): \(found), and rank \(expected) has "
        + "\(wanted); start all ranks with the same files and options, on processors of one family"
    )
  }

  /// Two texts that differ, each cut to a piece around the first difference.
  private static func apart(_ left: Substring, _ right: Substring) -> (String, String) {
    let same = zip(left, right).prefix { $0 == $1 }.count
    let start = max(left.count, right.count) > 80 ? max(0, same - 20) : 0
    func cut(_ text: Substring) -> String {
      let rest = text.dropFirst(start)
      return (start > 0 ? "..." : "") + rest.prefix(60) + (rest.count > 60 ? "..." : "")
    }
    return (cut(left), cut(right))
  }
}
